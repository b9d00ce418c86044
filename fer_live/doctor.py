"""What the app needs, looked at on this machine: libraries, processor, cameras, display, models. Opens no camera."""

import importlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from fer_live.display import display_fault
from fer_live.faces import FULL_RANGE, SHORT_RANGE, FaceError, FaceFinder, for_people
from fer_live.interrupts import held_back
from fer_live.machine import builds, fast_int8, machine_facts, versions
from fer_live.manifest import ManifestError, Variant, load_manifest, shipped
from fer_live.runtime import CPU, provider_title
from fer_live.source import list_cameras
from fer_live.table import megabytes

NEEDED: Final = {"cv2": "opencv-contrib-python", "onnxruntime": "onnxruntime", "mediapipe": "mediapipe"}
DETECTORS: Final = (SHORT_RANGE, FULL_RANGE)
TRIAL: Final = "from fer_live.doctor import try_detectors; try_detectors()"
TRIAL_SECONDS: Final = 60
PACKAGE_OF_WINDOW: Final = "PySide6-Essentials"
BROKEN_WINDOW: Final = "6.12.0"  # loses a reference per emitted signal on Python 3.11 and aborts

State = Literal["ok", "note", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. "broken" keeps the app from working; a "note" does not."""

    name: str
    state: State
    text: str


@dataclass(frozen=True)
class Checkup:
    """All findings, and the figures of the machine."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing that the app needs is broken."""
        return all(finding.state != "broken" for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        findings = [vars(finding) for finding in self.findings]
        return {"healthy": self.healthy, "findings": findings, "machine": machine_facts(), "versions": versions()}

    def table(self) -> str:
        """One line per finding, then the verdict."""
        marks = {"ok": "ok", "note": "note", "broken": "BROKEN"}
        width = max(len(finding.name) for finding in self.findings)
        lines = [f"{marks[f.state]:6}  {f.name.ljust(width)}  {f.text}" for f in self.findings]
        broken = sum(finding.state == "broken" for finding in self.findings)
        return "\n".join([*lines, "", "Nothing is broken." if self.healthy else f"{broken} broken: see above."])


def examine() -> Checkup:
    """Look at everything; raises nothing for what it finds broken."""
    facts, found = machine_facts(), versions()
    machine = f"{facts['cpu']}, {facts['cores']} cores ({facts['logical_cores']} threads), {facts['memory_mb']} MiB"
    return Checkup(
        (
            Finding("fer_live", "ok", f"{found['fer_live']} on Python {found['python']}"),
            Finding("machine", "ok", f"{machine}, {facts['system']}"),
            _vector_flags(facts["vector_flags"]),
            *(_library(module, package, found[package]) for module, package in NEEDED.items()),
            _providers(),
            _window_library(found[PACKAGE_OF_WINDOW]),
            _display(),
            _cameras(),
            _detectors(),
            *_variants(),
        )
    )


def _vector_flags(flags: Sequence[str]) -> Finding:
    listed = ", ".join(flags) or "none known"
    if fast_int8(tuple(flags)):
        return Finding("vector flags", "ok", f"{listed}: INT8 variants are fast here")
    return Finding("vector flags", "note", f"{listed}: without VNNI or dot products INT8 gains half as much, or less")


def _library(module: str, package: str, version: str) -> Finding:
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  whatever an import does here, the doctor has to name it
        return Finding(package, "broken", f"{version} does not load: {_line(error)}")
    several = list(builds(package))
    if len(several) > 1:
        advice = f"these overwrite each other: pip uninstall {' '.join(several)}, then install the one that you want"
        return Finding(package, "note", f"{version}; {advice}")
    return Finding(package, "ok", version)


def _providers() -> Finding:
    try:
        from fer_live.onnx_session import present
    except ImportError:
        return Finding("providers", "broken", "none: onnxruntime does not load")
    there = present()
    if there == (CPU,):
        return Finding("providers", "ok", "CPU")
    titles = ", ".join(map(provider_title, there))
    unusable = [told for provider in there if (told := _provider_fault(provider))]
    return Finding(
        "providers", "note" if unusable else "ok", "; ".join([f"{titles} (choose with --provider)", *unusable])
    )


def _provider_fault(provider: str) -> str:
    """Why a provider that is present cannot be used; "" when it can."""
    try:
        from fer_live.classifier import ClassifierError, OnnxClassifier, ProviderError
    except ImportError:  # told elsewhere
        return ""
    try:
        manifest = load_manifest()
        OnnxClassifier(manifest.variant(manifest.default), provider=provider)
    except ProviderError as error:
        return str(error)
    except (ClassifierError, ManifestError):  # told elsewhere
        pass
    return ""


def _window_library(version: str) -> Finding:
    if version == BROKEN_WINDOW:
        return Finding(
            PACKAGE_OF_WINDOW,
            "broken",
            f'{version} aborts on Python 3.11: pip install "{PACKAGE_OF_WINDOW}!={version}"',
        )
    if version == "missing":
        return Finding(PACKAGE_OF_WINDOW, "broken", f"not installed: pip install {PACKAGE_OF_WINDOW}")
    try:
        with held_back():  # or Ctrl+C in its midst would abort the process
            importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        return Finding(PACKAGE_OF_WINDOW, "broken", f"{version} does not load: {_line(error)}")
    return Finding(PACKAGE_OF_WINDOW, "ok", version)


def _display() -> Finding:
    fault = display_fault()
    return Finding(
        "display", "note" if fault else "ok", f"{fault}; fer-live bench runs without" if fault else "answers"
    )


def _cameras() -> Finding:
    try:
        cameras = list_cameras()
    except ImportError as error:
        return Finding("cameras", "broken", f"not looked for: {_line(error)}")
    if not cameras:
        return Finding("cameras", "note", "none found; clips and URLs work without one")
    return Finding("cameras", "ok", ", ".join(f"{camera.index}: {camera.name}" for camera in cameras))


def _detectors() -> Finding:
    try:
        missing = [name for name in DETECTORS if not (shipped("assets") / name).is_file()]
    except ManifestError as error:
        return Finding("face detectors", "broken", str(error))
    if missing:
        return Finding("face detectors", "broken", f"missing: {', '.join(missing)}; install fer_live again")
    if fault := _detection_fault():
        return Finding("face detectors", "broken", fault)
    return Finding("face detectors", "ok", "short range, full range: both run")


def _detection_fault() -> str:
    """Why faces cannot be looked for; "" when they can. Tried in a process of its own, since mediapipe may end it."""
    try:
        trial = subprocess.run([sys.executable, "-c", TRIAL], capture_output=True, timeout=TRIAL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"could not be tried: {_line(error)}"
    if trial.returncode == 0:
        return ""
    told = for_people(trial.stderr.splitlines())
    return told[-1].decode(errors="replace").strip()[:200] if told else f"mediapipe ends with {trial.returncode}"


def try_detectors() -> None:
    """Look for faces in an empty picture with both detectors, mediapipe's log on stderr; SystemExit when one fails."""
    for full_range in (False, True):
        try:
            with FaceFinder(full_range, quiet=False) as finder:
                finder.find(np.zeros((48, 48, 3), np.uint8))
        except FaceError as error:
            sys.exit(str(error))


def _variants() -> list[Finding]:
    try:
        manifest = load_manifest()
    except ManifestError as error:
        return [Finding("models", "broken", str(error))]
    left_out = [Finding("own models", "note", sentence) for sentence in manifest.left_out]
    return [*(_variant(variant) for variant in manifest.variants), *left_out]


def _variant(variant: Variant) -> Finding:
    name = f"model {variant.name}"
    try:
        from fer_live.classifier import ClassifierError, OnnxClassifier
    except ImportError as error:
        return Finding(name, "broken", f"not tried: {_line(error)}")
    try:
        OnnxClassifier(variant).warm_up(1)
    except ClassifierError as error:
        return Finding(name, "broken", str(error))
    return Finding(name, "ok", f"intact, runs; {megabytes(variant.bytes)}")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
