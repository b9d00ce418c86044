"""The plot of how long each variant took, along the session."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from fer_live.report import figures, svg
from fer_live.report.axis import axis_of
from fer_live.report.findings import measured
from fer_live.report.looks import variant_class
from fer_live.report.markup import Markup, tag
from fer_live.report.runs import Column
from fer_live.report.session import Session

POINTS: Final = 240  # a line with many frames is drawn by so many medians
EVERY: Final = 2 * POINTS  # up to so many, every frame is drawn
CAMERA_MS: Final = 1000 / 30


@dataclass(frozen=True)
class _Line:
    at: Column
    middle: Column
    low: Column
    high: Column


def speed_plot(session: Session, key: str, scale: svg.Scale) -> Markup:
    """``process_ms`` of each variant over time, on a log scale shared by all sessions."""
    axis, paths = axis_of(session), []
    for name in measured(session):
        runs, look = session.runs[name], variant_class(session, name)
        line = _line(axis.of(runs)[runs.with_face], runs.measured_ms, axis.end)
        for part in _unbroken(line.at, axis.end):
            x = 100 * line.at[part] / axis.end
            low, middle, high = (_percent(scale, one[part]) for one in (line.low, line.middle, line.high))
            if runs.measured_ms.size > EVERY:
                paths.append(tag("path", d=svg.area(x, low, high), class_=f"band {look}"))
            paths.append(tag("path", d=svg.polyline(x, middle), class_=f"line {look}"))
    medians = ", ".join(
        f"{session.variant(name).title} {figures.ms(session.figure(name, 'p50_ms'))} ms" for name in measured(session)
    )
    return svg.plot(
        key,
        "Time per frame of each variant over the session",
        f"Lines over {axis.length()}, logarithmic scale. Medians: {medians}.",
        260,
        *(svg.stretched(*paths), camera_line(scale, upright=False)),
        x=axis.ticks(),
        y=scale.ticks(),
        x_name=axis.name,
        y_name="ms per frame",
    )


def speed_note(session: Session) -> str:
    """What a point of ``speed_plot`` is."""
    sizes = [session.runs[name].measured_ms.size for name in measured(session)]
    if not sizes or max(sizes) <= EVERY:
        return "Every frame with a face is drawn."
    each = max(sizes) / POINTS
    return (
        f"Drawn by {POINTS} points of {axis_of(session).length(POINTS)} each: the line is the median of about "
        f"{each:,.0f} frames, the band reaches from their 10th to their 90th percentile."
    )


def camera_line(scale: svg.Scale, *, upright: bool) -> Markup:
    """Marks what a frame may take at 30 frames per second."""
    if not scale.covers(CAMERA_MS):
        return Markup()
    place = scale.at(CAMERA_MS)
    ends = (
        {"x1": f"{place:.2f}%", "x2": f"{place:.2f}%", "y1": "0", "y2": "100%"}
        if upright
        else {"x1": "0", "x2": "100%", "y1": f"{100 - place:.2f}%", "y2": f"{100 - place:.2f}%"}
    )
    where = (
        {"x": f"{place:.2f}%", "y": "100%", "dx": "-5", "dy": "-6", "class": "mark end"}
        if upright
        else {"x": "100%", "y": f"{100 - place:.2f}%", "dx": "-4", "dy": "-5", "class": "mark end"}
    )
    return tag("g", tag("line", **ends, class_="limit"), tag("text", "30 frames/s", **where))


def _line(at: Column, values: Column, end: float) -> _Line:
    if values.size <= EVERY:
        return _Line(at, values, values, values)
    part = np.minimum((at * POINTS / end).astype(int), POINTS - 1)
    edges = np.searchsorted(part, np.arange(POINTS + 1))
    filled = [(low, high) for low, high in pairwise(edges.tolist()) if high > low]
    spread = np.array([np.percentile(values[low:high], (50, 10, 90)) for low, high in filled])
    middles = np.array([at[low:high].mean() for low, high in filled])
    return _Line(middles, *spread.T)


def _unbroken(at: Column, end: float) -> list[slice]:
    """Where the line goes on; it breaks where the variant did not run for a while."""
    if not at.size:
        return []
    gaps = np.diff(at)
    usual = float(np.median(gaps)) if gaps.size else 0.0
    cuts = [0, *(np.flatnonzero(gaps > max(5 * usual, 3 * end / POINTS)) + 1).tolist(), at.size]
    return [slice(low, high) for low, high in pairwise(cuts)]


def _percent(scale: svg.Scale, values: Column) -> Column:
    return np.array([scale.at(float(value)) for value in values])
