"""Remove whole filters with the smallest L1 norm (Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017).

Torch-Pruning (Fang et al., "DepGraph", CVPR 2023) works out which channels must go together. Channel counts stay
multiples of 16: convolution kernels work in blocks, and a count between two multiples costs as much as the upper one.
How many filters each layer keeps is told by ``ratio``, or chosen by measured latency (``widths``).

Whole blocks can go before: behind an identity shortcut the next block still reads what it did (Veit et al., "Residual
Networks Behave Like Ensembles of Relatively Shallow Networks", NIPS 2016). At full size they are the dearest.
"""

import copy
from dataclasses import dataclass
from typing import Literal

import torch
import torch_pruning as tp
from torch import nn

from fer_live.compress.networks import Block, FerResNet, Widths, measured_widths


@dataclass(frozen=True)
class PruneConfig:
    """``ratio`` of the channels of every layer to remove; the kept count is rounded to a multiple of ``multiple``.

    With ``latency`` or ``parameters``, the shares of the whole network's that may remain, each layer's ratio is chosen
    instead (``widths.choose_widths``) and ``ratio`` says nothing. ``source`` "start" cuts the narrow network that the
    full one grew from (``Recipe.start``); it and those beside it then teach. Shares are of that one's costs.
    ``steps`` is the number of cuts that lead there, with training between them (``Recipe.between``). ``blocks`` is how
    many blocks each stage keeps, from its first on, such as (1, 2, 2, 2); () for all. What is told or chosen then is
    told or chosen of the network without the others.
    """

    source: Literal["full", "start"] = "full"
    ratio: float = 0.5
    multiple: int = 16
    latency: float = 0.0
    parameters: float = 0.0
    steps: int = 1
    blocks: tuple[int, ...] = ()

    @property
    def chosen(self) -> bool:
        """Whether each layer's width is chosen by what it costs."""
        return self.latency > 0 or self.parameters > 0


class PruneError(Exception):
    """The network cannot be pruned as asked; the message says why."""


def uniform_widths(before: Widths, config: PruneConfig) -> Widths:
    """Every layer less ``config.ratio`` of its channels. PruneError for a senseless ratio, or nothing to remove."""
    if not 0 < config.ratio < 1:
        raise PruneError(f"ratio must lie between 0 and 1, not {config.ratio}")

    def kept(width: int) -> int:
        return min(width, max(1, round(width * (1 - config.ratio) / config.multiple)) * config.multiple)

    after = Widths(tuple(map(kept, before.stages)), tuple(tuple(map(kept, inner)) for inner in before.inner))
    if after == before:
        raise PruneError(f"nothing to remove at ratio {config.ratio} with multiples of {config.multiple}")
    return after


def widths_on_the_way(before: Widths, after: Widths, config: PruneConfig) -> list[Widths]:
    """What each cut but the last leaves: every layer keeps about the same share of its channels in each of the steps.

    PruneError when ``config.steps`` is below 1. A cut that would remove nothing is left out.
    """
    if config.steps < 1:
        raise PruneError(f"steps must be 1 or more, not {config.steps}")
    found = [before]
    for step in range(1, config.steps):
        widths = _between(before, after, step / config.steps, config.multiple)
        if widths not in (found[-1], after):
            found.append(widths)
    return found[1:]


def _between(before: Widths, after: Widths, share: float, multiple: int) -> Widths:
    def width(most: int, least: int) -> int:
        wanted: float = most * (least / most) ** share
        return min(most, max(least, round(wanted / multiple) * multiple))

    stages = tuple(map(width, before.stages, after.stages))
    inner = tuple(tuple(map(width, *pair)) for pair in zip(before.inner, after.inner, strict=True))
    return Widths(stages, inner)


def shallower(network: FerResNet, blocks: tuple[int, ...]) -> FerResNet:
    """``network`` with so many blocks of each stage, its first ones; itself for (). It wants fine-tuning.

    PruneError for a stage without a block, or with more than it has.
    """
    if not blocks:
        return network
    before = measured_widths(network)
    there = tuple(map(len, before.inner))
    if len(blocks) != len(there) or not all(1 <= kept <= had for kept, had in zip(blocks, there, strict=True)):
        raise PruneError(f"stages of {', '.join(map(str, there))} blocks cannot keep {blocks}")
    inner = tuple(widths[:kept] for widths, kept in zip(before.inner, blocks, strict=True))
    cut = FerResNet(Widths(before.stages, inner), network.labels_per_head, network.dropout.p)
    state = network.state_dict()
    cut.load_state_dict({name: state[name] for name in cut.state_dict()})
    return cut.eval()


def prune(network: FerResNet, widths: Widths, size: int = 44) -> FerResNet:
    """A copy cut to ``widths``, on the CPU, in eval mode; it wants fine-tuning. The heads keep all their labels."""
    cut = copy.deepcopy(network).cpu().eval()
    ratios = {layer: _ratio(layer.out_channels, width) for layer, width in layers_by_width(cut, widths)}
    pruner = tp.pruner.BasePruner(
        cut,
        example_inputs=torch.zeros(1, 1, size, size),
        importance=tp.importance.MagnitudeImportance(p=1),
        pruning_ratio=0.0,
        pruning_ratio_dict=ratios,
        ignored_layers=list(cut.heads.values()),
    )
    pruner.step()
    if measured_widths(cut) != widths:
        raise PruneError(f"a network of {measured_widths(network)} cannot be cut to {widths}")
    rebuilt = FerResNet(widths, network.labels_per_head, cut.dropout.p)
    rebuilt.load_state_dict(cut.state_dict())
    return rebuilt.eval()


def _ratio(before: int, after: int) -> float:
    """Torch-Pruning keeps ``int(before * (1 - ratio))``: half a channel more, or 1 - (1 - 16 / 48) would keep 15."""
    return max(0.0, 1 - (after + 0.5) / before)


def layers_by_width(network: FerResNet, widths: Widths) -> list[tuple[nn.Conv2d, int]]:
    """Each convolution of ``network`` with the output channels that ``widths`` gives it, in the forward order."""
    found = [(network.conv, widths.stages[0])]
    for stage, outputs, inner in zip(network.stages, widths.stages, widths.inner, strict=True):
        blocks = [block for block in stage.modules() if isinstance(block, Block)]
        for block, width in zip(blocks, inner, strict=True):
            found.append((block.conv1, width))
            if isinstance(block.shortcut, nn.Sequential):
                shortcut = block.shortcut[0]
                assert isinstance(shortcut, nn.Conv2d)
                found.append((shortcut, outputs))
            found.append((block.conv2, outputs))
    return found
