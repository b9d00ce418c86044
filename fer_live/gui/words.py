"""The window's sentences and figures. Every state has one sentence; figures keep one width so that nothing jumps."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

UNSURE_BELOW = 0.4
UNSURE = "unsure"
NONE = "-"
LONG_WORD = 24  # letters
MAY_BREAK = "\u200b"
PRIVACY = "Pictures stay on this computer; nothing is saved unless you record, duel or take a snapshot."
LIMITED = "The camera limits this, not the network."

Action = Literal["open", "address", "demo", "again", "start", "retry"]
ACTION_TITLES: dict[Action, str] = {
    "open": "Open a clip…",
    "address": "Open an address…",
    "demo": "Play the demo",
    "again": "Again",
    "start": "Start",
    "retry": "Try again",
}


@dataclass(frozen=True)
class Sentence:
    """What the middle of the stage says: one sentence, a line on what to do, and at most two buttons."""

    text: str
    detail: str = ""
    actions: tuple[Action, ...] = ()


def getting_ready() -> Sentence:
    """Before the libraries are loaded."""
    return Sentence("Getting ready\u00a0…")


def opening(title: str) -> Sentence:
    """The camera or clip is being opened."""
    return Sentence(f"Opening {title}\u00a0…")


def waiting(title: str) -> Sentence:
    """The source is open and the first labelled picture has not come yet."""
    return Sentence(f"Waiting for the first picture of {title}\u00a0…")


def lost(title: str, *, stream: bool) -> Sentence:
    """The webcam or stream stopped; the engine tries again."""
    what = "network" if stream else "plug"
    return Sentence(
        f"{title} stopped answering.",
        f"Trying again\u00a0… Check the {what}, or choose another source above.",
    )


def ended(title: str) -> Sentence:
    """The clip is over."""
    return Sentence(f"{title} has ended.", "", ("again", "open"))


def stopped() -> Sentence:
    """The user pressed Stop."""
    return Sentence("Stopped.", "The source is closed; nothing is being read.", ("start", "open"))


def failed(kind: str, reason: str, *, stream: bool = False) -> Sentence:
    """The source could not be opened; ``kind`` is that of CameraError."""
    if stream:
        return Sentence("This stream cannot be opened.", reason, ("retry", "address"))
    if kind == "missing" and (not reason or reason.startswith("No camera found") or reason.endswith("found: none.")):
        return Sentence("No camera found.", "Plug one in and press Start (X), or watch a clip.", ("open", "demo"))
    if kind == "busy":
        return Sentence("The camera cannot be used.", reason, ("retry", "demo"))
    if kind == "missing":
        others = "\nChoose another source above." if "Cameras found:" in reason else ""
        return Sentence("There is no such source.", f"{reason}{others}", ("open", "demo"))
    return Sentence("This source cannot be read.", reason, ("open", "demo"))


def broken(where: str, reason: str) -> Sentence:
    """The engine itself failed: its ``where`` is capture or process, or engine when it could not even be made."""
    text, mend = {
        "capture": ("Reading the source stopped on a fault.", "Try again, or choose another source above."),
        "process": ("Recognition stopped on a fault.", "Try again, or choose another variant first."),
    }.get(where, ("fer_live cannot start.", "What it needs is not whole: fer-live doctor says what is missing."))
    return Sentence(text, f"{mend}\nThe fault was: {reason}", ("retry",))


def size(count: int) -> str:
    """Bytes for people, in powers of ten: 912 kB, 44.7 MB."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def percent(share: float | None) -> str:
    """An accuracy: 71.9 %."""
    return NONE if share is None else f"{share * 100:.1f} %"


def ms(value: float | None) -> str:
    """A duration: 24.3 ms, 0.57 ms."""
    if value is None:
        return NONE
    return f"{value:.2f} ms" if value < 1 else f"{value:.1f} ms"


def rate(value: float | None) -> str:
    """Frames per second: 30.0 below a hundred, 412 above."""
    if value is None or value <= 0:
        return NONE
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def clock(seconds: float) -> str:
    """A duration as 00:41, 1:02:03."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    text = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{text}" if hours else text


def short_path(path: Path) -> str:
    """A path with the user's home as ~."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except ValueError:
        return str(path)


def breakable(text: str, whole: int = 0) -> str:
    """``text`` with places at which long words, such as file names, may be broken into lines.

    They come along when it is selected: what copies it takes ``unbroken`` of it. A text without a word of more than
    ``whole`` letters gets none.
    """
    if max(map(len, re.split(r"[\s/]", text))) <= whole:  # lines are broken at a slash anyway
        return text
    return re.sub(rf"([_-]|[^\s_-]{{{LONG_WORD}}})(?=\S)", rf"\1{MAY_BREAK}", text)


def unbroken(text: str) -> str:
    """``text`` as it was before ``breakable``: a path with its marks in it would lead nowhere."""
    return text.replace(MAY_BREAK, "")
