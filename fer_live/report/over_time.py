"""Plots along the session: how long each variant took, and what it said of the main face."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from fer_live.colours import EMOTIONS, emotion_colour, ink_on
from fer_live.report import figures, svg
from fer_live.report.findings import measured
from fer_live.report.looks import label_class, variant_class
from fer_live.report.markup import Markup, joined, tag
from fer_live.report.runs import Column, Runs
from fer_live.report.session import Session

POINTS: Final = 240  # a line with more frames than this is drawn by medians
PIECES: Final = 400  # so many parts of a longer session get one label each
CAMERA_MS: Final = 1000 / 30
_ROW_PX: Final = 50
_BAR_PX: Final = 22
_WORD: Final = 24.0  # percent of the width that a word needs on a phone


@dataclass(frozen=True)
class _Line:
    at_s: Column
    middle: Column
    low: Column
    high: Column


def speed_plot(session: Session, key: str, scale: svg.Scale) -> Markup:
    """``process_ms`` of each variant over time, on a log scale shared by all sessions."""
    end_s = _end(session)
    paths = []
    for name in measured(session):
        runs, look = session.runs[name], variant_class(session.place(name))
        line = _line(runs.at_s[runs.with_face], runs.measured_ms, end_s)
        for part in _unbroken(line.at_s, end_s):
            x = 100 * line.at_s[part] / end_s
            low, middle, high = (_percent(scale, one[part]) for one in (line.low, line.middle, line.high))
            if runs.measured_ms.size > POINTS:
                paths.append(tag("path", d=svg.area(x, low, high), class_=f"band {look}"))
            paths.append(tag("path", d=svg.polyline(x, middle), class_=f"line {look}"))
    medians = ", ".join(
        f"{session.variant(name).title} {figures.ms(session.figure(name, 'p50_ms'))} ms" for name in measured(session)
    )
    return svg.plot(
        key,
        "Time per frame of each variant over the session",
        f"Lines over {figures.clock(end_s)}, logarithmic scale. Medians: {medians}.",
        260,
        *(camera_line(scale, upright=False), svg.stretched(*paths)),
        x=svg.time_ticks(end_s),
        y=scale.ticks(),
        y_name="ms per frame",
    )


def speed_note(session: Session) -> str:
    """What a point of ``speed_plot`` is."""
    sizes = [session.runs[name].measured_ms.size for name in measured(session)]
    if not sizes or max(sizes) <= POINTS:
        return "Every frame with a face is drawn."
    span = _end(session) / POINTS
    each = max(sizes) / POINTS
    return (
        f"Drawn by {POINTS} points of {figures.clock(span)} each: the line is the median of about {each:,.0f} frames, "
        "the band reaches from their 10th to their 90th percentile."
    )


def label_plot(session: Session, key: str) -> Markup:
    """A bar per variant: which label the main face got, and when."""
    end_s, rows, spoken = _end(session), [], []
    names = list(session.runs)
    for place, name in enumerate(names):
        runs, top = session.runs[name], place * _ROW_PX
        pieces = _merged(_pieces(runs, end_s))
        title = session.variant(name).title
        most, share = _most(runs)
        spoken.append(f"{title}: mostly {most}, {share}" if most else f"{title}: no face")
        rows.append(tag("text", title, x="0", y=str(top + 14), class_="row"))
        if most:
            rows.append(tag("text", f"{most} {share}", x="100%", y=str(top + 14), class_="row quiet end"))
        rows.append(_bar(session, pieces, top + 20, end_s))
        rows.extend(_words(pieces, top + 20 + _BAR_PX / 2 + 4, end_s))
    return svg.plot(
        key,
        "Label of the main face over the session",
        f"A bar per variant, coloured by label. {'; '.join(spoken)}.",
        len(names) * _ROW_PX,
        *rows,
        x=svg.time_ticks(end_s),
    )


def label_note(session: Session) -> str:
    """What a part of ``label_plot`` is."""
    if session.recorded.frames <= PIECES:
        return "Every frame is drawn."
    return (
        f"Each of {PIECES} parts of {figures.clock(_end(session) / PIECES)} shows the label that most of its frames "
        "got; shorter changes do not show."
    )


def labels_of(session: Session) -> list[str]:
    """Every label that was given, emotions first in their usual order."""
    said = {str(label) for runs in session.runs.values() for label in np.unique(runs.label)} - {""}
    return [*(label for label in EMOTIONS if label in said), *sorted(said - EMOTIONS.keys())]


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


def _end(session: Session) -> float:
    """The length of the time axis: the last frame has a length too."""
    recorded = session.recorded
    return max(recorded.duration_s * (1 + 1 / max(recorded.frames, 1)), 0.1)


def _line(at_s: Column, values: Column, end_s: float) -> _Line:
    if values.size <= POINTS:
        return _Line(at_s, values, values, values)
    part = np.minimum((at_s * POINTS / end_s).astype(int), POINTS - 1)
    edges = np.searchsorted(part, np.arange(POINTS + 1))
    filled = [(low, high) for low, high in pairwise(edges.tolist()) if high > low]
    spread = np.array([np.percentile(values[low:high], (50, 10, 90)) for low, high in filled])
    middles = np.array([at_s[low:high].mean() for low, high in filled])
    return _Line(middles, *spread.T)


def _unbroken(at_s: Column, end_s: float) -> list[slice]:
    """Where the line goes on; it breaks where the variant did not run for a while."""
    if not at_s.size:
        return []
    gaps = np.diff(at_s)
    usual = float(np.median(gaps)) if gaps.size else 0.0
    cuts = [0, *(np.flatnonzero(gaps > max(5 * usual, 3 * end_s / POINTS)) + 1).tolist(), at_s.size]
    return [slice(low, high) for low, high in pairwise(cuts)]


def _percent(scale: svg.Scale, values: Column) -> Column:
    return np.array([scale.at(float(value)) for value in values])


def _pieces(runs: Runs, end_s: float) -> list[tuple[float, float, str]]:
    """(from second, to second, label)."""
    count = runs.label.size
    if count <= PIECES:
        usual = float(np.median(np.diff(runs.at_s))) if count > 1 else end_s
        ends = np.minimum(np.append(runs.at_s[1:], end_s), runs.at_s + max(5 * usual, 0.5))
        return [(float(a), float(b), str(label)) for a, b, label in zip(runs.at_s, ends, runs.label, strict=True)]
    part = np.minimum((runs.at_s * PIECES / end_s).astype(int), PIECES - 1)
    words, codes = np.unique(runs.label, return_inverse=True)
    votes = np.zeros((PIECES, words.size), int)
    np.add.at(votes, (part, codes), 1)
    winners, width = votes.argmax(axis=1), end_s / PIECES
    filled = np.flatnonzero(votes.sum(axis=1))
    return [(place * width, (place + 1) * width, str(words[winners[place]])) for place in filled.tolist()]


def _merged(pieces: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    merged: list[tuple[float, float, str]] = []
    for start, end, label in pieces:
        if merged and merged[-1][2] == label and start - merged[-1][1] < 1e-6:
            merged[-1] = (merged[-1][0], end, label)
        else:
            merged.append((start, end, label))
    return merged


def _bar(session: Session, pieces: list[tuple[float, float, str]], top: float, end_s: float) -> Markup:
    data: dict[str, list[str]] = {}
    for start, end, label in pieces:
        x, width = start * svg.SIDE / end_s, (end - start) * svg.SIDE / end_s
        data.setdefault(label, []).append(f"M{x:.1f} 0h{width:.1f}v1h-{width:.1f}z")
    order = labels_of(session)
    paths = [tag("path", d="".join(parts), class_=f"said {label_class(label, order)}") for label, parts in data.items()]
    box = {"viewBox": f"0 0 {svg.SIDE} 1", "preserveAspectRatio": "none", "width": "100%", "height": str(_BAR_PX)}
    edge = tag("rect", x="0", y=f"{top:g}", width="100%", height=str(_BAR_PX), class_="edge")
    return joined(tag("svg", *paths, x="0", y=f"{top:g}", **box), edge)


def _words(pieces: list[tuple[float, float, str]], y: float, end_s: float) -> list[Markup]:
    """The label's name on every part that is wide enough, so that colour is not the only sign."""
    wide = [piece for piece in pieces if piece[2] and 100 * (piece[1] - piece[0]) / end_s >= _WORD]
    return [
        tag(
            "text",
            label,
            x=f"{50 * (start + end) / end_s:.2f}%",
            y=f"{y:g}",
            class_="word middle",
            fill=ink_on(emotion_colour(label)),
        )
        for start, end, label in wide
    ]


def _most(runs: Runs) -> tuple[str, str]:
    said = runs.label[runs.label != ""]
    if not said.size:
        return "", ""
    words, counts = np.unique(said, return_counts=True)
    most = int(counts.argmax())
    return str(words[most]), figures.percent(float(counts[most] / said.size))
