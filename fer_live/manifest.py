"""Which variants exist, how each is fed, and whether its file is intact; and where shipped files lie.

``models/manifest.json`` is written by ``fer-live compress publish`` and read by everything else. Knows no ONNX.
"""

import builtins
import dataclasses
import hashlib
import json
import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

from fer_live.typed_json import LOCAL, built, plain

SCHEMA: Final = 1
MODELS_ENV: Final = "FER_LIVE_MODELS"  # a folder with a manifest.json, or such a file
BLEND: Final = "blend"  # geometric mean of all heads over the variant's labels
SINGLE_CROP: Final = "single crop"  # Metrics.protocol of a plain evaluation: one view per face
PRECISIONS: Final = ("fp32", "fp16", "int8")


class ManifestError(Exception):
    """The models cannot be used: no manifest, a broken or newer one, a missing or altered file, an unknown variant."""


@dataclass(frozen=True)
class CropGeometry:
    """How a face crop lies around a detector's box: crop side / box side, and centre above the box in crop sides."""

    side: float = 1.17
    up: float = 0.06


@dataclass(frozen=True)
class InputSpec:
    """What the network sees: the central ``size`` x ``size`` pixels of a ``face`` x ``face`` gray face crop.

    A pixel (0..255) goes in as ``(pixel / 255 - mean) / std``.
    """

    size: int = 44
    face: int = 48
    channels: str = "gray"
    mean: float = 0.5077
    std: float = 0.2550
    crop: CropGeometry = field(default_factory=CropGeometry)


@dataclass(frozen=True)
class Head:
    """One output of the ONNX file, named ``name``: logits (n, len(labels))."""

    name: str
    labels: tuple[str, ...]


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
                f"variant {self.name}: {self.path} is altered: sha256 differs; install fer_live again or publish anew"
            )
        return content

    def verify(self) -> None:
        """ManifestError unless the file is there and is the very one that was published."""
        self.read()


@dataclass(frozen=True)
class Manifest:
    """All variants in the order in which they are shown; ``default`` runs first, ``reference`` is compared against."""

    variants: tuple[Variant, ...]
    default: str
    reference: str
    folder: Path = field(default=Path(), compare=False, repr=False, metadata=LOCAL)

    @property
    def names(self) -> tuple[str, ...]:
        """The variants' names, in their order."""
        return tuple(variant.name for variant in self.variants)

    def variant(self, name: str) -> Variant:
        """The variant of that name; ManifestError naming the known ones."""
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise ManifestError(f"unknown variant {name!r} (known: {', '.join(self.names)})")


def shipped(name: Literal["models", "assets"]) -> Path:
    """The folder of shipped files: inside an installed package, else in the checkout that holds it; ManifestError."""
    package = Path(str(resources.files("fer_live")))
    candidates = (package / f"_{name}", package.parent / name)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise ManifestError(f"the {name} that belong to fer_live are missing (no {candidates[0]}); install it again")


def load_manifest(path: Path | None = None) -> Manifest:
    """Read ``path`` (a manifest.json or its folder); None: $FER_LIVE_MODELS, else the models that ship.

    Checks every field, not the ONNX files (``Variant.verify`` does). Raises ManifestError.
    """
    if path is None:
        named = os.environ.get(MODELS_ENV)
        path = Path(named) if named else shipped("models")
    if path.is_dir():
        path = path / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"no manifest of models at {path} ({error.strerror})") from error
    except ValueError as error:
        raise ManifestError(f"{path} is broken: not JSON ({error})") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("schema"), int):
        raise ManifestError(f"{path} is broken: it has no schema number")
    if raw["schema"] > SCHEMA:
        raise ManifestError(
            f"{path} was made by a newer fer_live (schema {raw['schema']}, known: {SCHEMA}); update fer_live"
        )
    try:
        manifest: Manifest = built(Manifest, raw)
        _check(manifest)
    except ValueError as error:
        raise ManifestError(f"{path} is broken: {error}") from error
    folder = path.parent.resolve()
    variants = tuple(dataclasses.replace(variant, folder=folder) for variant in manifest.variants)
    return dataclasses.replace(manifest, variants=variants, folder=folder)


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write ``path`` beside and rename, so that a kill leaves the old or the new file; ManifestError when not valid."""
    try:
        _check(manifest)
    except ValueError as error:
        raise ManifestError(f"not written to {path}: {error}") from error
    partial = path.with_name(path.name + ".part")
    text = json.dumps({"schema": SCHEMA, **plain(manifest)}, indent=1, ensure_ascii=False)
    partial.write_text(text + "\n", encoding="utf-8")
    os.replace(partial, path)


def _check(manifest: Manifest) -> None:
    """ValueError for what the types cannot tell."""
    names = manifest.names
    if len(set(names)) != len(names):
        raise ValueError("two variants share a name")
    for role in ("default", "reference"):
        if getattr(manifest, role) not in names:
            raise ValueError(f"{role} {getattr(manifest, role)!r} is not among the variants")
    for variant in manifest.variants:
        for fault in _faults(variant):
            raise ValueError(f"variant {variant.name}: {fault}")


def _faults(variant: Variant) -> list[str]:
    heads = {head.name: head.labels for head in variant.heads}
    spec = variant.input
    file = PurePosixPath(variant.file)
    shared = all(set(variant.labels) <= set(labels) for labels in heads.values())
    right = shared if variant.head == BLEND else heads.get(variant.head) == variant.labels
    faults = {
        "no heads": not heads,
        "no labels": not variant.labels or not all(heads.values()),
        f"head {variant.head!r} does not give its labels": not right,
        f"unknown precision {variant.precision!r}": variant.precision not in PRECISIONS,
        f"input {spec.size} of {spec.face} pixels is impossible": not 0 < spec.size <= spec.face,
        f"channels {spec.channels!r} are not known (gray)": spec.channels != "gray",
        "std must be above 0": not spec.std > 0,
        f"file {variant.file!r} is not inside the models' folder": file.is_absolute() or ".." in file.parts,
    }
    return [fault for fault, found in faults.items() if found]
