"""The plot of what each variant said of the main face, along the session."""

import numpy as np
from numpy.typing import NDArray

from fer_live.palette import EMOTIONS
from fer_live.report import figures, strip
from fer_live.report.axis import axis_of
from fer_live.report.markup import Markup
from fer_live.report.session import Session


def label_plot(session: Session, key: str) -> Markup:
    """A bar per variant: which label the main face got, and when."""
    axis, bars, spoken = axis_of(session), [], []
    for name, runs in session.runs.items():
        title = session.variant(name).title
        most, share = most_said(runs.label)
        spoken.append(f"{title}: mostly {most}, {figures.percent(share)}" if most else f"{title}: no face")
        told = f"{most} {figures.percent(share)}" if most else ""
        bars.append(strip.Bar((title,), told, strip.pieces(axis.of(runs), runs.label, axis), whole=True))
    said = f"A bar per variant, coloured by label. {'; '.join(spoken)}."
    return strip.plot(key, "Label of the main face over the session", said, bars, axis, order_of(session))


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


def most_said(label: NDArray[np.str_]) -> tuple[str, float]:
    """The most frequent label and its share of the frames with a face; "" and 0 when there is none."""
    words, counts = np.unique(label[label != ""], return_counts=True)
    if not words.size:
        return "", 0.0
    most = int(counts.argmax())
    return str(words[most]), float(counts[most] / counts.sum())
