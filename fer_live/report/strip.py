"""Bars along the session, coloured by label: which label held from when to when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_live.palette import EMOTIONS, ink_on
from fer_live.report import svg
from fer_live.report.axis import Axis
from fer_live.report.looks import label_class
from fer_live.report.markup import Markup, tag
from fer_live.report.runs import Column

PIECES: Final = 400  # so many parts of a longer session get one label each
_ROW_PX: Final = 50
_TITLE_PX: Final = 14  # from a row's top to the foot of its letters
_BAR_TOP_PX: Final = 20
_BAR_PX: Final = 22
_NEAR_S: Final = 0.5  # a shorter time without a frame is none: the label of the last one holds
_SMALLEST: Final = 2.0  # thousandths of the width; what is shorter would not be seen
_WORD: Final = 24.0  # percent of the width that a word needs on a phone
_ROOMY_WORD: Final = 9.0  # and on a desk
Piece = tuple[float, float, str]  # from, to, label


@dataclass(frozen=True)
class Bar:
    """A bar, the words over its beginning (text or markup) and over its end (may be empty).

    One that is ``whole`` stands for all of the session and has an outline; the others have a line where nothing is.
    """

    title: tuple[str, ...]
    told: str
    parts: Sequence[Piece]
    whole: bool


def pieces(at: Column, label: NDArray[np.str_], axis: Axis) -> list[Piece]:
    """Where on the axis which label held: a piece per frame, or the most frequent label of each part when there are
    more than ``PIECES``; neighbours of the same label are one. A label holds until the next frame; nothing where there
    was none for long.
    """
    usual = float(np.median(np.diff(at))) if at.size > 1 else axis.end
    near = usual if axis.by_frame else max(5 * usual, _NEAR_S)
    following = np.append(at[1:], axis.end)
    ends = np.where(following - at <= near + 1e-9, following, np.minimum(at + usual, axis.end))
    if at.size <= PIECES:
        return _merged(zip(at.tolist(), ends.tolist(), label.tolist(), strict=True))
    part = np.minimum((at * PIECES / axis.end).astype(int), PIECES - 1)
    words, codes = np.unique(label, return_inverse=True)
    votes = np.zeros((PIECES, words.size), int)
    np.add.at(votes, (part, codes), 1)
    width = axis.end / PIECES
    middle = (np.arange(PIECES) + 0.5) * width
    holds = np.maximum(np.searchsorted(at, middle, "right") - 1, 0)  # the frame before the middle of each part
    held = (at[holds] <= middle) & (middle < ends[holds]) & ~votes.any(axis=1)
    votes[held, codes[holds[held]]] = 1
    winners, filled = votes.argmax(axis=1), np.flatnonzero(votes.any(axis=1)).tolist()
    return _merged((place * width, (place + 1) * width, str(words[winners[place]])) for place in filled)


def plot(key: str, title: str, description: str, bars: Sequence[Bar], axis: Axis, order: Sequence[str]) -> Markup:
    """The bars one below the other; ``order`` decides the colours of labels that are no emotions."""
    rows = [part for place, one in enumerate(bars) for part in _row(one, place * _ROW_PX, axis.end, order)]
    height = len(bars) * _ROW_PX
    return svg.plot(key, title, description, height, *rows, x=axis.ticks(), x_name=axis.name)


def note(frames: int, axis: Axis) -> str:
    """What a part of a bar is."""
    if frames <= PIECES:
        return "Every frame is drawn."
    return (
        f"Each of {PIECES} parts of {axis.length(PIECES)} shows the label that most of its frames "
        "got; shorter changes do not show."
    )


def _row(one: Bar, top: float, whole: float, order: Sequence[str]) -> list[Markup]:
    foot, below = f"{top + _TITLE_PX:g}", top + _BAR_TOP_PX
    row = [tag("text", *one.title, x="0", y=foot, class_="row")]
    if one.told:
        row.append(tag("text", one.told, x="100%", y=foot, class_="row quiet end"))
    bar = _bar(one.parts, below, whole, order)
    row += [bar, _edge(below)] if one.whole else [_away(below), bar]
    return row + _words(one.parts, below, whole)


def _bar(parts: Sequence[Piece], top: float, whole: float, order: Sequence[str]) -> Markup:
    """The pieces, ``_BAR_PX`` high, from ``top``; ``order`` decides the colours of labels that are no emotions."""
    data: dict[str, list[str]] = {}
    for start, end, label in parts:
        x, width = start * svg.SIDE / whole, max((end - start) * svg.SIDE / whole, _SMALLEST)
        data.setdefault(label, []).append(f"M{x:.1f} 0h{width:.1f}v1h-{width:.1f}z")
    paths = [tag("path", d="".join(each), class_=f"said {label_class(label, order)}") for label, each in data.items()]
    box = {"viewBox": f"0 0 {svg.SIDE} 1", "preserveAspectRatio": "none", "width": "100%", "height": str(_BAR_PX)}
    return tag("svg", *paths, x="0", y=f"{top:g}", **box)


def _edge(top: float) -> Markup:
    """A line around a whole bar."""
    return tag("rect", x="0", y=f"{top:g}", width="100%", height=str(_BAR_PX), class_="edge")


def _away(top: float) -> Markup:
    """A line through the middle of a bar, to be seen where the bar is not."""
    middle = f"{top + _BAR_PX / 2:g}"
    return tag("line", x1="0", x2="100%", y1=middle, y2=middle, class_="away")


def _words(parts: Iterable[Piece], top: float, whole: float) -> list[Markup]:
    """The label's name on every piece that is wide enough, so that colour is not the only sign.

    Where it is wide enough on a desk but not on a phone, the style sheet hides it on the phone.
    """
    made = []
    for start, end, label in parts:
        width = 100 * (end - start) / whole
        if label and width >= _ROOMY_WORD:
            look = "word middle" if width >= _WORD else "word middle roomy"
            place = {"x": f"{50 * (start + end) / whole:.2f}%", "y": f"{top + _BAR_PX / 2 + 4:g}"}
            ink = (
                ink_on(EMOTIONS[label]) if label in EMOTIONS else "var(--panel)"
            )  # as the colour, it goes by the theme
            made.append(tag("text", label, **place, class_=look, fill=ink))
    return made


def _merged(parts: Iterable[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    for start, end, label in parts:
        if merged and merged[-1][2] == label and start - merged[-1][1] < 1e-6:
            merged[-1] = (merged[-1][0], end, label)
        else:
            merged.append((start, end, label))
    return merged
