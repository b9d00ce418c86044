"""Batch norm folded into the convolutions before it: the form that ships and that is quantised."""

import copy

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fer_live.compress.networks import Block, FerResNet


def fold_batch_norm(network: FerResNet) -> FerResNet:
    """A copy in eval mode, on the CPU, whose convolutions carry the batch norms' scale and shift; the same function."""
    folded = copy.deepcopy(network).cpu().eval()
    _fold(folded, "conv", "bn")
    for block in folded.modules():
        if isinstance(block, Block):
            _fold(block, "conv1", "bn1")
            _fold(block, "conv2", "bn2")
            if isinstance(block.shortcut, nn.Sequential):
                _fold(block.shortcut, "0", "1")
    return folded


def _fold(owner: nn.Module, conv: str, norm: str) -> None:
    convolution, batch_norm = owner.get_submodule(conv), owner.get_submodule(norm)
    if isinstance(batch_norm, nn.Identity):  # folded before
        return
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(batch_norm, nn.BatchNorm2d)
    setattr(owner, conv, fuse_conv_bn_eval(convolution, batch_norm))
    setattr(owner, norm, nn.Identity())
