"""What a benchmark found: as a table for people and as JSON for programs, with the same figures."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_live.machine import machine_facts, versions
from fer_live.manifest import Variant
from fer_live.stats import Summary
from fer_live.summary import VariantSummary
from fer_live.table import megabytes, table


@dataclass(frozen=True)
class VariantReport:
    """One variant's figures; ``summary`` is None when it never ran, ``change`` the largest change of a probability."""

    variant: Variant
    summary: VariantSummary | None
    faces: int
    change: float | None
    cpu_percent: float

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
        }

    def cells(self) -> list[str]:
        """The variant's row of the table."""
        values = self.to_dict()
        classify, process = values["classify_ms"], values["process_ms"]
        return [
            *(
                self.variant.name,
                megabytes(self.variant.bytes),
                f"{self.variant.parameters:,}" if self.variant.parameters else "-",
            ),
            _cell(values["accuracy"], "{:.1%}"),
            _cell(classify and classify["p50"], "{:.2f}"),
            *(_cell(process and process[name], "{:.2f}") for name in ("p50", "p95", "p99")),
            _cell(values["capacity_fps"], "{:.0f}" if (values["capacity_fps"] or 0) >= 10 else "{:.1f}"),
            _cell(values["speedup"], "{:.2f}x"),
            _cell(values["agreement"], "{:.1%}"),
        ]


@dataclass(frozen=True)
class BenchReport:
    """A whole benchmark. ``frames`` and ``without_face`` count all rounds; ``folder`` holds the CSV files."""

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

    def to_dict(self) -> dict[str, Any]:
        """One JSON object with the table's figures and more."""
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
            "detect_ms": _spread(self.detect) if self.detect.n else None,
            "variants": [row.to_dict() for row in self.variants],
            **{"machine": machine_facts(), "versions": versions(), "csv": str(self.folder)},
        }

    def table(self) -> str:
        """The comparison as text, for a terminal."""
        head = [
            "variant",
            "size",
            "parameters",
            "accuracy",
            "classify",
            "process",
            "p95",
            "p99",
            "capacity",
            "speed-up",
        ]
        machine = machine_facts()
        flags = ", ".join(machine["vector_flags"]) or "no vector instructions known"
        counted = f"{self.frames} frames in {self.rounds} round{'s' if self.rounds != 1 else ''}"
        return "\n".join(
            [
                f"{self.source}: {counted}, {self.without_face} without a face (counted apart); warm-up discarded",
                f"{machine['cpu']}, {machine['logical_cores']} cores, {flags}; {_threads(self.threads)}",
                "",
                table([*head, "agreement"], [row.cells() for row in self.variants]),
                "",
                "classify and process (detection and classification): median ms per frame; capacity: frames/s if no",
                f"camera limits it; detection alone: {self.detect.p50:.2f} ms; accuracy: on FER2013 PublicTest;",
                "agreement: how often the largest face gets the same label as from the reference.",
                *self._not_compared(),
                *self._following(),
            ]
        )

    def _following(self) -> list[str]:
        """Lines when most frames were not searched for faces."""
        if self.detect_every == 1:
            return []
        return [
            f"--detect-every {self.detect_every}: faces are followed between detections, which together took",
            f"{self.detect.mean:.2f} ms in the mean; capacity and speed-up count {self.detect_every} frames in a row.",
        ]

    def _not_compared(self) -> list[str]:
        """A line when label sets differ and that mattered."""
        told = {row.variant.name: row.summary.not_compared for row in self.variants if row.summary}
        listed = ", ".join(f"{count} of {name}" for name, count in told.items() if count)
        line = "Counted apart, since one network does not know the other's label: frames"
        return [f"{line} {listed}."] if listed else []


def _spread(times: Summary) -> dict[str, float]:
    """The six figures, without the count that stands beside them."""
    return {name: round(value, 4) for name, value in asdict(times).items() if name != "n"}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"
