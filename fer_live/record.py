"""A recording while it runs: frames.csv and faces.csv row by row, and summary.csv at its end.

A benchmark writes no faces.csv: it measures speed, its boxes are the same in every round, and ``analyze`` tables the
faces of a clip.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fer_live.comparison import Interval
from fer_live.face_rows import face_rows, head, labels_of
from fer_live.frame import Choice, FrameResult, VariantRun
from fer_live.growing import FolderError, GrowingTable, RecordError, reason, write_json
from fer_live.machine import ProcessMeter
from fer_live.session_folder import SESSION_SCHEMA, SessionFacts, new_folder, summarise_session
from fer_live.summary import SessionTally, VariantFacts, read_frames, write_summary

__all__ = [
    "FRAME_COLUMNS",
    "SESSION_SCHEMA",
    "RecordError",
    "Recorder",
    "RowRates",
    "SessionFacts",
    "summarise_session",
]

SLEPT_S: Final = 1.0  # by which the wall clock is ahead after a sleep; less is its being set right

FRAME_COLUMNS: Final = (
    *("wall_time", "frame", "variant", "place", "faces", "capture_fps", "processed_fps", "detect_ms", "classify_ms"),
    *("process_ms", "latency_ms", "dropped", "label", "score", "agrees"),
    *("threads", "provider"),
)


@dataclass(frozen=True)
class RowRates:
    """The rates at the time of a row; None leaves the cell empty (a benchmark has no camera)."""

    capture_fps: float | None
    processed_fps: float | None
    dropped: int


class Recorder:
    """Writes one session folder. One thread at a time; ``rows`` and ``folder`` may be read from any.

    ``tally`` counts every frame that is written.

    Rows reach the system at least every second of writing, so a killed process loses less than a second of them.
    """

    def __init__(self, parent: Path, facts: SessionFacts) -> None:
        """Make ``parent/fer_live-YYYYmmdd-HHMMSS`` (with -2, -3, ... when taken); FolderError when impossible."""
        self._facts, self.tally, self._meter = (
            facts,
            SessionTally(facts.manifest.reference, facts.detect_every),
            ProcessMeter(),
        )
        self._started = datetime.now().astimezone()
        self._clock_offset = self._started.timestamp() - time.perf_counter()
        self._labels = labels_of(facts.manifest.variants)
        self._open = True
        try:
            self.folder = new_folder(parent, self._started)
            write_json(self.folder / "session.json", facts.to_dict(self._started, None, 0))
            with ExitStack() as undone:
                self._frames = GrowingTable(self.folder / "frames.csv", FRAME_COLUMNS)
                undone.callback(self._frames.close)
                faces = self.folder / "faces.csv"
                self._faces = GrowingTable(faces, head(self._labels)) if facts.mode == "live" else None
                undone.pop_all()
        except OSError as error:
            raise FolderError(f"cannot record into {parent}: {reason(error)}; choose another folder") from error

    @property
    def rows(self) -> int:
        """Rows of frames.csv that reached the system."""
        return self._frames.rows

    def write(self, result: FrameResult, rates: RowRates) -> None:
        """Add a row per run of ``result``, in the order in which they ran, and one per face and run.

        Raises RecordError when the disk is full or gone: the recording is over then, complete rows stay.
        """
        if not self._open:
            raise RecordError(f"the recording in {self.folder} has ended")
        wall_time = self._wall_time(result.done_at)
        agreed = self.tally.take(result)
        self._frames.add(
            self._cells(wall_time, place + 1, result, run, rates, agreed[place])
            for place, run in enumerate(result.runs)
        )
        if self._faces is not None:
            at_s = wall_time.timestamp() - self._started.timestamp()
            self._faces.add(face_rows(at_s, result.frame.index, result.faces, result.runs, self._labels))
        if self._frames.due:
            self._flush()

    def close(
        self,
        cpu_percent: Mapping[Choice, float] | None = None,
        speedups: Mapping[Choice, Interval] | None = None,
        found: Mapping[str, Any] | None = None,
    ) -> Path:
        """End the recording, write summary.csv and return its folder; a second call does nothing.

        ``cpu_percent`` replaces the whole process's; ``speedups`` are against the reference; ``found`` is added to
        session.json. Raises RecordError when the last rows or the summary cannot be written; after a RecordError from
        ``write`` it only tries, the reason was told already.
        """
        if self._frames.closed:
            return self.folder
        told, fault = not self._open, None
        try:
            if self._open:
                self._flush()
        except RecordError as error:
            fault = error
        try:
            self._write_end(cpu_percent or {}, speedups or {}, found or {})
        except (OSError, ValueError) as error:  # what was written may have been damaged by the disk that failed
            why = reason(error) if isinstance(error, OSError) else f"frames.csv is damaged, {error}"
            fault = fault or RecordError(f"no summary in {self.folder}: {why}")
        finally:
            self._open = False
            self._frames.close()
            if self._faces is not None:
                self._faces.close()
        if fault is not None and not told:
            raise fault
        return self.folder

    def _write_end(
        self, cpu_percent: Mapping[Choice, float], speedups: Mapping[Choice, Interval], found: Mapping[str, Any]
    ) -> None:
        whole, rss_mb = self._meter.cpu_percent, self._meter.rss_mb
        summaries = self._written().summaries()
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
                speedup_paired=interval.estimate if interval else None,
            )
        write_summary(self.folder / "summary.csv", summaries, facts)
        ended = datetime.now().astimezone()
        session = self._facts.to_dict(self._started, ended, self.rows, self.tally.choices, found)
        write_json(self.folder / "session.json", session)

    def _wall_time(self, at_s: float) -> datetime:
        """When the ``perf_counter`` second ``at_s`` was; that clock may stand still while the computer sleeps."""
        offset = time.time() - time.perf_counter()
        if offset - self._clock_offset > SLEPT_S:
            self._clock_offset = offset
        return datetime.fromtimestamp(at_s + self._clock_offset, self._started.tzinfo)

    def _written(self) -> SessionTally:
        """Of the rows in frames.csv: what a fault kept out of it is counted in ``tally`` and not here."""
        if self._open:
            return self.tally
        return read_frames(self._frames.path, self._facts.manifest.reference, self._facts.detect_every)

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
        try:
            self._frames.flush()
            if self._faces is not None:
                self._faces.flush()
        except OSError as error:
            self._open = False
            raise RecordError(
                f"recording stopped: {reason(error)}; {self.rows} rows are kept in {self.folder}"
            ) from error


def _rate(fps: float | None) -> str:
    return "" if fps is None else f"{fps:.2f}"
