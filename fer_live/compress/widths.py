"""Choose how many filters each layer keeps by what they cost on the target runtime, not by counting parameters.

Greedy, as in NetAdapt (Yang et al., ECCV 2018): take a few filters at a time from the layer where the least is lost for
the time and the bytes that are won, until the budget is met.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor

from fer_live.compress.latency import LatencyTable, convolutions
from fer_live.compress.networks import FerResNet, Widths, measured_widths
from fer_live.compress.prune import PruneConfig, PruneError, layers_by_width

LEAST: Final = 1e-9  # where a measurement says that nothing is won


class Budget:
    """What widths cost in time and in parameters, and how far they are from the shares that may remain."""

    def __init__(self, whole: Widths, config: PruneConfig, size: int, table: LatencyTable) -> None:
        self._size, self._table = size, table
        latency, parameters = self._costs(whole)
        limits = (config.latency * latency, config.parameters * parameters)
        self._limits = [limit or math.inf for limit in limits]

    def excess(self, widths: Widths) -> list[float]:
        """By how much each limit is passed; 0 where it is kept."""
        return [max(cost - limit, 0.0) for cost, limit in zip(self._costs(widths), self._limits, strict=True)]

    def won(self, before: Sequence[float], widths: Widths) -> float:
        """How much of the excess ``before`` these widths take away: the sum of the shares, each at most 1."""
        after = self.excess(widths)
        return sum(max(was - now, 0.0) / was for was, now in zip(before, after, strict=True) if was > 0)

    def _costs(self, widths: Widths) -> tuple[float, float]:
        layers = convolutions(widths, self._size)
        return sum(map(self._table.of, layers)), sum(layer.parameters for layer in layers)


def choose_widths(network: FerResNet, config: PruneConfig, size: int, table: LatencyTable | None = None) -> Widths:
    """Widths within ``config``'s shares of latency and parameters; PruneError when no widths, or all, are that small.

    What is lost: the L1 norm of the filters that go, each convolution's norm counted as one, on a logarithmic scale,
    so that the last filters of a layer are dear.
    """
    norms = _kept_norms(network)
    widths = measured_widths(network)
    budget = Budget(widths, config, size, table or LatencyTable())
    while any(excess := budget.excess(widths)):
        now = _kept(norms, widths, size)
        prices = {
            narrower: (now - _kept(norms, narrower, size)) / max(budget.won(excess, narrower), LEAST)
            for narrower in _narrower(widths, config.multiple)
        }
        if not prices:
            raise PruneError("the budget cannot be met; allow more latency or more parameters")
        widths = min(prices, key=prices.__getitem__)
    if widths == measured_widths(network):
        raise PruneError("nothing to remove: the network keeps the budget as it is; allow less")
    return widths


def _narrower(widths: Widths, multiple: int) -> Iterator[Widths]:
    """``widths`` with one layer, or one stage's stream, ``multiple`` channels narrower."""
    for stage, width in enumerate(widths.stages):
        if width > multiple:
            yield replace(widths, stages=_with(widths.stages, stage, width - multiple))
    for stage, inner in enumerate(widths.inner):
        for block, width in enumerate(inner):
            if width > multiple:
                yield replace(widths, inner=_with(widths.inner, stage, _with(inner, block, width - multiple)))


def _with(items: tuple[Any, ...], place: int, item: Any) -> tuple[Any, ...]:
    return (*items[:place], item, *items[place + 1 :])


def _kept_norms(network: FerResNet) -> list[Tensor]:
    """For each convolution, the L1 norm of its n strongest filters as a share of all, for n = 1, 2, ..."""
    layers = [layer for layer, _ in layers_by_width(network, measured_widths(network))]
    with torch.no_grad():
        norms = [layer.weight.abs().sum(dim=(1, 2, 3)) for layer in layers]
    return [norm.sort(descending=True).values.cumsum(0) / norm.sum() for norm in norms]


def _kept(norms: Sequence[Tensor], widths: Widths, size: int) -> float:
    """The sum over all convolutions of the logarithm of the norm's share that ``widths`` keep."""
    layers = convolutions(widths, size)
    return sum(math.log(float(norm[layer.outputs - 1])) for norm, layer in zip(norms, layers, strict=True))
