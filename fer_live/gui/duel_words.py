"""What the window says of a duel, state by state."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fer_live.comparison import MIN_RUNS, Interval, told
from fer_live.gui import words
from fer_live.manifest import Manifest
from fer_live.runtime import provider_title
from fer_live.source import CameraError
from fer_live.table import counted, listed

if TYPE_CHECKING:
    from fer_live.bench_report import BenchReport, Verdict
    from fer_live.standing import Standing

TIP = "Duel: measure which variant is faster, and how sure that is"
WHO = (
    "Comparing: those that are compared\n"
    "One variant: it and the reference; when that is one and the same, those that Compare would show"
)
BUSY = "A duel is running: wait for its end, or cancel it (Esc)."
TOO_FEW = "A duel needs two variants at least."
NOT_READY = "Still getting ready: try again in a moment."
NO_SOURCE = "There is nothing to duel on yet: choose a source first."
NOT_LIVE = "A duel takes a few seconds of live pictures first: start the source, then try again."


@dataclass(frozen=True)
class Line:
    """One verdict: a sentence, what else is known, and the interval (None: not yet)."""

    variant: str
    text: str
    detail: str
    interval: Interval | None


@dataclass(frozen=True)
class Said:
    """What the panel shows. ``share`` is how much is done (None: not measuring); ``folder`` holds the CSV files.

    ``reports``: there is something for a report to tell.
    """

    title: str
    status: str
    share: float | None = None
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()
    folder: Path | None = None
    reports: bool = False
    running: bool = False


def contest(manifest: Manifest, names: Sequence[str], reference: str) -> str:
    """Who is held against whom."""
    titles = [manifest.variant(name).title for name in names if name != reference]
    return f"{listed(titles)} against {manifest.variant(reference).title}"


def gathering(title: str, source: str, so_far: int, wanted: int) -> Said:
    """Pictures of a live source are being taken."""
    status = f"Taking pictures of {source}: {so_far} of {wanted}. Keep a face in view."
    return Said(title, status, so_far / wanted, running=True)


def loading(title: str) -> Said:
    """The variants are being loaded and warmed up."""
    return Said(title, "Loading the variants and warming up\u00a0…", 0.0, running=True)


def ending(said: Said) -> Said:
    """It was cancelled and ends after what it is just measuring."""
    return Said(said.title, "Ending\u00a0…", said.share, said.lines, running=True)


def standing(title: str, now: "Standing", manifest: Manifest) -> Said:
    """The verdicts so far."""
    parts = [f"Round {now.round} of {now.rounds}", _frames(now.frames, now.expected)]
    if now.left_s is not None:
        parts.append(f"about {words.clock(now.left_s + 0.5)} left")
    share = min(now.frames / now.expected, 1.0) if now.expected else 0.0
    lines = tuple(_line(verdict, manifest, now.runs) for verdict in now.verdicts)
    return Said(title, " · ".join(parts), share, lines, running=True)


def ended(title: str, report: "BenchReport", manifest: Manifest, first: int) -> Said:
    """The verdicts, how they came about, and where the files are; ``first``: only so many of the clip (0: all)."""
    measured = f"{counted(report.frames, 'frame')} of {report.source} in {counted(report.rounds, 'round')}"
    measured += f" (its first {first})" if first else ""
    early = "Ended early. " if report.interrupted else ""
    if report.frames == report.without_face:
        text = f"{early}No face was found in {measured}, so there is nothing to compare."
        return Said(title, text, folder=report.folder)
    return Said(
        title,
        f"{early}Measured on {measured}.",
        lines=tuple(_line(verdict, manifest, None) for verdict in report.verdicts),
        notes=tuple(_notes(report)),
        folder=report.folder,
        reports=True,
    )


def stopped(title: str) -> Said:
    """Cancelled at once."""
    return Said(title, "Ended early, before anything was measured.")


def refused(title: str, fault: Exception, manifest: Manifest) -> Said:
    """It could not be, or could not go on; what is foreseen says itself what to do."""
    reason = str(fault)
    for variant in manifest.variants:
        reason = reason.replace(f"variant {variant.name}: ", f"{variant.title} cannot run: ")
        reason = reason.replace(str(variant.path), f"its file {variant.path.name}")
    if not isinstance(fault, CameraError):  # those are whole sentences, which may begin with a file's name
        reason = reason[:1].upper() + reason[1:].rstrip(".") + "."
    return Said(title, reason)


def broke(title: str, fault: Exception) -> Said:
    """What nobody foresaw."""
    return Said(title, f"The duel stopped on a fault: {type(fault).__name__}: {fault}")


def starved(title: str, source: str) -> Said:
    """A live source stopped in the middle."""
    return Said(title, f"{source} sent too few pictures for a duel. Check it and try again.")


def _line(verdict: "Verdict", manifest: Manifest, runs: int | None) -> Line:
    """``runs``: short runs so far, None at the end."""
    pair = verdict.pair
    mine, other = (manifest.variant(choice.variant).title for choice in (pair.choice, pair.against))
    text = told(mine, other, pair.speedup)
    if pair.speedup is None and runs is not None:
        text = f"{mine} against {other}: {min(runs, MIN_RUNS)} of {MIN_RUNS} short runs before a first verdict"
    details = []
    if verdict.agreement is not None:
        details.append(f"same label on {words.percent(verdict.agreement)} of the frames")
    if pair.classify_speedup is not None:
        details.append(f"classification alone: {_factor(pair.classify_speedup)}")
    return Line(pair.choice.variant, text, " · ".join(details), pair.speedup)


def _factor(found: Interval) -> str:
    digits = 1 if found.estimate >= 3 else 2
    spread = f"{found.low:.{digits}f} to {found.high:.{digits}f}"
    return f"{found.estimate:.{digits}f}x ({spread})" if found.differs else f"no difference shown ({spread})"


def _notes(report: "BenchReport") -> list[str]:
    """How it was measured and how far that can be trusted: the same words as on the command line."""
    provider = provider_title(report.variants[0].provider)
    how = [
        f"Speed-up of detection and classification together, {counted(report.runs, 'short run')} in rotating order, "
        f"warm-up discarded, {counted(report.threads, 'thread')}, {provider}"
    ]
    if report.without_face:
        how.append(f"{counted(report.without_face, 'frame')} without a face counted apart")
    if report.detect_every > 1:
        how.append(f"faces detected every {report.detect_every} frames")
    apart = [(row.summary.not_compared, row.variant.title) for row in report.variants if row.summary]
    unknown = ", ".join(f"{count:,} of {title}" for count, title in apart if count)
    if unknown:
        how.append(f"frames on which one network does not know the other's label counted apart: {unknown}")
    said = [", ".join(how), report.drift.told, report.loaded]
    return [one[:1].upper() + one[1:] + "." for one in said if one]


def _frames(so_far: int, expected: int) -> str:
    return f"{so_far:,} of {counted(expected, 'frame')}" if expected else counted(so_far, "frame")
