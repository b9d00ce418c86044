"""Widen a trained network without changing what it computes, so that a large one need not start from nothing.

In the manner of Net2Net (Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016), but the new
channels are fresh instead of copies: they read everything and, at first, no trained channel reads them. Copies would
have to be told apart by noise; fresh filters learn something of their own from the first step.
"""

import torch

from fer_live.compress.networks import FerResNet, Widths, measured_widths


class WidenError(Exception):
    """The network cannot be widened as asked; the message says why."""


def widen(network: FerResNet, base: int, dropout: float) -> FerResNet:
    """A network of ``Widths.uniform(base)`` whose outputs are, in eval mode, those of ``network`` (to rounding).

    The new filters come from torch's global random generator. Raises WidenError when any layer would become narrower.
    """
    wide = FerResNet(Widths.uniform(base), network.labels_per_head, dropout)
    if base < measured_widths(network).stages[0]:
        raise WidenError(f"a network of base {measured_widths(network).stages[0]} cannot be widened to base {base}")
    state = wide.state_dict()
    with torch.no_grad():
        for name, old in network.state_dict().items():
            new = state[name]
            if old.dim() > 1:  # (outputs, inputs, ...): the trained outputs read the trained inputs alone
                new[: old.shape[0]] = 0
                new[: old.shape[0], : old.shape[1]] = old
            elif old.dim() == 1:
                new[: old.shape[0]] = old
    return wide.eval()
