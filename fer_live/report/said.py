"""The plot of what each variant said of the main face, along the session."""

from typing import Final

import numpy as np

from fer_live.palette import EMOTIONS
from fer_live.report import figures, strip, svg
from fer_live.report.axis import axis_of
from fer_live.report.markup import Markup, tag
from fer_live.report.runs import Runs
from fer_live.report.session import Session

_ROW_PX: Final = 50


def label_plot(session: Session, key: str) -> Markup:
    """A bar per variant: which label the main face got, and when."""
    axis, rows, spoken = axis_of(session), [], []
    names = list(session.runs)
    for place, name in enumerate(names):
        runs, top = session.runs[name], place * _ROW_PX
        parts = strip.pieces(axis.of(runs), runs.label, axis)
        title = session.variant(name).title
        most, share = _most(runs)
        spoken.append(f"{title}: mostly {most}, {share}" if most else f"{title}: no face")
        rows.append(tag("text", title, x="0", y=str(top + 14), class_="row"))
        if most:
            rows.append(tag("text", f"{most} {share}", x="100%", y=str(top + 14), class_="row quiet end"))
        rows += [strip.bar(parts, top + 20, axis.end, order_of(session)), strip.edge(top + 20)]
        rows += strip.words(parts, top + 20, axis.end)
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
    return strip.note(session.recorded.frames, axis_of(session))


def labels_of(session: Session) -> list[str]:
    """Every label that the main face was given, emotions first in their usual order."""
    said = {str(label) for runs in session.runs.values() for label in np.unique(runs.label)} - {""}
    return [label for label in order_of(session) if label in said]


def order_of(session: Session) -> list[str]:
    """Every label that any face was given: this order decides the colours of those that are no emotions."""
    said = {str(label) for runs in session.runs.values() for label in np.unique(runs.label)} - {""}
    said |= {label for face in session.faces for label in face.labels}
    return [*(label for label in EMOTIONS if label in said), *sorted(said - EMOTIONS.keys())]


def _most(runs: Runs) -> tuple[str, str]:
    said = runs.label[runs.label != ""]
    if not said.size:
        return "", ""
    words, counts = np.unique(said, return_counts=True)
    most = int(counts.argmax())
    return str(words[most]), figures.percent(float(counts[most] / said.size))
