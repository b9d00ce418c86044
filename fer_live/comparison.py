"""Is one variant faster than another, and how sure is that? Paired short runs and order statistics; numpy only.

Compared is the median time per frame in a short run of frames. The median, because now and then the system takes the
processor away in the middle of a frame, which is not the variant's doing (Chen and Revels 2016, "Robust benchmarking
in noisy environments"); over the means of N frames in a row where faces are detected every N, or it would leave the
detections out. Two variants meet the same frames one right after the other, so the ratio is taken inside each run,
where heat and other programs meet both alike (Bulej et al. 2020, "Duet benchmarking"); the speed-up is the median of
these ratios. Its interval reaches from one of the sorted ratios to another (Woodruff 1952, "Confidence intervals for
medians and other position measures"): how far from the middle is decided by how many runs there are and by how much
neighbours depend on each other. Frames depend on their neighbours far more than runs do and are never counted.
Measured coverage, and what covered less often: docs/decisions/007.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fer_live.stats import typical

LEVEL: Final = 0.95
MIN_RUNS: Final = 12  # with fewer, the interval covers the truth less often than it says
DRIFT: Final = 0.05  # a smaller change of the machine's speed is not worth a warning

_Column = NDArray[np.float64]
_NORMAL: Final = NormalDist()
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Interval:
    """A ratio of speeds with its 95 % interval, from ``runs`` short runs."""

    estimate: float
    low: float
    high: float
    runs: int

    @property
    def differs(self) -> bool:
        """Whether the interval leaves out 1."""
        return not self.low <= 1 <= self.high

    @property
    def inverse(self) -> "Interval":
        """The same, seen from the other side."""
        return Interval(1 / self.estimate, 1 / self.high, 1 / self.low, self.runs)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            **{name: round(getattr(self, name), 4) for name in ("estimate", "low", "high")},
            **{"level": LEVEL, "runs": self.runs},
        }


def speedup(base_ms: ArrayLike, ms: ArrayLike) -> Interval | None:
    """How many times as fast as ``base_ms`` is ``ms``: one time per short run in each, in the order of time.

    Runs in which either is NaN are left out; None when fewer than 12 are left. Seen from the other side it is exactly
    the inverse.
    """
    base, mine = np.asarray(base_ms, np.float64), np.asarray(ms, np.float64)
    measured = (base > 0) & (mine > 0)  # NaN is not
    ratios = np.log(base[measured]) - np.log(mine[measured])
    if ratios.size < MIN_RUNS:
        return None
    independent = ratios.size / dependence(ratios)
    away = _student((1 + LEVEL) / 2, max(0.7 * independent - 1, 2)) / math.sqrt(4 * independent)
    shares = np.clip((0.5 - away, 0.5, 0.5 + away), 0, 1)
    low, best, high = np.exp(np.quantile(ratios, shares, method="hazen"))
    return Interval(float(best), float(low), float(high), ratios.size)


def dependence(values: _Column) -> float:
    """How many runs in a row tell as much as one would if all were independent; at least 1.

    It is the variance of the share of values below the median over what that were for independent ones: from the
    correlation of neighbours' ranks, carried on as in a series in which each value keeps a part of the one before, or
    from the correlations up to sqrt(n) apart (Newey and West 1987), whichever is more. Correlations are found too
    low in short series (Kendall 1954) and are not known exactly, hence the 1.5.
    """
    count = int(values.size)
    ordered = np.sort(values)
    ranks = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - float(count)
    whole = float(ranks @ ranks)
    if whole == 0:
        return 1.0
    reach = np.arange(1, round(math.sqrt(count)) + 1)
    found = np.array([float(ranks[lag:] @ ranks[:-lag]) for lag in reach]) / whole
    found += 1.5 * (1 + 3 * found) / count
    lags = np.arange(1, count, dtype=np.float64)
    lasting = np.power(min(max(float(found[0]), 0.0), 0.9), lags)
    sums = (_same_side(lasting) @ (1 - lags / count), _same_side(found) @ (1 - reach / (reach.size + 1)))
    return 1 + 2 * max(*(float(one) for one in sums), 0.0)


def told(name: str, against: str, interval: Interval | None) -> str:
    """The verdict on a pair as a sentence; the faster one is named first."""
    if interval is None:
        needed = f"{MIN_RUNS} short runs with a face are needed"
        return f"{name} against {against}: too little was measured for a verdict ({needed})"
    if not interval.differs:
        digits = 3 if interval.high - interval.low < 0.1 else 2
        spread = f"{interval.low:.{digits}f} to {interval.high:.{digits}f}"
        return f"{name} against {against}: no difference shown (95 % interval {spread})"
    if interval.estimate < 1:
        name, against, interval = against, name, interval.inverse
    digits = 3 if interval.low < 1.05 else 2 if interval.estimate < 3 else 1 if interval.estimate < 100 else 0
    while digits < 6 and float(f"{interval.low:.{digits}f}") == 1:  # or it would read as no difference
        digits += 1
    best, low, high = (f"{value:.{digits}f}" for value in (interval.estimate, interval.low, interval.high))
    return f"{name} is {best}x as fast as {against} (95 % interval {low} to {high})"


@dataclass(frozen=True)
class Drift:
    """How the machine's own speed changed; ``slowdown`` is last against first, None when too little was measured.

    ``repeated``: both are of the same frames. Other frames may be harder, which is not the machine's doing.
    """

    slowdown: Interval | None
    repeated: bool = True

    @property
    def matters(self) -> bool:
        """Whether the change is there and worth a warning."""
        change = self.slowdown
        return change is not None and change.differs and abs(change.estimate - 1) >= DRIFT

    @property
    def told(self) -> str:
        """One sentence, also when all is well."""
        unknown = "too little was measured to tell whether this machine kept its speed"
        if self.slowdown is None:
            return unknown
        change = _percent(abs(self.slowdown.estimate - 1))
        if not self.matters:
            possible = max(self.slowdown.high - 1, 1 - self.slowdown.low)
            if possible <= 2 * DRIFT:
                return "this machine kept its speed while measuring (first against last third)"
            if possible >= 1:
                return unknown
            return (
                f"no change of this machine's speed shown while measuring, but one of {_percent(possible)} would not "
                "have shown either (first against last third)"
            )
        if not self.repeated:
            return (
                f"frames took {change} {'longer' if self.slowdown.estimate > 1 else 'less'} at the end than at the "
                "beginning: other frames, or a machine that changed its speed; a clip in several rounds tells which"
            )
        way = "slower" if self.slowdown.estimate > 1 else "faster"
        return (
            f"this machine got {change} {way} while measuring (first against last third): speed-ups hold, as they are "
            "taken inside short runs, but ms and frames/s are of no one state; let it come to rest and measure again"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``slowdown`` above 1 means slower at the end."""
        return {
            "slowdown": self.slowdown and self.slowdown.to_dict(),
            **{"matters": self.matters, "told": self.told},
        }


