"""A small plotting module: scales, and a plot that widens with the page while its letters keep their size.

Positions along a stretched axis are percentages, so text, dots and grid lines keep their shape at any width; only paths
live in a stretched box of 1000 x 1000 units (their strokes do not scale).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from fer_live.report.markup import Markup, joined, tag

SIDE: Final = 1000
_STEPS_S: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


@dataclass(frozen=True)
class Tick:
    """A mark at ``place`` percent of an axis."""

    place: float
    text: str


@dataclass(frozen=True)
class Scale:
    """Maps values to percent of an axis, 0 at ``low``; what lies outside ends at the edge."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Percent along the axis."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return 100 * math.log(value / self.low) / math.log(self.high / self.low)
        return 100 * (value - self.low) / (self.high - self.low)

    def covers(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self, form: str = "{:g}", *, most: int = 9) -> list[Tick]:
        """Round values, at most ``most`` of them."""
        return [Tick(self.at(value), form.format(value)) for value in self._round_values(most)]

    def _round_values(self, most: int) -> list[float]:
        if not self.log:
            step = _nice_step((self.high - self.low) / max(most - 1, 1))
            first = math.ceil(self.low / step - 1e-9)
            return [place * step for place in range(first, math.floor(self.high / step + 1e-9) + 1)]
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        choices: tuple[tuple[int, ...], ...] = ((1, 2, 5), (1, 3), (1,))
        values: list[float] = []
        for factors in choices:
            every = (factor * 10.0**decade for decade in decades for factor in factors)
            values = [value for value in every if self.low * 0.999 <= value <= self.high * 1.001]
            if len(values) <= most:
                break
        return values


def log_scale(low: float, high: float) -> Scale:
    """From the round value (1, 2 or 5) below ``low`` to the one above ``high``; never empty."""
    low = max(low, 1e-3)
    high = max(high, low * 1.01)
    return Scale(_round_down(low), _round_up(high), log=True)


def time_ticks(duration_s: float) -> list[Tick]:
    """Marks of a time axis from 0 to ``duration_s``: seconds, or minutes:seconds, or hours:minutes."""
    days = _nice_step(max(duration_s / 6 / _STEPS_S[-1], 1)) * _STEPS_S[-1]  # a clock may be set in the midst of it
    step = next((step for step in _STEPS_S if duration_s / step <= 6), days)
    moments = [step * place for place in range(int(duration_s / step + 1e-9) + 1)]
    return [Tick(100 * at_s / duration_s, moment(at_s, duration_s)) for at_s in moments]


def moment(at_s: float, duration_s: float) -> str:
    """A point of such an axis, in the words of its marks."""
    if duration_s < 120:
        return f"{round(at_s, 1):g} s"
    seconds = round(at_s)
    if duration_s < 7200:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d} h"


def plot(
    key: str,
    title: str,
    description: str,
    height: int,
    *children: str,
    x: Sequence[Tick] = (),
    y: Sequence[Tick] = (),
    x_name: str = "",
    y_name: str = "",
) -> Markup:
    """A plot with grid and ticks as inline SVG; ``key`` is unique on the page. ``y`` ticks count from the bottom."""
    grid = [*(_vertical(tick) for tick in x), *(_horizontal(tick) for tick in y)]
    frame = tag("line", x1="0", x2="100%", y1="100%", y2="100%", class_="axis") if x else Markup()
    names = [
        tag("text", x_name, x="100%", y="100%", dy="36", class_="name end") if x_name else Markup(),
        tag("text", y_name, x="0", y="0", dx="-38", dy="-12", class_="name") if y_name else Markup(),
    ]
    words = [tag("title", title, id=f"{key}-title"), tag("desc", description, id=f"{key}-desc")]
    svg = tag(
        "svg",
        *(*words, tag("g", *grid, frame, *names, aria_hidden="true"), *children),
        **{"class": "plot" if y else "plot wide", "height": height, "role": "img"},
        **{"aria-labelledby": f"{key}-title {key}-desc"},
    )
    return tag("div", svg, class_="plotbox" + (" named" if y_name else "") + (" ticked" if x else ""))


def stretched(*paths: str) -> Markup:
    """Paths in units of 0 to SIDE, as wide and high as the plot."""
    box = {"viewBox": f"0 0 {SIDE} {SIDE}", "preserveAspectRatio": "none", "width": "100%", "height": "100%"}
    return tag("svg", *paths, **box, aria_hidden="true")


def polyline(x: ArrayLike, y: ArrayLike) -> str:
    """The data of a path through points in percent, ``y`` counted from the bottom."""
    return "M" + "L".join(_points(x, y))


def area(x: ArrayLike, low: ArrayLike, high: ArrayLike) -> str:
    """The data of a path around a band, all in percent, counted from the bottom."""
    return "M" + "L".join([*_points(x, high), *reversed(_points(x, low))]) + "Z"


def _points(x: ArrayLike, y: ArrayLike) -> list[str]:
    across, up = np.asarray(x) * SIDE / 100, (100 - np.asarray(y)) * SIDE / 100
    return [f"{one:.1f} {other:.1f}".replace(".0", "") for one, other in zip(across, up, strict=True)]


def _vertical(tick: Tick) -> Markup:
    anchor = "start" if tick.place < 1 else "end" if tick.place > 99 else "middle"
    place = f"{tick.place:.2f}%"
    line = tag("line", x1=place, x2=place, y1="0", y2="100%", class_="grid")
    return joined(line, tag("text", tick.text, x=place, y="100%", dy="18", class_=f"tick {anchor}"))


def _horizontal(tick: Tick) -> Markup:
    place = f"{100 - tick.place:.2f}%"
    line = tag("line", x1="0", x2="100%", y1=place, y2=place, class_="grid")
    return joined(line, tag("text", tick.text, x="0", y=place, dx="-8", dy="4", class_="tick end"))


def _nice_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)


def _round_down(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(factor * power for factor in (0.5, 1, 2, 5) if factor * power <= value)


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return min(factor * power for factor in (1, 2, 5, 10, 20) if factor * power >= value)
