"""What the camera gives and what each variant takes on this machine just now."""

import threading
import time
from collections import deque
from dataclasses import dataclass

from fer_live.frame import Choice, FrameResult
from fer_live.stats import summarise, typical

WINDOW_S = 5.0  # what a variant's measured capacity looks back on


@dataclass(frozen=True)
class Measured:
    """What a variant takes on this machine over the last ``n`` frames with a face: medians, and 1000 / process_ms.

    Where faces are followed between detections, the capacity counts these too (``stats.typical``).
    """

    n: int
    classify_ms_p50: float
    process_ms_p50: float
    capacity_fps: float


@dataclass(frozen=True)
class Rates:
    """What the camera gives, what is processed, and how many frames were passed over since the source was started."""

    camera_fps: float
    processed_fps: float
    dropped: int


class CapacityMeter:
    """Takes results in one thread and answers in any."""

    def __init__(self, detect_every: int) -> None:
        self._detect_every = detect_every
        self._lock = threading.Lock()
        self._rows: dict[str, deque[tuple[float, float, float]]] = {}
        self._choices: dict[str, Choice] = {}

    def take(self, result: FrameResult) -> None:
        """Count the runs of a result with a face."""
        with self._lock:
            for run in result.runs if result.faces else ():
                if self._choices.get(run.variant) != run.choice:  # what it took with other threads is past
                    self._choices[run.variant], self._rows[run.variant] = run.choice, deque()
                rows = self._rows[run.variant]
                rows.append((result.done_at, run.classify_ms, result.process_ms(run)))
                while result.done_at - rows[0][0] > WINDOW_S:
                    rows.popleft()

    def forget(self) -> None:
        """Begin anew, as on another source: one without a face takes less time."""
        with self._lock:
            self._rows.clear()
            self._choices.clear()

    def of(self, name: str) -> Measured | None:
        """What the variant ``name`` took over the last five seconds; None when it has not seen a face in them."""
        now_s = time.perf_counter()
        with self._lock:
            rows = [row for row in self._rows.get(name, ()) if now_s - row[0] <= WINDOW_S]
        if not rows:
            return None
        classify, process = (summarise(row[column] for row in rows) for column in (1, 2))
        typical_ms = typical([row[2] for row in rows], self._detect_every)
        return Measured(len(rows), classify.p50, process.p50, 1000 / typical_ms)