class PairedRuns(Generic[Key]):
    """Gathers short interleaved runs. One thread; may be asked at any time, also in the middle of measuring."""

    def __init__(self, stretch: int = 1) -> None:
        """A run counts by the ``typical`` of its times, over the means of ``stretch`` frames in a row."""
        self._stretch = stretch
        self._typical: dict[Key, list[float]] = {}
        self._first_round = 0

    def __len__(self) -> int:
        return max((len(column) for column in self._typical.values()), default=0)

    def add(self, times_ms: Mapping[Key, Sequence[float]], round_: int = 1) -> None:
        """One run: the times per frame of everything that ran in it (none: no face). Rounds repeat the same frames."""
        self._first_round += round_ == 1
        for key, times in times_ms.items():
            self._typical.setdefault(key, []).append(typical(times, self._stretch) if times else math.nan)

    def speedup(self, key: Key, against: Key) -> Interval | None:
        """How many times as fast as ``against`` is ``key``; None when either did not run often enough."""
        if key not in self._typical or against not in self._typical:
            return None
        return speedup(self._typical[against], self._typical[key])

    def drift(self) -> Drift:
        """The last third of the runs against the first: the same frames of other rounds where there are several."""
        if not self._typical:
            return Drift(None)
        with np.errstate(divide="ignore"):
            slowness = np.exp(np.mean(np.log(np.array(list(self._typical.values()))), axis=0))
        third = len(slowness) // 3
        later = len(slowness) - third
        repeated = self._first_round <= later
        if repeated:
            later -= later % self._first_round
        return Drift(speedup(slowness[later : later + third], slowness[:third]), repeated)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _same_side(correlations: _Column) -> _Column:
    """How the signs of two values correlate that correlate so (Sheppard 1899)."""
    signs: _Column = 2 / math.pi * np.arcsin(np.clip(correlations, -1, 1))
    return signs


def _student(share: float, free: float) -> float:
    """Quantile of Student's t (Abramowitz and Stegun 26.7.5)."""
    z = _NORMAL.inv_cdf(share)
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / free + second / free**2 + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384 / free**3
