"""What the engine tells: things that must not be lost, in the order in which they happened."""

from dataclasses import dataclass
from pathlib import Path

from fer_live.runtime import Runtime
from fer_live.source import Fault


@dataclass(frozen=True)
class CameraOpening:
    """A source is being opened."""

    title: str


@dataclass(frozen=True)
class CameraOpened:
    """The source gives frames, for the first time or again."""

    title: str
    width: int
    height: int
    fps: float


@dataclass(frozen=True)
class CameraFailed:
    """The source could not be opened, or not again to be repeated; the engine is idle until the next start."""

    kind: Fault
    reason: str


@dataclass(frozen=True)
class CameraLost:
    """The source stopped giving frames; it is tried again every second, and CameraOpened tells when it is back."""

    title: str
    reason: str


@dataclass(frozen=True)
class ClipEnded:
    """The last frame of a clip that is not looped was read."""

    title: str


@dataclass(frozen=True)
class VariantsRunning:
    """These variants classify from now on."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class VariantRefused:
    """The variant ``name`` cannot run, or cannot go on; the others that run go on."""

    name: str
    reason: str


@dataclass(frozen=True)
class RuntimeRefused:
    """The provider of ``wished`` cannot be used here; the networks go on with ``kept``."""

    wished: Runtime
    kept: Runtime
    reason: str


@dataclass(frozen=True)
class RecordingStarted:
    """Rows are written into ``folder`` from now on."""

    folder: Path


@dataclass(frozen=True)
class RecordingStopped:
    """The recording is closed. ``reason`` is empty when it was asked for; ``folder`` is where it could not begin."""

    folder: Path
    rows: int
    reason: str


@dataclass(frozen=True)
class EngineFailed:
    """A thread of the engine (capture, process or loader) ended by a fault that nobody foresaw; the log has it."""

    where: str
    reason: str


Event = (
    CameraOpening
    | CameraOpened
    | CameraFailed
    | CameraLost
    | ClipEnded
    | VariantsRunning
    | VariantRefused
    | RuntimeRefused
    | RecordingStarted
    | RecordingStopped
    | EngineFailed
)


def of_source(event: Event) -> bool:
    """Whether it tells of the source alone, and of nothing that goes on with another."""
    if isinstance(event, EngineFailed):
        return event.where == "capture"
    return isinstance(event, CameraOpening | CameraOpened | CameraFailed | CameraLost | ClipEnded)
