"""A variant: an ONNX file, how it is fed, what it answers, and whether the file is intact. Knows no ONNX."""

import builtins
import hashlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from fer_live.typed_json import LOCAL

BLEND: Final = "blend"  # geometric mean of all heads over the variant's labels
SINGLE_CROP: Final = "single crop"  # Metrics.protocol of a plain evaluation: one view per face
PROTOCOLS: Final = {"single": SINGLE_CROP, "flip": "with flip", "ten-crop": "ten-crop"}  # by how often is looked
PRECISIONS: Final = ("fp32", "fp16", "int8")
PLANES: Final = {"gray": 1, "rgb": 3}  # InputSpec.channels
MOST_PX: Final = 4096  # of a face's side
MOST_AT_ONCE: Final = 2**26  # pixels of all faces of a batch, which must fit into memory
LARGEST: Final = 1e6  # mean and, inverted, std of pixels of 0 to 1; what is beyond is no number to the networks


class ManifestError(Exception):
    """The models cannot be used: no manifest, a broken or newer one, a missing or altered file, an unknown variant."""


@dataclass(frozen=True)
class CropGeometry:
    """How a face crop lies around a detector's box: crop side / box side, and centre above the box in crop sides."""

    side: float = 1.17
    up: float = 0.06

    @property
    def possible(self) -> bool:
        """Whether a face would be seen in it at all."""
        return 0.1 <= self.side <= 10 and -5 <= self.up <= 5


@dataclass(frozen=True)
class InputSpec:
    """What the network sees: the central ``size`` x ``size`` pixels of a ``face`` x ``face`` face crop.

    A pixel (0..255) goes in as ``(pixel / 255 - mean) / std``; with ``channels`` "rgb" these may be one each for red,
    green and blue. ``tensor`` is the ONNX input's name, ``layout`` the order of its dimensions. ``batch`` is how many
    faces it takes at once: exactly so many, or 0 for any number.
    """

    size: int = 44
    face: int = 48
    channels: str = "gray"
    mean: float | tuple[float, ...] = 0.5077
    std: float | tuple[float, ...] = 0.2550
    crop: CropGeometry = field(default_factory=CropGeometry)
    tensor: str = "input"
    layout: Literal["nchw", "nhwc"] = "nchw"
    batch: int = 0

    @property
    def shape(self) -> tuple[int, int, int]:
        """One face in the input tensor, without the batch dimension."""
        planes = PLANES[self.channels]
        return (planes, self.size, self.size) if self.layout == "nchw" else (self.size, self.size, planes)


@dataclass(frozen=True)
class Head:
    """One output of the ONNX file, named ``name``: (n, len(labels)) logits, or probabilities (after a softmax)."""

    name: str
    labels: tuple[str, ...]
    gives: Literal["logits", "probabilities"] = "logits"


@dataclass(frozen=True)
class Metrics:
    """One evaluation of a variant: on which data (such as "FER2013") and split, through which head, how.

    Shares are in 0..1. ``recall`` is by label.
    """

    data: str
    split: str
    head: str
    protocol: str
    n: int
    accuracy: float
    macro_f1: float
    macro_recall: float = float("nan")
    ece: float = float("nan")
    recall: dict[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Variant:
    """An ONNX file and its facts. ``labels`` are what the app shows, ``head`` says which head they come from."""

    name: str
    title: str
    file: str
    sha256: str
    bytes: int
    parameters: int
    macs: int
    parent: str
    precision: Literal["fp32", "fp16", "int8"]
    labels: tuple[str, ...]
    heads: tuple[Head, ...]
    head: str
    input: InputSpec
    recipe: dict[str, Any] = field(default_factory=dict, hash=False)
    metrics: tuple[Metrics, ...] = ()
    folder: Path = field(default=Path(), compare=False, repr=False, metadata=LOCAL)

    @property
    def path(self) -> Path:
        """The ONNX file, absolute."""
        return (self.folder / self.file).resolve()

    @property
    def accuracy(self) -> float | None:
        """Share of FER2013's PublicTest faces named rightly, single crop, through the head that the app shows."""
        for row in self.metrics:
            if (row.data, row.split, row.head, row.protocol) == ("FER2013", "PublicTest", self.head, SINGLE_CROP):
                return row.accuracy
        return None

    def read(self) -> builtins.bytes:
        """The file's bytes once their SHA-256 is right; ManifestError when the file is missing or altered."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise ManifestError(f"variant {self.name}: {self.path} cannot be read ({error.strerror})") from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ManifestError(
                f"variant {self.name}: {self.path} is altered or damaged (its sha256 differs); "
                "install fer_live again, publish anew, or remove and add a network of your own"
            )
        return content

    def verify(self) -> None:
        """ManifestError unless the file is there and is the very one that was published."""
        self.read()


def faults(variant: Variant) -> list[str]:
    """What is wrong with a variant that its types cannot tell; empty when nothing is."""
    heads = {head.name: head.labels for head in variant.heads}
    spec = variant.input
    file = PurePosixPath(variant.file)
    shared = all(set(variant.labels) <= set(labels) for labels in heads.values())
    right = shared if variant.head == BLEND else heads.get(variant.head) == variant.labels
    texts = (variant.name, variant.title, variant.file, *variant.labels)
    found = {
        "its name, title, file or labels have characters that cannot be shown": not all(map(str.isprintable, texts)),
        "bytes, parameters and macs must be 0 or more": min(variant.bytes, variant.parameters, variant.macs) < 0,
        "accuracy must be a share from 0 to 1": not all(0 <= row.accuracy <= 1 for row in variant.metrics),
        "no heads": not heads,
        "no labels": not variant.labels or not all(heads.values()),
        f"head {variant.head!r} does not give its labels": not right,
        f"unknown precision {variant.precision!r}": variant.precision not in PRECISIONS,
        f"file {variant.file!r} is not inside the models' folder": file.is_absolute() or ".." in file.parts,
    }
    return [*(fault for fault, there in found.items() if there), *input_faults(spec)]


def input_faults(spec: InputSpec) -> list[str]:
    """What is impossible in a spec; empty when nothing is."""
    means, stds = (value if isinstance(value, tuple) else (value,) for value in (spec.mean, spec.std))
    counts = (1, PLANES.get(spec.channels, 1))
    found = {
        f"input {spec.size} of {spec.face} pixels is impossible": not 0 < spec.size <= spec.face <= MOST_PX,
        f"channels {spec.channels!r} are not known ({', '.join(PLANES)})": spec.channels not in PLANES,
        f"mean and std must be one number, or one per channel ({spec.channels})": (
            len(means) not in counts or len(stds) not in counts
        ),
        f"mean must be a number, {LARGEST:g} at most": not all(abs(mean) <= LARGEST for mean in means),
        f"std must be above 0, {1 / LARGEST:g} to {LARGEST:g}": not all(1 / LARGEST <= std <= LARGEST for std in stds),
        "the crop's side must be 0.1 to 10, its shift -5 to 5": not spec.crop.possible,
        f"a batch of {spec.batch} faces cannot be fed; export the network for any number of them": (
            not 0 <= spec.batch * spec.face**2 <= MOST_AT_ONCE
        ),
    }
    return [fault for fault, there in found.items() if there]
