"""A session folder: frames.csv while it runs, session.json about it, summary.csv at its end. Owns these files.

Excel and pandas read the files as they are: commas, dots, UTF-8, one header row.
"""

import csv
import errno
import io
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from fer_live.comparison import Interval
from fer_live.frame import Choice, FrameResult, VariantRun
from fer_live.machine import ProcessMeter, machine_facts, versions
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import CPU
from fer_live.summary import SessionTally, VariantFacts, agrees, comparable, read_frames, write_summary
from fer_live.typed_json import plain

FRAME_COLUMNS: Final = (
    *("wall_time", "frame", "variant", "place", "faces", "capture_fps", "processed_fps", "detect_ms", "classify_ms"),
    *("process_ms", "latency_ms", "dropped", "label", "score", "agrees"),
    *("threads", "provider"),
)
SESSION_SCHEMA: Final = 1  # of session.json
FLUSH_S: Final = 0.5  # rows wait this long at most before they reach the system


class RecordError(Exception):
    """A recording cannot be started or cannot go on: no such folder, no right to write, a full disk."""


@dataclass(frozen=True)
class SessionFacts:
    """What a recording is about; ``sweep`` lists all threads.

    ``variants``, ``threads`` and ``provider`` are those when it starts; others may follow, and each row tells its own.
    """

    source: str
    manifest: Manifest
    variants: tuple[str, ...]
    threads: int
    warm_up: int
    mode: Literal["live", "bench"]
    provider: str = CPU
    detect_every: int = 1
    sweep: tuple[int, ...] = ()


@dataclass(frozen=True)
class RowRates:
    """The rates at the time of a row; None leaves the cell empty (a benchmark has no camera)."""

    capture_fps: float | None
    processed_fps: float | None
    dropped: int


class Recorder:
    """Writes one session folder. One thread at a time; ``rows`` and ``folder`` may be read from any.

    Rows reach the system at least every second of writing, so a killed process loses less than a second of them.
    """

    def __init__(self, parent: Path, facts: SessionFacts) -> None:
        """Make ``parent/fer_live-YYYYmmdd-HHMMSS`` (with -2, -3, ... when taken); RecordError when impossible."""
        self._facts, self._tally, self._meter = (
            facts,
            SessionTally(facts.manifest.reference, facts.detect_every),
            ProcessMeter(),
        )
        self.rows = 0
        self._started = datetime.now().astimezone()
        self._clock_offset = self._started.timestamp() - time.perf_counter()
        self._waiting: list[list[Any]] = []
        self._flushed_at = time.perf_counter()
        self._open = True
        try:
            self.folder = _new_folder(parent, self._started)
            write_json(self.folder / "session.json", self._session(ended=None))
            self._file = _new_table(self.folder / "frames.csv")
        except OSError as error:
            raise RecordError(f"cannot record into {parent}: {reason(error)}") from error

    def write(self, result: FrameResult, rates: RowRates) -> None:
        """Add a row per run of ``result``, in the order in which they ran.

        Raises RecordError when the disk is full or gone: the recording is over then, complete rows stay.
        """
        if not self._open:
            raise RecordError(f"the recording in {self.folder} has ended")
        wall_time = datetime.fromtimestamp(result.done_at + self._clock_offset, self._started.tzinfo)
        references = {run.threads: run for run in result.runs if run.variant == self._facts.manifest.reference}
        for place, run in enumerate(result.runs, 1):
            reference = references.get(run.threads)
            agreed = agrees(run, reference)
            self._waiting.append(self._cells(wall_time, place, result, run, rates, agreed))
            times = result.process_ms(run), run.classify_ms
            self._tally.add(run.choice, *times, len(result.faces), agreed, comparable(run, reference))
        if time.perf_counter() - self._flushed_at >= FLUSH_S:
            self._flush()

    def close(
        self, cpu_percent: Mapping[Choice, float] | None = None, speedups: Mapping[Choice, Interval] | None = None
    ) -> Path:
        """End the recording, write summary.csv and return its folder; a second call does nothing.

        ``cpu_percent`` replaces the whole process's; ``speedups`` are against the reference. Raises RecordError when
        the last rows or the summary cannot be written; after a RecordError from ``write`` it only tries, the reason
        was told already.
        """
        if self._file.closed:
            return self.folder
        told = not self._open
        try:
            if self._open:
                self._flush()
            self._write_end(cpu_percent or {}, speedups or {})
        except OSError as error:
            if not told:
                raise RecordError(f"no summary in {self.folder}: {reason(error)}") from error
        finally:
            self._open = False
            self._file.close()
        return self.folder

    def _write_end(self, cpu_percent: Mapping[Choice, float], speedups: Mapping[Choice, Interval]) -> None:
        whole, rss_mb = self._meter.cpu_percent, self._meter.rss_mb
        summaries = self._tally.summaries()
        facts = {}
        for choice in (row.choice for row in summaries):
            variant, interval = self._facts.manifest.variant(choice.variant), speedups.get(choice)
            facts[choice] = VariantFacts(
                bytes=variant.bytes,
                accuracy=variant.accuracy,
                cpu_percent=cpu_percent.get(choice, whole),
                rss_mb=rss_mb,
                speedup_low=interval.low if interval else None,
                speedup_high=interval.high if interval else None,
            )
        write_summary(self.folder / "summary.csv", summaries, facts)
        write_json(self.folder / "session.json", self._session(ended=datetime.now().astimezone()))

    def _cells(
        self,
        wall_time: datetime,
        place: int,
        result: FrameResult,
        run: VariantRun,
        rates: RowRates,
        agreed: bool | None,
    ) -> list[Any]:
        main = run.predictions[0] if run.predictions else None
        latency = "" if self._facts.mode == "bench" else f"{result.latency_ms:.3f}"
        return [
            *(wall_time.isoformat(timespec="milliseconds"), result.frame.index, run.variant, place, len(result.faces)),
            *(_rate(rates.capture_fps), _rate(rates.processed_fps)),
            *(f"{result.detect_ms:.3f}", f"{run.classify_ms:.3f}", f"{result.process_ms(run):.3f}", latency),
            *(rates.dropped, main.label if main else "", f"{main.score:.4f}" if main else ""),
            *("" if agreed is None else int(agreed), run.threads, run.provider),
        ]

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._flushed_at = time.perf_counter()
        try:
            append_rows(self._file, waiting)
        except OSError as error:
            self._open = False
            raise RecordError(
                f"recording stopped: {reason(error)}; {self.rows} rows are kept in {self.folder}"
            ) from error
        self.rows += len(waiting)

    def _session(self, ended: datetime | None) -> dict[str, Any]:
        facts = self._facts
        variants = [_variant_facts(variant) for variant in facts.manifest.variants]
        return {
            "schema": SESSION_SCHEMA,
            **{"mode": facts.mode, "source": facts.source, "threads": facts.threads, "provider": facts.provider},
            **{"warm_up": facts.warm_up, "detect_every": facts.detect_every, "running": facts.variants},
            "sweep": facts.sweep
            or tuple(dict.fromkeys((facts.threads, *(one.threads for one in self._tally.choices)))),
            "providers": tuple(dict.fromkeys((facts.provider, *(one.provider for one in self._tally.choices)))),
            "started": self._started.isoformat(timespec="milliseconds"),
            "ended": ended.isoformat(timespec="milliseconds") if ended else None,
            **{"rows": self.rows, "machine": machine_facts(), "versions": versions()},
            **{"default": facts.manifest.default, "reference": facts.manifest.reference, "variants": variants},
        }


