"""The plot of what each variant said of the main face, along the session."""

from typing import Final

import numpy as np

from fer_live.palette import EMOTIONS, emotion_colour, ink_on
from fer_live.report import figures, svg
from fer_live.report.axis import Axis, axis_of
from fer_live.report.looks import label_class
from fer_live.report.markup import Markup, joined, tag
from fer_live.report.runs import Column, Runs
from fer_live.report.session import Session

PIECES: Final = 400  # so many parts of a longer session get one label each
_ROW_PX: Final = 50
_BAR_PX: Final = 22
_WORD: Final = 24.0  # percent of the width that a word needs on a phone


def label_plot(session: Session, key: str) -> Markup:
    """A bar per variant: which label the main face got, and when."""
    axis, rows, spoken = axis_of(session), [], []
    names = list(session.runs)
    for place, name in enumerate(names):
        runs, top = session.runs[name], place * _ROW_PX
        pieces = _merged(_pieces(axis.of(runs), runs, axis))
        title = session.variant(name).title
        most, share = _most(runs)
        spoken.append(f"{title}: mostly {most}, {share}" if most else f"{title}: no face")
        rows.append(tag("text", title, x="0", y=str(top + 14), class_="row"))
        if most:
            rows.append(tag("text", f"{most} {share}", x="100%", y=str(top + 14), class_="row quiet end"))
        rows.append(_bar(session, pieces, top + 20, axis.end))
        rows.extend(_words(pieces, top + 20 + _BAR_PX / 2 + 4, axis.end))
    return svg.plot(
        key,
        "Label of the main face over the session",
        f"A bar per variant, coloured by label. {'; '.join(spoken)}.",
        len(names) * _ROW_PX,
        *rows,
        x=axis.ticks(),
        x_name=axis.name,
    )


def label_note(session: Session) -> str:
    """What a part of ``label_plot`` is."""
    if session.recorded.frames <= PIECES:
        return "Every frame is drawn."
    return (
        f"Each of {PIECES} parts of {axis_of(session).length(PIECES)} shows the label that most of its frames "
        "got; shorter changes do not show."
    )


def labels_of(session: Session) -> list[str]:
    """Every label that was given, emotions first in their usual order."""
    said = {str(label) for runs in session.runs.values() for label in np.unique(runs.label)} - {""}
    return [*(label for label in EMOTIONS if label in said), *sorted(said - EMOTIONS.keys())]


def _pieces(at: Column, runs: Runs, axis: Axis) -> list[tuple[float, float, str]]:
    """(from, to, label) along the axis."""
    count = runs.label.size
    if count <= PIECES:
        usual = float(np.median(np.diff(at))) if count > 1 else axis.end
        ends = np.minimum(np.append(at[1:], axis.end), at + (1.0 if axis.by_frame else max(5 * usual, 0.5)))
        return [(float(a), float(b), str(label)) for a, b, label in zip(at, ends, runs.label, strict=True)]
    part = np.minimum((at * PIECES / axis.end).astype(int), PIECES - 1)
    words, codes = np.unique(runs.label, return_inverse=True)
    votes = np.zeros((PIECES, words.size), int)
    np.add.at(votes, (part, codes), 1)
    winners, width = votes.argmax(axis=1), axis.end / PIECES
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


def _bar(session: Session, pieces: list[tuple[float, float, str]], top: float, whole: float) -> Markup:
    data: dict[str, list[str]] = {}
    for start, end, label in pieces:
        x, width = start * svg.SIDE / whole, (end - start) * svg.SIDE / whole
        data.setdefault(label, []).append(f"M{x:.1f} 0h{width:.1f}v1h-{width:.1f}z")
    order = labels_of(session)
    paths = [tag("path", d="".join(parts), class_=f"said {label_class(label, order)}") for label, parts in data.items()]
    box = {"viewBox": f"0 0 {svg.SIDE} 1", "preserveAspectRatio": "none", "width": "100%", "height": str(_BAR_PX)}
    edge = tag("rect", x="0", y=f"{top:g}", width="100%", height=str(_BAR_PX), class_="edge")
    return joined(tag("svg", *paths, x="0", y=f"{top:g}", **box), edge)


def _words(pieces: list[tuple[float, float, str]], y: float, whole: float) -> list[Markup]:
    """The label's name on every part that is wide enough, so that colour is not the only sign."""
    wide = [piece for piece in pieces if piece[2] and 100 * (piece[1] - piece[0]) / whole >= _WORD]
    return [
        tag(
            "text",
            label,
            x=f"{50 * (start + end) / whole:.2f}%",
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
