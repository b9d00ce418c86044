"""The sections of a page, from the summary to how each number was obtained; a panel per session in most of them."""

from collections.abc import Callable, Sequence

import numpy as np

from fer_live.report import findings, over_time, per_face, said, spread, svg, tables
from fer_live.report.looks import label_class, variant_class
from fer_live.report.markup import Markup, joined, tag
from fer_live.report.method import how
from fer_live.report.session import Session


def sections(sessions: Sequence[Session]) -> list[Markup]:
    """All of them, in the order of the page. Sessions share their scales, so that panels can be compared."""
    usual, whole = _speed_scale(sessions, 1, 99), _speed_scale(sessions, 0, 100)
    beside = _section("Side by side", "Median time per frame, capacity, speed-up.", tables.beside_table(sessions))
    return [
        *([beside] if len(sessions) > 1 else []),
        _verdicts(sessions),
        _panels("Summary", "", sessions, lambda one, _: tables.summary_table(one), wide=True),
        _percentiles(sessions, usual),
        _shares(sessions, whole),
        _speeds(sessions, usual),
        _labels(sessions),
        _faces(sessions),
        _agreements(sessions),
        *_tradeoffs(sessions, usual),
        _section("Where it was measured", "", tables.setup_table(sessions)),
        _panels("Which files ran", "", sessions, lambda one, _: tables.variants_table(one), wide=True),
        _section("How each number was obtained", "", how(sessions)),
    ]


def _verdicts(sessions: Sequence[Session]) -> Markup:
    if not any(map(findings.verdicts, sessions)):
        return Markup()
    return _panels(
        "Verdicts",
        "As the benchmark ended: how fast each variant is against the others, in short runs of the same frames.",
        sessions,
        lambda one, _: _verdicts_of_one(one),
        wide=True,
    )


def _verdicts_of_one(session: Session) -> Markup:
    found = findings.verdicts(session)
    if not found:
        if session.facts.mode == "bench":
            return _note(
                "This benchmark's verdicts are not in its folder: it was cut off, or an older fer_live made it."
            )
        return _note("Recorded live, so it was not cut into short runs from which a verdict could be had.")
    parts = [tag("div", tag("h3", title), tag("ul", *(tag("li", one) for one in told))) for title, told in found]
    return tag("div", *parts, class_="verdicts")


def _percentiles(sessions: Sequence[Session], scale: svg.Scale) -> Markup:
    return _panels(
        "How long a frame takes",
        "Finding the faces and classifying them, on frames with a face. Pale: 5th to 95th percentile; strong: the "
        "middle half; stroke: median; dot: 99th percentile. In figures: median \u00b7 p95 \u00b7 p99, ms.",
        sessions,
        lambda one, key: spread.percentile_plot(one, f"percentiles-{key}", scale),
    )


def _shares(sessions: Sequence[Session], scale: svg.Scale) -> Markup:
    return _panels(
        "How many frames are done in time",
        "The share of frames that took at most so long, the slowest frame included.",
        sessions,
        lambda one, key: joined(_legend(one), spread.share_plot(one, f"shares-{key}", scale)),
    )


def _speeds(sessions: Sequence[Session], scale: svg.Scale) -> Markup:
    return _panels(
        "Speed over the session",
        "Logarithmic scale. A rise of all lines is the machine, not a network.",
        sessions,
        lambda one, key: joined(
            _legend(one), over_time.speed_plot(one, f"speed-{key}", scale), _note(over_time.speed_note(one))
        ),
    )


def _labels(sessions: Sequence[Session]) -> Markup:
    return _panels(
        "What the main face was said to show",
        "Label of the largest face per frame, as the network gave it, without smoothing.",
        sessions,
        lambda one, key: joined(
            _emotions(one, said.labels_of(one), away=bool(one.recorded.frames_without_face)),
            said.label_plot(one, f"labels-{key}"),
            _note(said.label_note(one)),
            tag("details", tag("summary", "Shares of labels"), tables.label_table(one)),
        ),
    )


