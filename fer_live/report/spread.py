"""Plots of what the times of a session look like together: percentiles, shares, and speed against accuracy and size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fer_live.report import figures, svg
from fer_live.report.findings import measured
from fer_live.report.looks import variant_class
from fer_live.report.markup import Markup, tag
from fer_live.report.over_time import camera_line
from fer_live.report.session import Session
from fer_live.table import megabytes

SHARES: Final = 200  # a cumulative curve is drawn through so many steps
_ROW_PX: Final = 54
_BAR_PX: Final = 12
_TALL_PX: Final = 320
_LABEL_PX: Final = 34
_PHONE_PX: Final = 285  # the width of a plot on a phone
_Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class _Dot:
    x: float
    y: float
    radius: float
    title: str
    detail: str


@dataclass(frozen=True)
class _Place:
    anchor: str
    away: float
    box: _Area

    @property
    def outside(self) -> float:
        """How much of the name would leave the plot, as an area that counts double."""
        left, top, right, bottom = self.box
        return 2 * _LABEL_PX * (max(-left, 0.0) + max(right - _PHONE_PX, 0.0)) + 1e4 * (top < 0 or bottom > _TALL_PX)


def percentile_plot(session: Session, key: str, scale: svg.Scale) -> Markup:
    """A row per variant: 5th to 95th percentile, quartiles, median and 99th percentile of ``process_ms``."""
    rows, spoken = [], []
    names = measured(session)
    for place, name in enumerate(names):
        title, top = session.variant(name).title, place * _ROW_PX
        p5, p25, p50, p75, p95, p99 = np.percentile(session.runs[name].measured_ms, (5, 25, 50, 75, 95, 99)).tolist()
        told = [f"{figures.ms(value)}" for value in (p50, p95, p99)]
        spoken.append(f"{title} {told[0]}, {told[1]} and {told[2]} ms")
        look, y = variant_class(session, name), top + 24
        rows += [
            tag("text", title, x="0", y=str(top + 14), class_="row"),
            tag("text", " \u00b7 ".join(told), x="100%", y=str(top + 14), class_="row quiet end"),
            _box(scale, p5, p95, y, f"whole {look}"),
            _box(scale, p25, p75, y, f"half {look}"),
            _stroke(scale.at(p50), y - 4, y + _BAR_PX + 4),
            tag("circle", cx=f"{scale.at(p99):.2f}%", cy=str(y + _BAR_PX / 2), r="4", class_=f"dot {look}"),
        ]
    return svg.plot(
        key,
        "Percentiles of the time per frame",
        f"Median, 95th and 99th percentile: {'; '.join(spoken)}.",
        len(names) * _ROW_PX,
        camera_line(scale, upright=True),
        *rows,
        x=scale.ticks(),
        x_name="ms per frame",
    )


def share_plot(session: Session, key: str, scale: svg.Scale) -> Markup:
    """The share of frames that each variant finished within a time (an empirical distribution function)."""
    shares = np.linspace(0, 100, SHARES + 1)
    paths, spoken = [], []
    for name in measured(session):
        x = [scale.at(value) for value in np.percentile(session.runs[name].measured_ms, shares).tolist()]
        look = variant_class(session, name)
        paths.append(tag("path", d=svg.polyline([*x, 100.0], [*shares, 100.0]), class_=f"line {look}"))
        within = float((session.runs[name].measured_ms <= 1000 / 30).mean())
        spoken.append(f"{session.variant(name).title} {figures.percent(within)}")
    ticks = [svg.Tick(place, f"{place}\u00a0%") for place in range(0, 101, 25)]
    return svg.plot(
        key,
        "Share of frames done within a time",
        f"Cumulative curves. Done within a thirtieth of a second: {', '.join(spoken)}.",
        240,
        camera_line(scale, upright=True),
        svg.stretched(*paths),
        x=scale.ticks(),
        y=ticks,
        x_name="ms per frame",
        y_name="frames",
    )


def tradeoff_plot(session: Session, key: str, speed: svg.Scale, accuracy: svg.Scale) -> Markup:
    """Accuracy against median time; the area of a dot is the size of the variant's file."""
    dots, named, spoken = [], [], []
    names = [name for name in measured(session) if session.figure(name, "accuracy") is not None]
    biggest = max((session.figure(name, "bytes") or 0 for name in names), default=0) or 1
    for name in sorted(names, key=lambda name: -(session.figure(name, "bytes") or 0)):
        share, p50 = session.figure(name, "accuracy") or 0.0, session.figure(name, "p50_ms") or 0.0
        size, title = session.figure(name, "bytes") or 0.0, session.variant(name).title
        x, y = speed.at(p50), accuracy.at(share)
        radius = max(4.0, 26 * math.sqrt(size / biggest))
        look = variant_class(session, name)
        dots.append(tag("circle", cx=f"{x:.2f}%", cy=f"{100 - y:.2f}%", r=radius, class_=f"bubble {look}"))
        dots.append(tag("circle", cx=f"{x:.2f}%", cy=f"{100 - y:.2f}%", r="2", class_="heart"))
        detail = f"{figures.percent(share)}, {figures.ms(p50)} ms, {megabytes(round(size))}"
        place = (x * _PHONE_PX / 100, (100 - y) * _TALL_PX / 100)
        named.append(_Dot(*place, radius, title, megabytes(round(size))))
        spoken.append(f"{title}: {detail}")
    return svg.plot(
        key,
        "Accuracy against median time per frame",
        f"A dot per variant, its area the size of its file. {'; '.join(spoken)}.",
        _TALL_PX,
        *dots,
        *_labels(named),
        x=speed.ticks(),
        y=[svg.Tick(tick.place, figures.percent(float(tick.text))) for tick in accuracy.ticks(most=7)],
        x_name="median ms per frame",
        y_name="accuracy",
    )


