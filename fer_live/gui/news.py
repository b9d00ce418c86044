"""What is said in a bar above the stage when something happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fer_live.gui import words
from fer_live.manifest import Manifest
from fer_live.runtime import Runtime
from fer_live.table import counted, listed


@dataclass(frozen=True)
class News:
    """Something for a bar above the stage; ``folder`` can be opened from it (and, when it is a ``session``, made a
    report of), ``variant`` is the card it is about and ``reason`` what that says.
    """

    text: str
    kind: Literal["error", "info", "done"] = "info"
    after_ms: int = 8000
    folder: Path | None = None
    variant: str = ""
    reason: str = ""
    session: bool = False


def refusal_news(manifest: Manifest, running: Sequence[str], runtime: Runtime, name: str, reason: str) -> News:
    """A variant cannot run, or not with another runtime than the ``running`` ones have; what goes on is named."""
    title, reason = _in_words(manifest, name, reason)
    if name in running:
        return News(f"{title} cannot be loaded anew: {reason}. It goes on with {runtime}.", "error")
    titles = [manifest.variant(one).title for one in running if one in manifest.names]
    goes_on = f" {listed(titles)} {'goes' if len(titles) == 1 else 'go'} on." if titles else ""
    return News(f"{title} cannot run: {reason}.{goes_on}", "error", 8000, None, name, reason)


def _in_words(manifest: Manifest, name: str, reason: str) -> tuple[str, str]:
    """A variant's title and why it cannot run, without its name, its folder and the full stop."""
    reason = reason.removeprefix(f"variant {name}: ").rstrip(".")
    if name not in manifest.names:
        return name, reason
    variant = manifest.variant(name)
    return variant.title, reason.replace(str(variant.path), f"its file {variant.path.name}")


def recording_news(folder: Path, rows: int, reason: str) -> News:
    """What is said when a recording ended, well or not."""
    place = words.short_path(folder)
    if not reason:
        if not rows:
            return News("The recording is empty: no picture came while it ran.", "info", 8000, folder)
        return News(f"{counted(rows, 'row')} saved in {place}", "done", 15000, folder, session=True)
    if rows and not folder.is_dir():
        return News(f"Recording stopped: {place} is gone, and with it {counted(rows, 'row')}.", "error", 0)
    reason = reason.removeprefix("recording stopped: ").rstrip(".").replace(str(folder), place)
    if not rows:
        where = " (Recordings, below Record)" if reason.endswith("choose another folder") else ""
        return News(f"Nothing was recorded: {reason}{where}.", "error", 0)
    kept = "" if place in reason else f" {counted(rows, 'row')} {'is' if rows == 1 else 'are'} in {place}."
    return News(f"Recording stopped: {reason}.{kept}", "error", 0, folder, session=True)
