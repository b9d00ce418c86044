"""Quantisation-aware training: a network that rounds as its INT8 form will, while gradients pass as if it did not.

Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"
(CVPR 2018). What is rounded is what ONNX Runtime's QDQ form rounds (``quantize``): weights symmetrically and per output
channel, and every tensor that a convolution, an addition, the pooling or a head reads, to eight bits over its range.
That range is the batch's own; ``quantize`` fixes it afterwards on the calibration faces.
"""

from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.networks import Block, FerResNet

LEVELS: Final = 255  # steps of an unsigned 8-bit activation
SMALLEST: Final = 1e-8  # no scale below: a channel or picture may be all zero


def aware(network: FerResNet, weight_bits: int) -> FerResNet:
    """A copy of ``network`` with batch norm folded, which rounds weights to 7 or 8 bits and activations to 8.

    Its state dict is that of a folded network (``fold_batch_norm``), so one without rounding can load it.
    """
    rounding = fold_batch_norm(network)
    most = 64 if weight_bits == 7 else 127  # ONNX Runtime's ranges: -64..64 and -127..127
    for owner in list(rounding.modules()):
        for name, layer in list(owner.named_children()):
            if isinstance(layer, nn.Conv2d):
                setattr(owner, name, _Conv.of(layer, most))
            elif isinstance(layer, nn.Linear):
                setattr(owner, name, _Linear.of(layer, most))
    for block in [module for module in rounding.modules() if isinstance(module, Block)]:  # what the additions read
        setattr(block, "bn2", Rounding())  # noqa: B010  # declared as batch norm, which is folded here
        block.shortcut = nn.Sequential(*block.shortcut.children(), Rounding())
    rounding.pool = nn.Sequential(Rounding(), rounding.pool)  # type: ignore[assignment]
    return rounding


class Rounding(nn.Module):
    """Rounds a tensor to 256 levels over its range, which always holds 0."""

    def forward(self, x: Tensor) -> Tensor:
        """The rounded tensor in float32; the gradient is that of ``x`` itself."""
        return _rounded(x)


class _Conv(nn.Conv2d):
    most: int

    @classmethod
    def of(cls, layer: nn.Conv2d, most: int) -> "_Conv":
        """The same convolution, rounding."""
        kernel, stride, padding = layer.kernel_size, layer.stride, layer.padding
        made = cls(layer.in_channels, layer.out_channels, kernel, stride, padding)  # type: ignore[arg-type]
        made.load_state_dict(layer.state_dict())
        made.most = most
        return made

    def forward(self, x: Tensor) -> Tensor:
        return self._conv_forward(_rounded(x), _rounded_weight(self.weight, self.most), self.bias)  # type: ignore[no-any-return]


class _Linear(nn.Linear):
    most: int

    @classmethod
    def of(cls, layer: nn.Linear, most: int) -> "_Linear":
        """The same linear layer, rounding."""
        made = cls(layer.in_features, layer.out_features)
        made.load_state_dict(layer.state_dict())
        made.most = most
        return made

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(_rounded(x), _rounded_weight(self.weight, self.most), self.bias)


def _rounded(x: Tensor) -> Tensor:
    low, high = torch.aminmax(x.detach().float())
    low, high = low.clamp(max=0), high.clamp(min=0)
    scale = ((high - low) / LEVELS).clamp(min=SMALLEST)
    zero = (-low / scale).round().to(torch.int32)
    return torch.fake_quantize_per_tensor_affine(x.float(), scale, zero, 0, LEVELS)


def _rounded_weight(weight: Tensor, most: int) -> Tensor:
    scale = (weight.detach().abs().flatten(1).amax(1) / most).clamp(min=SMALLEST)
    zeros = torch.zeros(len(weight), dtype=torch.int32, device=weight.device)
    return torch.fake_quantize_per_channel_affine(weight, scale, zeros, 0, -most, most)