def summarise_session(folder: Path, out: Path | None = None) -> Path:
    """Write the summary.csv of a session that was killed, from its frames.csv; RecordError when it has none.

    It is written to ``out`` instead where that is given. CPU and memory were not kept, so these cells stay empty.
    """
    try:
        session = json.loads((folder / "session.json").read_text(encoding="utf-8"))
        known = {row["name"]: row for row in session["variants"]}
        summaries = read_frames(
            folder / "frames.csv",
            reference=session["reference"],
            detect_every=session.get("detect_every", 1),
            threads=session["threads"],
            provider=session.get("provider") or CPU,
        ).summaries()
        facts = {}
        for choice in (row.choice for row in summaries):
            variant = known[choice.variant]
            facts[choice] = VariantFacts(variant["bytes"], variant["accuracy"])
        write_summary(out or folder / "summary.csv", summaries, facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{folder} is not a session that can be summed up ({error})") from error
    return out or folder / "summary.csv"


def _new_folder(parent: Path, started: datetime) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    stem, number = f"fer_live-{started:%Y%m%d-%H%M%S}", 1
    while True:
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def _new_table(path: Path) -> io.FileIO:
    file = path.open("xb", buffering=0)
    try:
        append_rows(file, [list(FRAME_COLUMNS)])
    except OSError:
        file.close()
        raise
    return file


def append_rows(file: io.FileIO, rows: list[list[Any]]) -> None:
    """Whole rows or none: what a full disk cut off is taken back."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    content = memoryview(text.getvalue().encode())
    start = file.tell()
    try:
        while content:
            content = content[file.write(content) :]
    except OSError:
        with suppress(OSError):  # the first fault is the one to tell
            file.truncate(start)
        raise


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write plain values or dataclasses beside, then rename. Raises OSError."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(plain(value), indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _variant_facts(variant: Variant) -> dict[str, Any]:
    fields = (
        "name",
        "title",
        "file",
        "sha256",
        "bytes",
        "parameters",
        "macs",
        "precision",
        "head",
        "accuracy",
        "labels",
    )
    return {field: getattr(variant, field) for field in fields}


def _rate(fps: float | None) -> str:
    return "" if fps is None else f"{fps:.2f}"


def reason(error: OSError) -> str:
    """What an OSError means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    return error.strerror or str(error)
