"""One session folder, read and checked: its facts, the rows of summary.csv, and every run."""

import csv
import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fer_live.record import SESSION_SCHEMA
from fer_live.report.runs import Recorded, ReportError, Runs, read_runs
from fer_live.summary import VariantFacts, read_frames, summary_rows
from fer_live.typed_json import built


@dataclass(frozen=True)
class StoredVariant:
    """A variant as session.json describes it; ``accuracy`` is NaN when it is not known."""

    name: str
    title: str
    bytes: int
    parameters: int = 0
    macs: int = 0
    precision: str = ""
    sha256: str = ""
    accuracy: float = math.nan


@dataclass(frozen=True)
class Facts:
    """What session.json says; ``ended`` is None when the recording was cut off."""

    source: str
    mode: str
    threads: int
    warm_up: int
    started: str
    reference: str
    machine: dict[str, Any]
    versions: dict[str, str]
    variants: tuple[StoredVariant, ...]
    provider: str = ""
    ended: Any = None


@dataclass(frozen=True)
class Session:
    """A recording. ``summary`` holds the texts of summary.csv; ``recovered`` when they come from frames.csv instead."""

    folder: Path
    facts: Facts
    summary: tuple[dict[str, str], ...]
    recovered: bool
    recorded: Recorded

    @property
    def runs(self) -> dict[str, Runs]:
        """The runs of each variant that ran."""
        return self.recorded.runs

    @property
    def cpu(self) -> str:
        """The processor's name without what its maker puts around it."""
        name = re.sub(r"\((R|TM|C)\)|\bCPU\b|@.*|\b\w+-Core Processor.*", "", str(self.facts.machine.get("cpu", "")))
        return " ".join(name.split()) or "an unknown processor"

    def variant(self, name: str) -> StoredVariant:
        """What is known of a variant."""
        unknown = StoredVariant(name, name, 0)
        return next((row for row in self.facts.variants if row.name == name), unknown)

    def place(self, name: str) -> int:
        """The variant's place in the manifest, which decides its colour."""
        names = [row.name for row in self.facts.variants]
        return names.index(name) if name in names else len(names) + list(self.runs).index(name)

    def figure(self, variant: str, column: str) -> float | None:
        """A cell of the summary as a number; None when it is empty or there is no such row."""
        cell = next((row.get(column, "") for row in self.summary if row["variant"] == variant), "")
        return float(cell) if cell else None


def read_session(folder: Path) -> Session:
    """Read ``folder``; one that was cut off is summed up from its frames, and nothing in it is changed. ReportError."""
    _check_folder(folder)
    facts = _read_facts(folder / "session.json")
    recorded = read_runs(folder / "frames.csv")
    summary = _read_summary(folder / "summary.csv", recorded.runs)
    if summary is not None:
        return Session(folder, facts, tuple(summary), recovered=False, recorded=recorded)
    known = {
        row.name: VariantFacts(row.bytes, None if math.isnan(row.accuracy) else row.accuracy) for row in facts.variants
    }
    summary = summary_rows(read_frames(folder / "frames.csv", facts.reference).summaries(), known)
    return Session(folder, facts, tuple(summary), recovered=True, recorded=recorded)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise ReportError(f"{folder} is not a folder" if folder.exists() else f"no such folder: {folder}")
    if (folder / "frames.csv").is_file():
        return
    inside = sorted(path.parent for path in folder.glob("*/frames.csv"))
    hint = f"; it holds sessions such as {inside[-1]}" if inside else ""
    raise ReportError(f"{folder} is no session: it has no frames.csv{hint}")


def _read_facts(path: Path) -> Facts:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        newer = isinstance(raw, dict) and isinstance(raw.get("schema"), int) and raw["schema"] > SESSION_SCHEMA
        if newer:
            raise ReportError(f"{path} was made by a newer fer_live")
        facts: Facts = built(Facts, raw)
        datetime.fromisoformat(facts.started)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReportError(f"{path} cannot be read: {reason}") from error
    return facts


def _read_summary(path: Path, runs: dict[str, Runs]) -> list[dict[str, str]] | None:
    """The rows; None when they are missing, broken, or not about all frames of this recording."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = [dict(row) for row in csv.DictReader(file, strict=True)]
        counted = {row["variant"]: (int(row["n"]), int(row["without_face"])) for row in rows}
        cells = [cell for row in rows for column, cell in row.items() if column != "variant"]
        broken = not all(math.isfinite(float(cell)) for cell in cells if cell != "")
    except (OSError, ValueError, KeyError, TypeError, csv.Error):
        return None
    wanted = {name: (int(one.with_face.sum()), int((~one.with_face).sum())) for name, one in runs.items()}
    return None if broken or counted != wanted else rows
