"""ResNet-18 for small gray faces, described by its channel counts so that a pruned one is still the same class.

Source: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016), with the small stem that 32-48 px
pictures want: one 3x3 convolution without stride and without pooling, as in their CIFAR-10 section.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

STAGES: Final = 4
BLOCKS_PER_STAGE: Final = 2


@dataclass(frozen=True)
class Widths:
    """Channel counts of a network: ``stages[i]`` leaves every block of stage i, ``inner[i][j]`` is inside block j."""

    stages: tuple[int, ...]
    inner: tuple[tuple[int, ...], ...]

    @classmethod
    def uniform(cls, base: int) -> "Widths":
        """The classic doubling: base, 2 base, 4 base, 8 base; ``uniform(64)`` is ResNet-18."""
        stages = tuple(base * 2**stage for stage in range(STAGES))
        return cls(stages, tuple((width,) * BLOCKS_PER_STAGE for width in stages))

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "Widths":
        """The inverse of ``to_dict`` (JSON and TOML have no tuples)."""
        return cls(tuple(raw["stages"]), tuple(tuple(pair) for pair in raw["inner"]))

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers, for JSON."""
        return asdict(self)

    def within(self, whole: "Widths") -> bool:
        """Whether a network of ``whole`` can be cut to these: the same blocks, each layer with a channel or more."""
        mine, theirs = [self.stages, *self.inner], [whole.stages, *whole.inner]
        return list(map(len, mine)) == list(map(len, theirs)) and all(
            1 <= kept <= had
            for some, all_ in zip(mine, theirs, strict=True)
            for kept, had in zip(some, all_, strict=True)
        )


class Block(nn.Module):
    """Two 3x3 convolutions and a shortcut (1x1 where the shape changes)."""

    def __init__(self, inputs: int, inner: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.shortcut(x))  # type: ignore[no-any-return]


class FerResNet(nn.Module):
    """ResNet-18 with one linear head per label set; all heads read the same pooled features.

    ``heads`` maps a head's name to its number of labels. ``forward`` returns one logit tensor (n, labels) per head,
    in the order of ``heads``. Input: (n, 1, h, w) float, normalised; any h and w from 24 up.
    """

    def __init__(self, widths: Widths, heads: dict[str, int], dropout: float = 0.0) -> None:
        super().__init__()
        self.labels_per_head = dict(heads)
        self.conv = nn.Conv2d(1, widths.stages[0], 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(widths.stages[0])
        self.relu = nn.ReLU(inplace=True)
        stages: list[nn.Module] = []
        inputs = widths.stages[0]
        for stage, (outputs, inner) in enumerate(zip(widths.stages, widths.inner, strict=True)):
            first = Block(inputs, inner[0], outputs, stride=1 if stage == 0 else 2)
            stages.append(nn.Sequential(first, *(Block(outputs, width, outputs, 1) for width in inner[1:])))
            inputs = outputs
        self.stages = nn.Sequential(*stages)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(inputs, labels) for name, labels in heads.items()})
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(n, 1, h, w) normalised gray -> one (n, labels) logit tensor per head."""
        features = self.stages(self.relu(self.bn(self.conv(x))))
        features = self.dropout(torch.flatten(self.pool(features), 1))
        return tuple(head(features) for head in self.heads.values())


def measured_widths(network: FerResNet) -> Widths:
    """The channel counts the network has now, read from its layers (pruning changes them in place)."""
    stages, inner = [], []
    for stage in network.stages:
        blocks = [block for block in stage.modules() if isinstance(block, Block)]
        stages.append(blocks[-1].conv2.out_channels)
        inner.append(tuple(block.conv1.out_channels for block in blocks))
    return Widths(tuple(stages), tuple(inner))


def place(network: FerResNet, device: torch.device) -> FerResNet:
    """The same network on ``device`` with channels-last weights, the faster layout for convolutions."""
    network.to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's own stubs lack it
    return network


def parameter_count(network: nn.Module) -> int:
    """Learned numbers in the network (batch-norm statistics are not learned)."""
    return sum(parameter.numel() for parameter in network.parameters())
