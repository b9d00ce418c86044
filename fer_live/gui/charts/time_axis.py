"""The axis of the last minute: where a moment stands, and the marks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fer_live.gui.charts.plot import FULL
from fer_live.recent.minute import SPAN_S
from fer_live.recent.ring import Column
from fer_live.report.svg import Tick

MARK_PX = 18.0  # half of the widest mark
ROOMY_PX = 330.0


@dataclass(frozen=True)
class TimeAxis:
    """From ``start`` (``SPAN_S`` ago) to ``end`` (the newest result), in percent of a plot's axis."""

    start: float
    end: float
    step_s: int

    def at(self, at_s: ArrayLike, now_s: float) -> Column:
        """Where moments stand; what is older stands at the start."""
        share = np.clip(1 + (np.asarray(at_s, np.float64) - now_s) / SPAN_S, 0.0, None)
        place: Column = self.start + share * (self.end - self.start)
        return place

    def ticks(self) -> list[Tick]:
        """How long ago, in seconds."""
        moments = range(-round(SPAN_S), 1, self.step_s)
        places = self.at(list(moments), 0.0).tolist()
        return [
            Tick(place, f"\N{MINUS SIGN}{-ago} s" if ago else "now") for ago, place in zip(moments, places, strict=True)
        ]


def time_axis(width_px: float, right_px: float = MARK_PX) -> TimeAxis:
    """An axis in a plot of ``width_px``, which leaves ``right_px`` free at its right."""
    whole = max(width_px, 1.0)
    end = max(FULL * (1 - max(right_px, MARK_PX) / whole), FULL / 3)
    start = min(FULL * MARK_PX / whole, end / 2)
    return TimeAxis(start, end, 15 if (end - start) / FULL * whole > ROOMY_PX else 30)
