"""Sharpness-aware minimisation: the gradient is taken at the worst point nearby (Foret et al. 2021, algorithm 1)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def uphill(parameters: Iterable[Tensor], radius: float) -> Iterator[None]:
    """Have ``parameters`` moved along their gradients by ``radius``, the 2-norm of the whole step; undone on leaving.

    Equation 2 of the paper with p = 2. What lies in ``grad`` on entering may be cleared inside. Where every gradient is
    zero nothing moves.
    """
    moved, gradients = zip(*((each, each.grad) for each in parameters if each.grad is not None), strict=True)
    with torch.no_grad():
        norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
        before = [parameter.clone() for parameter in moved]
        for parameter, gradient in zip(moved, gradients, strict=True):
            parameter.add_(gradient, alpha=radius / max(float(norm), 1e-12))
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(moved, before, strict=True):
                parameter.copy_(value)