def _faces(sessions: Sequence[Session]) -> Markup:
    if not any(session.faces for session in sessions):
        return Markup()
    return _panels(
        "What each face was said to show",
        "A bar where the face was in view, a thin line where it was away. A face that leaves and comes back gets a new "
        "number. Labels as the network gave them, without smoothing.",
        sessions,
        _faces_of_one,
    )


def _faces_of_one(session: Session, key: str) -> Markup:
    if not session.faces:
        return _note("This recording does not tell faces apart.")
    given = {label for face in session.faces for label in face.labels}
    return joined(
        _emotions(session, [label for label in said.order_of(session) if label in given], away=False),
        per_face.face_plot(session, f"faces-{key}"),
        _note(per_face.face_note(session)),
        tag("details", tag("summary", "Faces in words"), tables.scrolling(per_face.face_table(session), "Faces")),
    )


def _agreements(sessions: Sequence[Session]) -> Markup:
    if all(len(findings.measured(one)) < 2 for one in sessions):
        return Markup()
    return _panels(
        "How often the variants agree",
        "The same label for the main face, on the same frames. The stronger the tint, the more they differ.",
        sessions,
        lambda one, _: tables.agreement_table(one),
    )


def _tradeoffs(sessions: Sequence[Session], speed: svg.Scale) -> list[Markup]:
    """Nothing when no variant's accuracy is known."""
    names = [(session, name) for session in sessions for name in findings.measured(session)]
    known = [value for session, name in names if (value := session.figure(name, "accuracy")) is not None]
    if not known:
        return []
    room = max(0.02, 0.35 * (max(known) - min(known)))
    accuracy = svg.Scale(max(0.0, min(known) - room), min(1.0, max(known) + room))
    return [
        _panels(
            "Accuracy against speed and size",
            "Upper left is better; the area of a dot is the size of the file.",
            sessions,
            lambda one, key: spread.tradeoff_plot(one, f"tradeoff-{key}", speed, accuracy),
        )
    ]


def _panels(
    title: str, lead: str, sessions: Sequence[Session], draw: Callable[[Session, str], Markup], *, wide: bool = False
) -> Markup:
    """A section with a panel per session. Without a face there is nothing to draw; ``wide`` ones need none."""
    if not wide and not any(map(findings.measured, sessions)):
        return Markup()
    drawn = []
    for place, session in enumerate(sessions):
        content = draw(session, str(place)) if findings.measured(session) or wide else _note("No face was found.")
        head = tag("figcaption", tag("b", findings.letter(place), class_="letter"), session.cpu)
        drawn.append(tag("figure", head if len(sessions) > 1 else Markup(), content))
    return _section(title, lead, tag("div", *drawn, class_="panels stacked" if wide else "panels"))


def _section(title: str, lead: str, content: Markup) -> Markup:
    return tag("section", tag("h2", title), tag("p", lead, class_="lead") if lead else Markup(), content)


def _legend(session: Session) -> Markup:
    line = tag("line", x1="0", x2="26", y1="5", y2="5", class_="line")
    rows = [
        tag(
            "li",
            tag("svg", line, width="26", height="10", class_=variant_class(session, name), aria_hidden="true"),
            session.variant(name).title,
        )
        for name in findings.measured(session)
    ]
    return tag("ul", *rows, class_="legend")


def _emotions(session: Session, labels: Sequence[str], *, away: bool) -> Markup:
    order = said.order_of(session)
    shown = [(label_class(label, order), label) for label in labels] + ([("nobody", "no face")] if away else [])
    rows = [tag("li", tag("i", class_=f"patch {look}", aria_hidden="true"), label) for look, label in shown]
    return tag("ul", *rows, class_="legend")


def _note(text: str) -> Markup:
    return tag("p", text, class_="note")


def _speed_scale(sessions: Sequence[Session], low: float, high: float) -> svg.Scale:
    """One scale for all sessions, from these percentiles of ``process_ms``."""
    times = [one.runs[name].measured_ms for one in sessions for name in findings.measured(one)]
    if not times:
        return svg.log_scale(1, 10)
    ends = [np.percentile(one, (low, high)) for one in times]
    return svg.log_scale(float(min(end[0] for end in ends)), float(max(end[1] for end in ends)))
