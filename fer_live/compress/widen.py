"""A wide network that computes what trained narrow ones do, so that it need not start from nothing.

``widen`` is in the manner of Net2Net (Chen et al., "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016),
but the new channels are fresh instead of copies: they read everything and, at first, no trained channel reads them.
Copies would have to be told apart by noise; fresh filters learn something of their own from the first step.

``join`` lays networks side by side: an ensemble (Hansen and Salamon 1990) as one network, whose channels then learn to
read those of the others.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

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


def join(networks: Sequence[FerResNet], dropout: float) -> FerResNet:
    """A network of all their channels whose logits are, in eval mode, the mean of theirs (to rounding).

    Weights between channels of different networks are 0 at first. The networks have the same heads.
    """
    widths = [measured_widths(network) for network in networks]
    stages = _sums(each.stages for each in widths)
    inner = tuple(map(_sums, zip(*(each.inner for each in widths), strict=True)))
    wide = FerResNet(Widths(stages, inner), networks[0].labels_per_head, dropout)
    states = [network.state_dict() for network in networks]
    with torch.no_grad():
        for name, new in wide.state_dict().items():
            new.copy_(_joined(name, [state[name] for state in states]))
    return wide.eval()


def _sums(rows: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*rows, strict=True)))


def _joined(name: str, parts: list[Tensor]) -> Tensor:
    if name.startswith("heads."):
        return torch.cat(parts, 1) / len(parts) if parts[0].dim() > 1 else torch.stack(parts).mean(0)
    if parts[0].dim() == 0:  # how many batches a normalisation has seen
        return parts[0]
    if parts[0].dim() == 1 or parts[0].shape[1] == 1:  # one number a channel; the first layer, which reads the picture
        return torch.cat(parts)
    outputs, inputs = (sum(part.shape[axis] for part in parts) for axis in (0, 1))
    whole, row, column = parts[0].new_zeros(outputs, inputs, *parts[0].shape[2:]), 0, 0
    for part in parts:
        whole[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    return whole
