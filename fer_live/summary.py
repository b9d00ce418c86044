"""What a session comes down to: one row per variant, from measured runs or from a frames.csv that was cut off."""

import csv
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Choice, FrameResult, VariantRun
from fer_live.growing import write_whole
from fer_live.runtime import CPU
from fer_live.stats import Summary, measurement, summarise, typical

SUMMARY_COLUMNS: Final = (
    *("variant", "n", "mean_ms", "sd_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "capacity_fps", "speedup"),
    *("agreement", "bytes", "accuracy", "cpu_percent", "rss_mb", "classify_p50_ms", "without_face"),
    *("threads", "provider", "speedup_low", "speedup_high", "not_compared", "speedup_paired"),
)

_READ: Final = ("frame", "variant", "wall_time", "faces", "process_ms", "classify_ms", "label", "agrees")  # to sum up


@dataclass(frozen=True)
class VariantSummary:
    """One choice over the frames with a face; frames without one cost no classification and are counted apart.

    ``capacity_fps`` is 1000 / median process_ms (over the means of stretches of ``detect_every`` frames, or the median
    would leave the few detections out); ``speedup`` compares that with the reference's that ran with the same;
    ``agreement`` is the share of frames whose largest face got the reference's label, of those that can be compared;
    ``not_compared`` counts the others that ran beside the reference (see ``agrees``). None where there is nothing to
    compare.
    """

    choice: Choice
    without_face: int
    detect: Summary
    classify: Summary
    process: Summary
    capacity_fps: float | None
    speedup: float | None
    agreement: float | None
    not_compared: int = 0

    @property
    def variant(self) -> str:
        """The variant's name."""
        return self.choice.variant

    @property
    def n(self) -> int:
        """Frames with a face that this variant processed."""
        return self.process.n


@dataclass(frozen=True)
class VariantFacts:
    """What a summary adds from elsewhere: from the manifest, the process while this ran, and the comparison."""

    bytes: int | None = None
    accuracy: float | None = None
    cpu_percent: float | None = None
    rss_mb: float | None = None
    speedup_low: float | None = None
    speedup_high: float | None = None
    speedup_paired: float | None = None  # what the interval is of: the median of the ratios in short runs


def agrees(run: VariantRun, reference: VariantRun | None) -> bool | None:
    """Whether both gave the largest face the same label, by its name; None when that cannot be said.

    Without a reference or a face there is nothing to compare; and where the label of one is none that the other could
    have given, a difference would tell of their label sets, not of their judgement.
    """
    if reference is None or not run.predictions or comparable(run, reference) is False:
        return None
    return run.predictions[0].label == reference.predictions[0].label


def comparable(run: VariantRun, reference: VariantRun | None) -> bool | None:
    """Whether each could have given the other's label to the largest face; None without a reference or a face."""
    if reference is None or not run.predictions:
        return None
    mine, theirs = run.predictions[0], reference.predictions[0]
    return mine.label in theirs.labels and theirs.label in mine.labels


def beside(result: FrameResult, reference: str) -> list[tuple[VariantRun, VariantRun | None]]:
    """Each run of a frame and the one of ``reference`` that it is held against: that with as many threads."""
    references = {run.threads: run for run in result.runs if run.variant == reference}
    return [(run, references.get(run.threads)) for run in result.runs]


class SessionTally:
    """Gathers measured runs, a frame or a run at a time. One thread."""

    def __init__(self, reference: str, detect_every: int = 1) -> None:
        self._reference, self._detect_every = reference, detect_every
        self._columns: dict[Choice, _Column] = {}

    def take(self, result: FrameResult) -> list[bool | None]:
        """Count every run of a frame, and say of each what ``agrees`` says."""
        verdicts = []
        for run, reference in beside(result, self._reference):
            verdicts.append(agrees(run, reference))
            times = result.process_ms(run), run.classify_ms
            self.add(run.choice, *times, len(result.faces), verdicts[-1], comparable(run, reference))
        return verdicts

    def add(
        self,
        choice: Choice,
        process_ms: float,
        classify_ms: float,
        faces: int,
        agrees: bool | None,
        comparable: bool | None = None,
    ) -> None:
        """Count one run; ``agrees`` and ``comparable`` are what the functions of these names say of it."""
        column = self._columns.setdefault(choice, _Column())
        if not faces:
            column.without_face += 1
            return
        column.process.append(process_ms)
        column.classify.append(classify_ms)
        if agrees is not None:
            column.compared += 1
            column.agreed += agrees
        column.not_compared += comparable is False

    def agreement(self, choice: Choice) -> float | None:
        """The share of frames so far on which ``choice`` agreed with the reference; None when none can be compared."""
        return self._columns[choice].agreement if choice in self._columns else None

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What has run so far."""
        return tuple(self._columns)

    def summaries(self) -> tuple[VariantSummary, ...]:
        """A summary per variant and what it ran with, in the order in which they were first seen."""
        frame_ms = {choice: typical(column.process, self._detect_every) for choice, column in self._columns.items()}
        return tuple(
            VariantSummary(
                choice=choice,
                without_face=column.without_face,
                detect=summarise(column.detect),
                classify=summarise(column.classify),
                process=summarise(column.process),
                capacity_fps=_ratio(1000, frame_ms[choice]),
                speedup=_ratio(frame_ms.get(choice.of(self._reference)), frame_ms[choice]),
                agreement=column.agreement,
                not_compared=column.not_compared,
            )
            for choice, column in self._columns.items()
        )


def write_summary(path: Path, summaries: Iterable[VariantSummary], facts: Mapping[Choice, VariantFacts]) -> None:
    """Write summary.csv with ``write_whole``: plain comma, dot decimals, UTF-8; unknown cells stay empty."""
    file = StringIO(newline="")
    rows = csv.writer(file)
    rows.writerow(SUMMARY_COLUMNS)
    rows.writerows(_cells(row, facts.get(row.choice, VariantFacts())) for row in summaries)
    write_whole(path, file.getvalue().encode(errors="backslashreplace"))


def has_summary(path: Path) -> bool:
    """Whether there is a summary.csv with a row that can be read."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return any(row.get("variant") and row.get("n") for row in csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return False


def read_frames(
    path: Path, reference: str, detect_every: int = 1, threads: int = 1, provider: str = CPU
) -> SessionTally:
    """The tally of a frames.csv, also of one cut off in the middle of its last row. Raises OSError and ValueError.

    ``threads`` and ``provider`` of rows that do not tell (recorded by an older fer_live).
    """
    tally = SessionTally(reference, detect_every)
    with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets put a mark before it
        whole = csv.DictReader((line for line in file if line.endswith("\n")), restval="")
        if missing := [name for name in _READ if name not in (whole.fieldnames or ())]:
            raise ValueError(f"frames.csv: it has no column {missing[0]}")
        for _, frame in groupby(whole, lambda row: (row["wall_time"], row["frame"])):
            rows = [
                (Choice(row["variant"], int(row.get("threads") or threads), row.get("provider") or provider), row)
                for row in frame
            ]
            ran = {choice for choice, _ in rows}
            for choice, row in rows:
                agreed = None if row["agrees"] == "" else row["agrees"] == "1"
                times = measurement(row["process_ms"]), measurement(row["classify_ms"])
                beside = choice.of(reference) in ran
                comparable = agreed is not None if beside and row["label"] else None
                tally.add(choice, *times, int(row["faces"]), agreed, comparable)
    return tally


@dataclass
class _Column:
    """Arrays, not lists: a recording of a day is summed up in memory, beside the window."""

    process: "array[float]" = field(default_factory=lambda: array("d"))
    classify: "array[float]" = field(default_factory=lambda: array("d"))
    agreed: int = 0
    compared: int = 0
    without_face: int = 0
    not_compared: int = 0

    @property
    def detect(self) -> NDArray[np.float64]:
        return np.subtract(self.process, self.classify, dtype=np.float64)

    @property
    def agreement(self) -> float | None:
        return self.agreed / self.compared if self.compared else None


def _cells(row: VariantSummary, facts: VariantFacts) -> list[str | int]:
    p = row.process
    times = [f"{value:.3f}" if row.n else "" for value in (p.mean, p.sd, p.p50, p.p90, p.p95, p.p99)]
    ratios = [_cell(row.capacity_fps, 2), _cell(row.speedup, 3), _cell(row.agreement, 4)]
    known = ["" if facts.bytes is None else facts.bytes, _cell(facts.accuracy, 4)]
    cost = [_cell(facts.cpu_percent, 1), _cell(facts.rss_mb, 1)]
    classify = _cell(row.classify.p50 if row.n else None, 3)
    interval = [_cell(facts.speedup_low, 3), _cell(facts.speedup_high, 3)]
    paired = _cell(facts.speedup_paired, 3)
    return [row.variant, row.n, *times, *ratios, *known, *cost, classify, row.without_face,
            row.choice.threads, row.choice.provider, *interval, row.not_compared, paired]  # fmt: skip


def _ratio(value: float | None, times_ms: float) -> float | None:
    return value / times_ms if value and times_ms else None


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
