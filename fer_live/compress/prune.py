"""Remove whole filters with the smallest L1 norm (Li et al., "Pruning Filters for Efficient ConvNets", ICLR 2017).

Torch-Pruning (Fang et al., "DepGraph", CVPR 2023) works out which channels must go together. Channel counts stay
multiples of 16: convolution kernels work in blocks, and a count between two multiples costs as much as the upper one.
"""

import copy
from dataclasses import dataclass

import torch
import torch_pruning as tp

from fer_live.compress.networks import FerResNet, measured_widths


@dataclass(frozen=True)
class PruneConfig:
    """``ratio`` of the channels of every layer to remove; the kept count is rounded to a multiple of ``multiple``."""

    ratio: float = 0.5
    multiple: int = 16


class PruneError(Exception):
    """The network cannot be pruned as asked; the message says why."""


def prune(network: FerResNet, config: PruneConfig, size: int = 44) -> FerResNet:
    """A pruned copy on the CPU, in eval mode; it wants fine-tuning. The heads keep all their labels."""
    if not 0 < config.ratio < 1:
        raise PruneError(f"ratio must lie between 0 and 1, not {config.ratio}")
    cut = copy.deepcopy(network).cpu().eval()
    pruner = tp.pruner.BasePruner(
        cut,
        example_inputs=torch.zeros(1, 1, size, size),
        importance=tp.importance.MagnitudeImportance(p=1),
        pruning_ratio=config.ratio,
        ignored_layers=list(cut.heads.values()),
        round_to=config.multiple,
    )
    pruner.step()
    widths = measured_widths(cut)
    if widths == measured_widths(network):
        raise PruneError(f"nothing to remove at ratio {config.ratio} with multiples of {config.multiple}")
    rebuilt = FerResNet(widths, network.labels_per_head, cut.dropout.p)
    rebuilt.load_state_dict(cut.state_dict())
    return rebuilt.eval()
