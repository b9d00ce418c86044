"""Recording beside the process thread: wishes come from anywhere, files are written by the process thread alone."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fer_live.events import Event, RecordingStarted, RecordingStopped
from fer_live.frame import FrameResult
from fer_live.record import Recorder, RecordError, RowRates, SessionFacts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RecordingState:
    """A running recording; ``started_at`` is a ``perf_counter`` second."""

    folder: Path
    rows: int
    started_at: float


class Recording:
    """At most one Recorder. ``wish`` and ``state`` may be used from any thread, the rest only by the process thread."""

    def __init__(self, facts: Callable[[str], SessionFacts], post: Callable[[Event], None]) -> None:
        self._facts, self._post = facts, post
        self._wishes: deque[tuple[Path | None, str, str]] = deque()
        self._recorder: Recorder | None = None
        self._started_at = 0.0
        self._written = 0

    @property
    def state(self) -> RecordingState | None:
        """The running recording, None when there is none; ``rows`` counts those not yet on the disk too."""
        recorder = self._recorder
        return RecordingState(recorder.folder, self._written, self._started_at) if recorder else None

    @property
    def wanted(self) -> bool:
        """Whether a recording runs once everything wished for is done."""
        try:
            return self._wishes[-1][0] is not None
        except IndexError:
            return self._recorder is not None

    def wish(self, parent: Path | None, reason: str = "", reference: str = "") -> None:
        """Start a recording below ``parent`` whose facts are those of ``reference``, or stop the running one (None) for
        ``reason``.
        """
        self._wishes.append((parent, reason, reference))

    def obey(self) -> None:
        """Do what was wished since the last call, in that order."""
        while self._wishes:
            parent, reason, reference = self._wishes[0]
            try:
                if parent is None:
                    self.end(reason)
                elif self._recorder is None:
                    self._begin(parent, reference)
            finally:
                self._wishes.popleft()  # only now: ``wanted`` counts it until it is done

    def write(self, result: FrameResult, rates: RowRates) -> None:
        """Add a processed frame to the running recording, if there is one. A full disk ends the recording, no more."""
        if self._recorder is None or not result.runs:
            return
        try:
            self._recorder.write(result, rates)
            self._written += len(result.runs)
        except RecordError as fault:
            self.end(str(fault))

    def end(self, reason: str = "") -> None:
        """Close the running recording, if there is one."""
        recorder = self._recorder
        if recorder is None:
            return
        try:
            recorder.close()
        except RecordError as fault:
            reason = reason or str(fault)
        finally:
            self._recorder = None  # only now: ``state`` is None once the files are whole
        log.info("recording ended: %s, %d rows %s", recorder.folder, recorder.rows, reason)
        self._post(RecordingStopped(recorder.folder, recorder.rows, reason))

    def _begin(self, parent: Path, reference: str) -> None:
        try:
            recorder = Recorder(parent, self._facts(reference))
        except RecordError as fault:
            self._post(RecordingStopped(parent, 0, str(fault)))
            return
        self._written, self._started_at = 0, time.perf_counter()
        self._recorder = recorder
        self._post(RecordingStarted(recorder.folder))
