"""What becomes of the window's phase when its source tells something. Plain data; knows no engine and no widget."""

from dataclasses import dataclass
from typing import Final, Literal

from fer_live import events
from fer_live.gui import words
from fer_live.gui.words import Sentence

Phase = Literal["loading", "opening", "waiting", "live", "lost", "ended", "stopped", "failed"]
ACTIVE: Final[frozenset[Phase]] = frozenset({"opening", "waiting", "live", "lost"})  # open, or being opened


@dataclass(frozen=True)
class Change:
    """The phase from now on and what the stage says in it; ``title`` is the source's, "" where it told none."""

    phase: Phase
    sentence: Sentence | None
    title: str = ""


def after(event: events.Event, phase: Phase, *, paused: bool, stream: bool) -> Change | None:
    """The change that ``event`` brings in ``phase``, None when it brings none: it is of no source, or too late.

    Paused, a source that opens is live at once: its first picture comes when it goes on.
    """
    match event:
        case events.CameraOpening(title) if phase == "opening":
            return Change(phase, words.opening(title), title)
        case events.CameraOpened(title) if phase in ACTIVE:
            return Change("live", None, title) if paused else Change("waiting", words.waiting(title), title)
        case events.CameraFailed(kind, reason) if phase in ACTIVE:
            return Change("failed", words.failed(kind, reason, stream=stream))
        case events.CameraLost(title) if phase in ("waiting", "live"):
            return Change("lost", words.lost(title, stream=stream))
        case events.ClipEnded(title) if phase in ("waiting", "live"):
            return Change("ended", words.ended(title))
    return None
