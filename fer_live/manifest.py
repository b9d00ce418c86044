"""Which variants there are: those that ship and those that the user added; and where shipped files lie.

``models/manifest.json`` is written by ``fer-live compress publish`` and read by everything else. The user's own models
stand in a file of the same form in the user's data folder, written by ``fer-live models add``.
"""

import dataclasses
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

import platformdirs

from fer_live.growing import write_whole
from fer_live.typed_json import LOCAL, built, parsed, plain
from fer_live.variant import (
    BLEND,
    PRECISIONS,
    SINGLE_CROP,
    CropGeometry,
    Head,
    InputSpec,
    ManifestError,
    Metrics,
    Variant,
    faults,
)

__all__ = [
    "BLEND",
    "MANIFEST",
    "PRECISIONS",
    "SINGLE_CROP",
    "CropGeometry",
    "Head",
    "InputSpec",
    "Manifest",
    "ManifestError",
    "Metrics",
    "Variant",
    "load_manifest",
    "own_models",
    "own_rows",
    "shipped",
    "write_json",
    "write_manifest",
]

SCHEMA: Final = 1
MODELS_ENV: Final = "FER_LIVE_MODELS"  # a folder with a manifest.json, or such a file
DATA_ENV: Final = "FER_LIVE_DATA"  # replaces the user's data folder
MANIFEST: Final = "manifest.json"


class NoManifest(ManifestError):
    """There is no such file."""


@dataclass(frozen=True)
class Manifest:
    """All variants in the order in which they are shown; ``default`` runs first, ``reference`` is compared against.

    ``left_out`` says in a sentence each which of the user's own models cannot be used, and why.
    """

    variants: tuple[Variant, ...]
    default: str
    reference: str
    folder: Path = field(default=Path(), compare=False, repr=False, metadata=LOCAL)
    left_out: tuple[str, ...] = field(default=(), compare=False, repr=False, metadata=LOCAL)

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


def own_models() -> Path:
    """The folder of the models that the user added (it may not be there): in $FER_LIVE_DATA when that is set."""
    folder = os.environ.get(DATA_ENV) or platformdirs.user_data_dir("fer_live", appauthor=False)
    return Path(folder).absolute() / "models"


def load_manifest(path: Path | None = None) -> Manifest:
    """Read ``path`` (a manifest.json or its folder); None: $FER_LIVE_MODELS, else the models that ship.

    With None the user's own models come after them; what is wrong with one of these never keeps the others away, it
    stands in ``left_out``. Checks every field, not the ONNX files (``Variant.verify`` does). Raises ManifestError.
    """
    if path is not None:
        return _read(path)
    named = os.environ.get(MODELS_ENV)
    return _with_own(_read(Path(named) if named else shipped("models")))


def own_rows(folder: Path) -> list[Any]:
    """The user's own models as they stand in ``folder``'s manifest, unchecked; ManifestError when it is broken."""
    path = folder / MANIFEST
    try:
        rows = _json(path).get("variants")
    except NoManifest:
        return []
    if not isinstance(rows, list):
        raise ManifestError(f"{path} is broken: it has no list of variants")
    return rows


def _read(path: Path) -> Manifest:
    if os.path.isdir(path):  # no error where it is forbidden to look
        path = path / MANIFEST
    raw = _json(path)
    try:
        manifest: Manifest = built(Manifest, raw)
        _check(manifest)
    except ValueError as error:
        raise ManifestError(f"{path} is broken: {error}") from error
    folder = path.parent.resolve()
    variants = tuple(dataclasses.replace(variant, folder=folder) for variant in manifest.variants)
    return dataclasses.replace(manifest, variants=variants, folder=folder)


def _json(path: Path) -> dict[str, Any]:
    """A manifest's object, of a schema that is known; ManifestError."""
    try:
        raw = parsed(path.read_text(encoding="utf-8"))
    except OSError as error:
        kind = NoManifest if isinstance(error, FileNotFoundError | NotADirectoryError) else ManifestError
        raise kind(f"no manifest of models at {path} ({error.strerror})") from error
    except ValueError as error:
        raise ManifestError(f"{path} is broken: not JSON ({error})") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("schema"), int):
        raise ManifestError(f"{path} is broken: it has no schema number")
    if raw["schema"] > SCHEMA:
        raise ManifestError(
            f"{path} was made by a newer fer_live (schema {raw['schema']}, known: {SCHEMA}); update fer_live"
        )
    return raw


def _with_own(manifest: Manifest) -> Manifest:
    """``manifest`` with those of the user's own models behind it that can be used."""
    folder = own_models()
    try:
        rows = own_rows(folder)
    except ManifestError as error:
        return dataclasses.replace(manifest, left_out=(f"your own models are left out: {error}",))
    variants, left_out = list(manifest.variants), []
    for number, row in enumerate(rows):
        try:
            variants.append(_own(row, folder, [variant.name for variant in variants]))
        except ValueError as error:
            name = row.get("name") if isinstance(row, dict) else None
            left_out.append(f"your own model {name or number + 1} is left out: {error}")
    return dataclasses.replace(manifest, variants=tuple(variants), left_out=tuple(left_out))


def _own(row: Any, folder: Path, taken: Sequence[str]) -> Variant:
    """One row of the user's manifest; ValueError when it cannot stand beside the variants named ``taken``."""
    variant: Variant = dataclasses.replace(built(Variant, row), folder=folder)
    if variant.name in taken:
        raise ValueError("another variant has this name; remove it (fer-live models remove) and add it under another")
    for fault in faults(variant):
        raise ValueError(fault)
    if not os.path.isfile(variant.path) or os.path.getsize(variant.path) != variant.bytes:
        raise ValueError(f"{variant.path} is missing or altered; add it again")
    return variant


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write ``path`` beside and rename, so that a kill leaves the old or the new file; ManifestError when not valid."""
    try:
        _check(manifest)
    except ValueError as error:
        raise ManifestError(f"not written to {path}: {error}") from error
    write_json(plain(manifest), path)


def write_json(manifest: dict[str, Any], path: Path) -> None:
    """Write a manifest's plain values under this schema, with ``write_whole``."""
    text = json.dumps({"schema": SCHEMA, **manifest}, indent=1, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())


def _check(manifest: Manifest) -> None:
    """ValueError for what the types cannot tell."""
    names = manifest.names
    if len(set(names)) != len(names):
        raise ValueError("two variants share a name")
    for role in ("default", "reference"):
        if getattr(manifest, role) not in names:
            raise ValueError(f"{role} {getattr(manifest, role)!r} is not among the variants")
    for variant in manifest.variants:
        for fault in faults(variant):
            raise ValueError(f"variant {variant.name}: {fault}")
