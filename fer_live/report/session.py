"""One session folder, read and checked: its facts, the rows of summary.csv, and every run."""

import csv
import os
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fer_live.comparison import Interval
from fer_live.growing import RecordError
from fer_live.report.faces import SeenFace, read_faces
from fer_live.report.runs import Recorded, ReportError, Runs, choice_key, keys, read_runs, split_key
from fer_live.session_folder import StoredFacts, StoredVariant, read_facts, summarise_session
from fer_live.stats import measurement

# Columns of summary.csv that are figures here; others may be anything.
_FIGURES: Final = (
    *("n", "without_face", "mean_ms", "sd_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "classify_p50_ms"),
    *(
        "capacity_fps",
        "speedup",
        "speedup_paired",
        "speedup_low",
        "speedup_high",
        "agreement",
        "not_compared",
        "bytes",
        "accuracy",
        "cpu_percent",
        "rss_mb",
    ),
)
_SHARES: Final = ("agreement", "accuracy")
FASTER: Final = 1.05  # a smaller ratio of two medians is told as about as fast


@dataclass(frozen=True)
class Machine:
    """The machine as session.json describes it; nothing where that is not known."""

    cpu: str = ""
    cores: int | None = None
    logical_cores: int | None = None
    memory_mb: int | None = None
    vector_flags: tuple[str, ...] = ()
    system: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts(StoredFacts):
    """What session.json says. Raises ValueError for a beginning that is no date."""

    source: str
    mode: str
    warm_up: int
    started: str
    machine: Machine
    versions: dict[str, str]
    found: dict[str, Any] = field(default_factory=dict)  # what a benchmark said at its end

    def __post_init__(self) -> None:
        super().__post_init__()
        datetime.fromisoformat(self.started[:60])


@dataclass(frozen=True)
class Session:
    """A recording. What ran goes by ``choice_key`` everywhere. ``summary`` holds the texts of summary.csv;
    ``recovered`` when they come from frames.csv instead. ``faces`` is empty where faces.csv is missing (a benchmark, an
    older recording) or cannot be read, which ``faces_fault`` then tells.
    """

    folder: Path
    facts: Facts
    summary: dict[str, dict[str, str]]
    recovered: bool
    recorded: Recorded
    faces: tuple[SeenFace, ...] = ()
    faces_fault: str = ""

    @property
    def runs(self) -> dict[str, Runs]:
        """The runs of each variant that ran."""
        return self.recorded.runs

    @property
    def cpu(self) -> str:
        """The processor's name without what its maker puts around it."""
        name = re.sub(r"\((R|TM|C)\)|\bCPU\b|@.*|\b\w+-Core Processor.*", "", self.facts.machine.cpu)
        return " ".join(name.split()) or "an unknown processor"

    def variant(self, name: str) -> StoredVariant:
        """What is known of a variant."""
        variant, ran_with = split_key(name)
        found = next((row for row in self.facts.variants if row.name == variant), StoredVariant(variant, variant, 0))
        threads, _, provider = ran_with.partition(" ")
        told = f"{threads} thread{'s' * (threads != '1')}" + (f" on {provider}" if provider else "")
        return replace(found, title=f"{found.title}, {told}") if ran_with else found

    def reference(self, name: str) -> str:
        """What this is compared with: the reference variant that ran with the same."""
        return choice_key(self.facts.reference, split_key(name)[1])

    def place(self, name: str) -> int:
        """The variant's place in the manifest, which decides its colour."""
        names = [row.name for row in self.facts.variants]
        variant, _ = split_key(name)
        return names.index(variant) if variant in names else len(names) + list(self.runs).index(name)

    def interval(self, variant: str) -> Interval | None:
        """The speed-up in short runs with its interval, as the benchmark told it; None when it did not."""
        cells = [self.figure(variant, f"speedup_{name}") for name in ("paired", "low", "high")]
        known = [cell for cell in cells if cell is not None]
        return Interval(known[0], known[1], known[2], 0) if len(known) == len(cells) else None

    def faster(self, variant: str) -> bool:
        """Whether it is shown to be faster than its reference: by its interval, else by a twentieth at least."""
        if interval := self.interval(variant):
            return interval.low > 1
        factor, low, high = (self.figure(variant, f"speedup{end}") for end in ("", "_low", "_high"))
        undecided = low is not None and high is not None and low <= 1 <= high
        return factor is not None and factor >= FASTER and not undecided

    def figure(self, variant: str, column: str) -> float | None:
        """A cell of the summary as a number; None when it is empty or there is no such row."""
        cell = self.summary.get(variant, {}).get(column, "")
        return float(cell) if cell else None


def read_session(folder: Path) -> Session:
    """Read ``folder``; one that was cut off is summed up from its frames, and nothing in it is changed. ReportError."""
    _check_folder(folder)
    facts = _read_facts(folder / "session.json")
    recorded = read_runs(folder / "frames.csv")
    summary = _read_summary(folder / "summary.csv", recorded.runs)
    faces, fault = _read_faces(folder / "faces.csv")
    if summary is not None:
        return Session(folder, facts, summary, recovered=False, recorded=recorded, faces=faces, faces_fault=fault)
    with TemporaryDirectory() as beside:
        try:
            path = summarise_session(folder, Path(beside) / "summary.csv")
        except RecordError as error:
            raise ReportError(str(error)) from error
        summary = _read_summary(path, recorded.runs)
    if summary is None:
        raise ReportError(f"{folder} cannot be summed up: its rows contradict each other")
    return Session(folder, facts, summary, recovered=True, recorded=recorded, faces=faces, faces_fault=fault)


def _check_folder(folder: Path) -> None:
    # os.path, whose answers are no errors: a path may be too long or forbidden
    if not os.path.isdir(folder):
        raise ReportError(f"{folder} is not a folder" if os.path.exists(folder) else f"no such folder: {folder}")
    if os.path.isfile(folder / "frames.csv"):
        return
    try:
        inside = sorted(path.parent for path in folder.glob("*/frames.csv"))
    except OSError as error:
        raise ReportError(f"{folder} cannot be read: {error.strerror}") from error
    hint = f"; it holds sessions such as {inside[-1]}" if inside else ""
    raise ReportError(f"{folder} is no session: it has no frames.csv{hint}")


def _read_facts(path: Path) -> Facts:
    try:
        return read_facts(path, Facts)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReportError(f"{path} cannot be read: {reason}") from error


def _read_faces(path: Path) -> tuple[tuple[SeenFace, ...], str]:
    """(faces, why there are none); a page can be made without."""
    try:
        return read_faces(path), ""
    except FileNotFoundError:
        return (), ""
    except ReportError as error:
        return (), str(error)


def _read_summary(path: Path, runs: dict[str, Runs]) -> dict[str, dict[str, str]] | None:
    """The rows by what ran; None when they are missing, broken, or not about all frames of this recording."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [dict(row) for row in csv.DictReader(file, strict=True)]
        if any(None in (*row, *row.values()) for row in rows):  # one was cut off, or has a cell too many
            return None
        ran = [(row["variant"], row.get("threads", ""), row.get("provider", "")) for row in rows]
        found = {keys(ran)[choice]: row for choice, row in zip(ran, rows, strict=True)}
        counted = {name: (int(row["n"]), int(row["without_face"])) for name, row in found.items()}
        cells = {column: [measurement(row[column]) for row in rows if row.get(column)] for column in _FIGURES}
        broken = any(share > 1 for column in _SHARES for share in cells[column])
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None
    wanted = {name: (int(one.with_face.sum()), int((~one.with_face).sum())) for name, one in runs.items()}
    return None if broken or counted != wanted else found
