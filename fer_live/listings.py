"""What ``fer-live models`` and ``fer-live cameras`` list, as a table and as JSON."""

import os
from dataclasses import dataclass
from typing import Any

from fer_live.manifest import Manifest, ManifestError, Variant, own_models
from fer_live.source import list_cameras
from fer_live.table import megabytes, millions, table


@dataclass(frozen=True)
class ModelList:
    """The variants with the fault of each file ("" when it is intact)."""

    manifest: Manifest
    faults: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        rows = zip(self.manifest.variants, self.faults, strict=True)
        facts = {"default": self.manifest.default, "reference": self.manifest.reference}
        facts["own_folder"] = str(own_models())
        return {
            **facts,
            "folder": str(self.manifest.folder),
            "variants": [{**_facts(*row), "own": self._is_own(row[0])} for row in rows],
        }

    def table(self) -> str:
        """One row per variant; the default is marked with a star, the user's own with a plus."""
        head = ["variant", "title", "size", "parameters", "MACs", "accuracy", "intact"]
        rows = []
        for variant, fault in zip(self.manifest.variants, self.faults, strict=True):
            mark = " *" if variant.name == self.manifest.default else " +" if self._is_own(variant) else ""
            name = f"{variant.name}{mark}"
            accuracy = "-" if variant.accuracy is None else f"{variant.accuracy:.2%}"
            counts = [megabytes(variant.bytes), millions(variant.parameters), millions(variant.macs)]
            rows.append([name, variant.title, *counts, accuracy, fault or "yes"])
        note = "* runs first. Accuracy: as shown, FER2013 PublicTest, single crop. Speed belongs to the machine: bench."
        own = f"\n+ is your own, from {own_models()}" if any(map(self._is_own, self.manifest.variants)) else ""
        return f"{table(head, rows, words=2)}\n\n{note}{own}"

    def _is_own(self, variant: Variant) -> bool:
        return variant.folder != self.manifest.folder


def list_models(manifest: Manifest) -> ModelList:
    """Read every variant's file and compare its sha256."""
    return ModelList(manifest, tuple(_fault(variant) for variant in manifest.variants))


@dataclass(frozen=True)
class WebcamList:
    """The webcams of this machine."""

    rows: tuple[tuple[int, str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"cameras": [dict(zip(("index", "name", "path"), row, strict=True)) for row in self.rows]}

    def table(self) -> str:
        """One row per webcam, or that there is none."""
        if not self.rows:
            return "No camera found. fer-live plays clips and URLs too: fer-live --camera CLIP"
        return table(
            ["number", "name", "device"], [[str(index), name, path] for index, name, path in self.rows], words=3
        )


def list_webcams() -> WebcamList:
    """Ask the system for its webcams, without opening them."""
    return WebcamList(tuple((camera.index, camera.name, camera.path) for camera in list_cameras()))


def _fault(variant: Variant) -> str:
    if not os.path.isfile(variant.path):  # no error where a name is too long
        return "missing"
    try:
        variant.verify()
    except ManifestError:
        return "altered"
    return ""


def _facts(variant: Variant, fault: str) -> dict[str, Any]:
    fields = ("name", "title", "bytes", "parameters", "macs", "precision", "parent", "head", "accuracy", "sha256")
    return {**{field: getattr(variant, field) for field in fields}, "path": str(variant.path), "intact": not fault}