def _labels(dots: Sequence[_Dot]) -> list[Markup]:
    """Names beside, below or above their dots, where they cover nothing even on a phone."""
    taken = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in dots]
    made: list[Markup] = []
    for dot in sorted(dots, key=lambda dot: dot.radius):
        place = min(_places(dot), key=lambda place: sum(_overlap(place.box, other) for other in taken) + place.outside)
        taken.append(place.box)
        look = {"x": f"{dot.x * 100 / _PHONE_PX:.2f}%", "dx": f"{place.away:.1f}"}
        top = place.box[1]
        made.append(tag("text", dot.title, **look, y=f"{top + 12:.1f}", class_=f"row {place.anchor}"))
        made.append(tag("text", dot.detail, **look, y=f"{top + 27:.1f}", class_=f"row quiet small {place.anchor}"))
    return made


def _places(dot: _Dot) -> list[_Place]:
    """Where a name can stand, best first."""
    width, height, gap = 8.0 * max(len(dot.title), len(dot.detail)), float(_LABEL_PX), dot.radius + 6
    x, y = dot.x, dot.y
    return [
        _Place("start", gap, (x + gap, y - height / 2, x + gap + width, y + height / 2)),
        _Place("end", -gap, (x - gap - width, y - height / 2, x - gap, y + height / 2)),
        _Place("middle", 0.0, (x - width / 2, y + gap - 3, x + width / 2, y + gap - 3 + height)),
        _Place("middle", 0.0, (x - width / 2, y - gap - height, x + width / 2, y - gap)),
    ]


def _overlap(one: _Area, other: _Area) -> float:
    """The area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _box(scale: svg.Scale, low: float, high: float, y: float, look: str) -> Markup:
    start, end = scale.at(low), scale.at(high)
    width = f"{max(end - start, 0.4):.2f}%"
    return tag("rect", x=f"{start:.2f}%", width=width, y=str(y), height=str(_BAR_PX), rx="3", class_=look)


def _stroke(place: float, top: float, bottom: float) -> Markup:
    return tag("line", x1=f"{place:.2f}%", x2=f"{place:.2f}%", y1=str(top), y2=str(bottom), class_="median")
