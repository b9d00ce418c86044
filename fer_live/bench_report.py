"""What a benchmark found, and the same as JSON; ``bench_table`` makes text of it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from fer_live.comparison import Drift, Interval, told
from fer_live.frame import Choice
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Variant
from fer_live.stats import Summary
from fer_live.summary import VariantSummary

LOADED_PERCENT: Final = 10  # of the whole machine for others: enough to be worth a warning


@dataclass(frozen=True)
class VariantReport:
    """One variant's figures; ``summary`` is None when it never ran, ``change`` the largest change of a probability.

    ``change`` is None without the reference, and where they share no label.
    ``speedup_interval`` is against the reference with as many threads, None for itself or when there were few runs.
    """

    variant: Variant
    summary: VariantSummary | None
    faces: int
    change: float | None
    cpu_percent: float
    threads: int
    provider: str
    speedup_interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; null where nothing was measured."""
        row, variant = self.summary, self.variant
        measured = row is not None and row.n > 0
        return {
            "name": variant.name,
            **{"bytes": variant.bytes, "parameters": variant.parameters, "macs": variant.macs},
            **{"accuracy": variant.accuracy, "frames": row.n if row else 0, "faces": self.faces},
            "classify_ms": _spread(row.classify) if row and measured else None,
            "process_ms": _spread(row.process) if row and measured else None,
            "detect_ms": round(row.detect.p50, 4) if row and measured else None,
            "capacity_fps": _rounded(row.capacity_fps if row else None, 2),
            "speedup": _rounded(row.speedup if row else None, 4),
            "agreement": _rounded(row.agreement if row else None, 4),
            "frames_not_compared": row.not_compared if row else 0,
            "largest_score_change": _rounded(self.change, 4),
            "cpu_percent": round(self.cpu_percent, 1),
            **{"threads": self.threads, "provider": self.provider},
            "speedup_interval": self.speedup_interval and self.speedup_interval.to_dict(),
        }


@dataclass(frozen=True)
class Pair:
    """How many times as fast as ``against`` is ``choice``; None when too little was measured.

    ``speedup`` is of detection and classification together, ``classify_speedup`` of classification alone: both share
    their detection, which hides a difference between fast variants.
    """

    choice: Choice
    against: Choice
    speedup: Interval | None
    classify_speedup: Interval | None

    def told(self, sweep: bool) -> str:
        """The verdict as a sentence; threads are named in a ``sweep`` of them."""
        return self._told(self.speedup, sweep)

    @property
    def brief(self) -> str:
        """The verdict in a few words, empty when too little was measured: how many times as fast, and the interval."""
        found = self.speedup
        if found is None:
            return ""
        spread = f"{found.low:.2f}-{found.high:.2f}"
        return f"{found.estimate:.2f}x ({spread})" if found.differs else f"no difference shown ({spread})"

    def classify_told(self, sweep: bool) -> str:
        """The verdict on classification alone."""
        return self._told(self.classify_speedup, sweep)

    def to_dict(self, sweep: bool) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **{"variant": self.choice.variant, "threads": self.choice.threads},
            **{"against": self.against.variant, "against_threads": self.against.threads},
            **{"speedup": self.speedup and self.speedup.to_dict(), "told": self.told(sweep)},
            "classify_speedup": self.classify_speedup and self.classify_speedup.to_dict(),
            "classify_told": self.classify_told(sweep),
        }

    def _told(self, interval: Interval | None, sweep: bool) -> str:
        mine, other = (str(choice) if sweep else choice.variant for choice in (self.choice, self.against))
        return told(mine, other, interval)


@dataclass(frozen=True)
class Verdict:
    """A pair against the reference, and the share of frames on which both gave the largest face the same label."""

    pair: Pair
    agreement: float | None


@dataclass(frozen=True)
class BenchReport:
    """A whole benchmark. ``frames`` and ``without_face`` count all rounds; ``folder`` holds the CSV files.

    ``threads`` is the first of the ``sweep``; ``runs`` counts the short runs; ``verdicts`` are the pairs against the
    reference; ``others_percent`` is what other programs took of the machine; ``missing`` frames more should have been
    in the clip than the ``whole`` of those that a round found there.
    """

    source: str
    threads: int
    detect_every: int
    rounds: int
    warm_up: int
    frames: int
    without_face: int
    detect: Summary
    variants: tuple[VariantReport, ...]
    folder: Path
    interrupted: bool
    sweep: tuple[int, ...]
    runs: int
    pairs: tuple[Pair, ...]
    verdicts: tuple[Verdict, ...]
    drift: Drift
    others_percent: float
    missing: int = 0
    whole: int = 0

    @property
    def loaded(self) -> str:
        """What is to be said of other programs; empty when they took little."""
        if self.others_percent < LOADED_PERCENT:
            return ""
        taken = f"{self.others_percent:.0f} % of this machine's processors while measuring"
        return f"other programs took {taken}: close them and measure again for times that can be quoted"

    def to_dict(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            "source": self.source,
            **{
                "threads": self.threads,
                "detect_every": self.detect_every,
                "rounds": self.rounds,
                "warm_up": self.warm_up,
                "interrupted": self.interrupted,
            },
            **{"frames": self.frames, "frames_without_face": self.without_face},
            **{"frames_missing": self.missing, "frames_per_round": self.whole},
            "detect_ms": _spread(self.detect) if self.detect.n else None,
            "variants": [row.to_dict() for row in self.variants],
            **{"sweep": list(self.sweep), "runs": self.runs},
            **self.findings(),
            **{"machine": machine_facts(), "versions": versions(), "csv": str(self.folder)},
        }

    def findings(self) -> dict[str, Any]:
        """What can be said of the pairs and of the machine; it stands in session.json too."""
        return {
            "verdicts": [pair.to_dict(len(self.sweep) > 1) for pair in self.pairs],
            "drift": self.drift.to_dict(),
            "load": {"others_percent": round(self.others_percent, 1), "told": self.loaded},
        }


def _spread(times: Summary) -> dict[str, float]:
    """The six figures, without the count that stands beside them."""
    return {name: round(value, 4) for name, value in asdict(times).items() if name != "n"}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
