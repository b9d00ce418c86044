"""Rates over a time window, and the summary of a column of measurements."""

import threading
from array import array
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

BEYOND: Final = 1e12  # no time, rate, size or count that is recorded reaches it; their sums can be counted with
SHORT: Final = 1000  # values; numpy takes ten times as long for the ten of a run, a tenth for those of a recording


@dataclass(frozen=True)
class Summary:
    """What is said of a column of numbers; ``sd`` is the sample standard deviation. Everything is 0 when ``n`` is 0."""

    n: int
    mean: float
    sd: float
    p50: float
    p90: float
    p95: float
    p99: float


def summarise(values: Iterable[float]) -> Summary:
    """Count, mean, standard deviation and percentiles (linear interpolation) of ``values``, in their own unit."""
    column = np.fromiter(values, dtype=np.float64)
    if column.size == 0:
        return Summary(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    sd = float(column.std(ddof=1)) if column.size > 1 else 0.0
    p50, p90, p95, p99 = (float(p) for p in np.percentile(column, (50, 90, 95, 99)))
    return Summary(column.size, float(column.mean()), sd, p50, p90, p95, p99)


def typical(values: "Sequence[float] | array[float]", stretch: int = 1) -> float:
    """The median over the means of ``stretch`` values in a row; 0.0 without values.

    So a cost that comes with every tenth value counts a tenth, as in a mean, and yet a few outliers do not count. One
    value in a row is the plain median. What is left over at the end does not count, unless it is all there is.
    """
    means = stretches(values, stretch)
    if means.size > SHORT:
        return float(np.percentile(means, 50))
    return float(median(means.tolist())) if means.size else 0.0


def stretches(values: "Sequence[float] | array[float] | NDArray[np.float64]", stretch: int) -> NDArray[np.float64]:
    """The means of ``stretch`` values in a row, without what is left over at the end; of all when there are fewer."""
    column = np.asarray(values, dtype=np.float64)
    length = min(stretch, max(column.size, 1))
    means: NDArray[np.float64] = column[: column.size // length * length].reshape(-1, length).mean(axis=1)
    return means


def measurement(text: str) -> float:
    """A cell of a table as a number that can have been measured, 0 or more; ValueError for all else."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no number") from None
    if not 0 <= value < BEYOND:
        raise ValueError(f"{text[:40]} is no measurement")
    return value


class FpsMeter:
    """Ticks per second over the last ``window_s`` seconds. Any thread.

    The number of intervals is divided by the time they span, so two ticks a second apart are 1 per second, not 2. A
    tick that is overdue counts as if it came now: a camera that hangs does not keep its rate until it is forgotten. The
    last interval counts even when it is longer than the window, so a slow camera has a rate too.
    """

    def __init__(self, window_s: float = 2.0) -> None:
        self._window_s = window_s
        self._ticks: deque[float] = deque()
        self._lock = threading.Lock()

    def tick(self, at_s: float) -> None:
        """Count one frame at the ``perf_counter`` second ``at_s`` (never before the last one)."""
        with self._lock:
            self._ticks.append(at_s)
            self._forget(at_s)

    def fps(self, now_s: float) -> float:
        """The rate at ``now_s``; 0.0 before the second tick and a while after the last."""
        with self._lock:
            self._forget(now_s)
            if len(self._ticks) < 2:
                return 0.0
            span_s = self._ticks[-1] - self._ticks[0]
            if span_s <= 0:
                return 0.0
            waiting_s = max(now_s - self._ticks[-1], 0.0)
            return min((len(self._ticks) - 1) / span_s, len(self._ticks) / (span_s + waiting_s))

    def reset(self) -> None:
        """Forget all ticks."""
        with self._lock:
            self._ticks.clear()

    def _forget(self, now_s: float) -> None:
        while len(self._ticks) > 2 and now_s - self._ticks[0] > self._window_s:
            self._ticks.popleft()
        if self._ticks and now_s - self._ticks[-1] > 2 * max(self._window_s, self._ticks[-1] - self._ticks[0]):
            self._ticks.clear()
