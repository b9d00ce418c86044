"""What a session comes down to: one row per variant, from measured runs or from a frames.csv that was cut off."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fer_live.frame import Choice
from fer_live.stats import Summary, summarise

SUMMARY_COLUMNS: Final = (
    *("variant", "n", "mean_ms", "sd_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "capacity_fps", "speedup"),
    *("agreement", "bytes", "accuracy", "cpu_percent", "rss_mb", "classify_p50_ms", "without_face"),
    *("threads", "provider", "speedup_low", "speedup_high"),
)


@dataclass(frozen=True)
class VariantSummary:
    """One choice over the frames with a face; frames without one cost no classification and are counted apart.

    ``capacity_fps`` is 1000 / median process_ms; ``speedup`` compares that with the reference's at the same number of
    threads; ``agreement`` is the share of frames whose largest face got the reference's label. None where there is
    nothing to compare.
    """

    choice: Choice
    without_face: int
    detect: Summary
    classify: Summary
    process: Summary
    capacity_fps: float | None
    speedup: float | None
    agreement: float | None

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
    provider: str = ""
    speedup_low: float | None = None
    speedup_high: float | None = None


class SessionTally:
    """Gathers measured runs, one variant and frame at a time. One thread."""

    def __init__(self, reference: str) -> None:
        self._reference = reference
        self._columns: dict[Choice, _Column] = {}

    def add(self, choice: Choice, process_ms: float, classify_ms: float, faces: int, agrees: bool | None) -> None:
        """Count one run; ``agrees`` is None where there was no reference beside it or no face."""
        column = self._columns.setdefault(choice, _Column([], [], [], 0))
        if not faces:
            column.without_face += 1
            return
        column.process.append(process_ms)
        column.classify.append(classify_ms)
        if agrees is not None:
            column.agrees.append(agrees)

    def summaries(self) -> tuple[VariantSummary, ...]:
        """A summary per variant and number of threads, in the order in which they were first seen."""
        process = {choice: summarise(column.process) for choice, column in self._columns.items()}
        return tuple(
            VariantSummary(
                choice=choice,
                without_face=column.without_face,
                detect=summarise(column.detect),
                classify=summarise(column.classify),
                process=process[choice],
                capacity_fps=_ratio(1000, process[choice]),
                speedup=_speedup(process.get(Choice(self._reference, choice.threads)), process[choice]),
                agreement=column.agreement,
            )
            for choice, column in self._columns.items()
        )


def write_summary(path: Path, summaries: Iterable[VariantSummary], facts: Mapping[Choice, VariantFacts]) -> None:
    """Write summary.csv: plain comma, dot decimals, UTF-8; unknown cells stay empty. Raises OSError."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(SUMMARY_COLUMNS)
        rows.writerows(_cells(row, facts.get(row.choice, VariantFacts())) for row in summaries)


def read_frames(path: Path, reference: str, threads: int = 1) -> SessionTally:
    """The tally of a frames.csv, also of one cut off in the middle of its last row. Raises OSError and ValueError.

    ``threads`` of rows that do not tell (recorded by an older fer_live).
    """
    tally = SessionTally(reference)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if line.endswith("\n")):
            agrees = None if row["agrees"] == "" else row["agrees"] == "1"
            choice = Choice(row["variant"], int(row.get("threads") or threads))
            tally.add(choice, float(row["process_ms"]), float(row["classify_ms"]), int(row["faces"]), agrees)
    return tally


@dataclass
class _Column:
    process: list[float]
    classify: list[float]
    agrees: list[bool]
    without_face: int

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
    classify = _cell(row.classify.p50 if row.n else None, 3)
    interval = [_cell(facts.speedup_low, 3), _cell(facts.speedup_high, 3)]
    return [row.variant, row.n, *times, *ratios, *known, *cost, classify, row.without_face,
            row.choice.threads, facts.provider, *interval]  # fmt: skip


def _speedup(base: Summary | None, mine: Summary) -> float | None:
    return _ratio(base.p50, mine) if base and base.n else None


def _ratio(value: float, times: Summary) -> float | None:
    return value / times.p50 if times.n and times.p50 > 0 else None


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
