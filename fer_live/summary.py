"""What a session comes down to: one row per variant, from measured runs or from a frames.csv that was cut off."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from fer_live.frame import VariantRun
from fer_live.stats import Summary, summarise, typical

SUMMARY_COLUMNS: Final = (
    *("variant", "n", "mean_ms", "sd_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "capacity_fps", "speedup"),
    *("agreement", "bytes", "accuracy", "cpu_percent", "rss_mb", "classify_p50_ms", "without_face", "not_compared"),
)


@dataclass(frozen=True)
class VariantSummary:
    """One variant over the frames with a face; frames without one cost no classification and are counted apart.

    ``capacity_fps`` is 1000 / median process_ms (over the means of stretches of ``detect_every`` frames, or the median
    would leave the few detections out); ``speedup`` compares that with the reference's; ``agreement`` is the share of
    frames whose largest face got the reference's label, of those that can be compared; ``not_compared`` counts the
    others that ran beside the reference (see ``agrees``). None where there is nothing to compare.
    """

    variant: str
    without_face: int
    detect: Summary
    classify: Summary
    process: Summary
    capacity_fps: float | None
    speedup: float | None
    agreement: float | None
    not_compared: int = 0

    @property
    def n(self) -> int:
        """Frames with a face that this variant processed."""
        return self.process.n


@dataclass(frozen=True)
class VariantFacts:
    """What a summary adds from elsewhere: from the manifest, and the process while this variant ran."""

    bytes: int | None = None
    accuracy: float | None = None
    cpu_percent: float | None = None
    rss_mb: float | None = None


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


class SessionTally:
    """Gathers measured runs, one variant and frame at a time. One thread."""

    def __init__(self, reference: str, detect_every: int = 1) -> None:
        self._reference, self._detect_every = reference, detect_every
        self._columns: dict[str, _Column] = {}

    def add(
        self,
        variant: str,
        process_ms: float,
        classify_ms: float,
        faces: int,
        agrees: bool | None,
        comparable: bool | None = None,
    ) -> None:
        """Count one run; ``agrees`` and ``comparable`` are what the functions of these names say of it."""
        column = self._columns.setdefault(variant, _Column([], [], [], 0))
        if not faces:
            column.without_face += 1
            return
        column.process.append(process_ms)
        column.classify.append(classify_ms)
        if agrees is not None:
            column.agrees.append(agrees)
        column.not_compared += comparable is False

    def summaries(self) -> tuple[VariantSummary, ...]:
        """A summary per variant, in the order in which they were first seen."""
        rows = {name: (summarise(column.classify), summarise(column.process)) for name, column in self._columns.items()}
        frame_ms = {name: typical(column.process, self._detect_every) for name, column in self._columns.items()}
        base_ms = frame_ms.get(self._reference)
        return tuple(
            VariantSummary(
                variant=name,
                without_face=self._columns[name].without_face,
                detect=summarise(self._columns[name].detect),
                classify=classify,
                process=process,
                capacity_fps=1000 / frame_ms[name] if frame_ms[name] else None,
                speedup=base_ms / frame_ms[name] if base_ms and frame_ms[name] else None,
                agreement=self._columns[name].agreement,
                not_compared=self._columns[name].not_compared,
            )
            for name, (classify, process) in rows.items()
        )


def write_summary(path: Path, summaries: Iterable[VariantSummary], facts: Mapping[str, VariantFacts]) -> None:
    """Write summary.csv: plain comma, dot decimals, UTF-8; unknown cells stay empty. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(SUMMARY_COLUMNS)
        rows.writerows(_cells(row, facts.get(row.variant, VariantFacts())) for row in summaries)


def read_frames(path: Path, reference: str, detect_every: int = 1) -> SessionTally:
    """The tally of a frames.csv, also of one cut off in the middle of its last row. Raises OSError and ValueError."""
    tally = SessionTally(reference, detect_every)
    with path.open(newline="", encoding="utf-8") as file:
        whole = csv.DictReader(line for line in file if line.endswith("\n"))
        for _, frame in groupby(whole, lambda row: (row["wall_time"], row["frame"])):
            rows = list(frame)
            beside = any(row["variant"] == reference for row in rows)
            for row in rows:
                agreed = None if row["agrees"] == "" else row["agrees"] == "1"
                times = float(row["process_ms"]), float(row["classify_ms"])
                comparable = agreed is not None if beside and row["label"] else None
                tally.add(row["variant"], *times, int(row["faces"]), agreed, comparable)
    return tally


@dataclass
class _Column:
    process: list[float]
    classify: list[float]
    agrees: list[bool]
    without_face: int
    not_compared: int = 0

    @property
    def detect(self) -> list[float]:
        return [whole - part for whole, part in zip(self.process, self.classify, strict=True)]

    @property
    def agreement(self) -> float | None:
        return sum(self.agrees) / len(self.agrees) if self.agrees else None


def _cells(row: VariantSummary, facts: VariantFacts) -> list[str | int]:
    p = row.process
    times = [f"{value:.3f}" if row.n else "" for value in (p.mean, p.sd, p.p50, p.p90, p.p95, p.p99)]
    ratios = [_cell(row.capacity_fps, 2), _cell(row.speedup, 3), _cell(row.agreement, 4)]
    known = ["" if facts.bytes is None else facts.bytes, _cell(facts.accuracy, 4)]
    cost = [_cell(facts.cpu_percent, 1), _cell(facts.rss_mb, 1)]
    return [row.variant, row.n, *times, *ratios, *known, *cost, _cell(row.classify.p50 if row.n else None, 3),
            row.without_face, row.not_compared]  # fmt: skip


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
