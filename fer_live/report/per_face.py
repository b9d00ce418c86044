"""The timeline of each face: when it was in view and what it was said to show, drawn and as a table."""

from dataclasses import dataclass
from typing import Final

from fer_live.report import figures, strip, svg
from fer_live.report.axis import Axis, axis_of
from fer_live.report.faces import SeenFace
from fer_live.report.markup import Markup, tag
from fer_live.report.said import most_said, order_of
from fer_live.report.session import Session
from fer_live.report.strip import Piece
from fer_live.table import counted

MOST: Final = 8  # faces that are drawn; a crowd would fill the page
STRETCHES: Final = 3  # that the table tells of each face


@dataclass(frozen=True)
class Timeline:
    """A face and its pieces along the session's axis; ``most`` and ``share`` are of its most frequent label."""

    face: SeenFace
    parts: list[Piece]
    most: str
    share: float

    @property
    def name(self) -> str:
        """By its number in faces.csv."""
        return f"Face {self.face.track}"

    @property
    def length(self) -> float:
        """How long it was in view, in the unit of the axis."""
        return sum(end - start for start, end, _ in self.parts)


def timelines(session: Session) -> list[Timeline]:
    """Those of the faces that were in view longest, in the order in which they came into view."""
    chosen = sorted(session.faces, key=lambda face: -face.frame.size)[:MOST]
    axis, order, made = axis_of(session), voices(session), []
    for face in (face for face in session.faces if face in chosen):
        label = face.told(order)
        at = (face.frame - 1).astype(float) if axis.by_frame else face.at_s
        made.append(Timeline(face, strip.pieces(at, label, axis), *most_said(label)))
    return made


def voices(session: Session) -> tuple[str, ...]:
    """The variants, the one first that spoke of the most faces and frames (the reference of equals)."""
    names = dict.fromkeys(name for face in session.faces for name in face.said)
    spoke = {
        name: sum(int((face.said[name] != "").sum()) for face in session.faces if name in face.said) for name in names
    }
    return tuple(sorted(names, key=lambda name: (-spoke[name], name != session.facts.reference)))


def face_plot(session: Session, key: str) -> Markup:
    """A line per face with a bar where it was in view, coloured by label."""
    axis, bars, spoken = axis_of(session), [], []
    for one in timelines(session):
        length, share = _length(axis, one.length), figures.percent(one.share)
        spoken.append(f"{one.name}: in view {length}, mostly {one.most}, {share}")
        title = tag("tspan", one.name), tag("tspan", f"  in view {length}", class_="quiet")
        bars.append(strip.Bar(title, f"{one.most} {share}", one.parts, whole=False))
    said = f"A line per face, coloured by label where it was in view. {'; '.join(spoken)}. The table below tells more."
    return strip.plot(key, "Label of each face over the session", said, bars, axis, order_of(session))


def face_note(session: Session) -> str:
    """Whose labels are drawn, what a part of a bar is, and which faces are left out."""
    first, *others = [session.variant(name).title for name in voices(session)]
    elsewhere = " (where it did not run, of another variant that did)" if _silent(session) and others else ""
    told = [f"Labels of {first}{elsewhere}.", strip.note(session.recorded.frames, axis_of(session))]
    left = sorted((face.frame.size for face in session.faces), reverse=True)[MOST:]
    if left:
        whole = sum(face.frame.size for face in session.faces)
        are = "1 more face is" if len(left) == 1 else f"{len(left):,} more faces are"
        told.append(
            f"{are} left out, in view on at most {counted(left[0], 'frame')} each: "
            f"{figures.percent(sum(left) / whole)} of all that was seen of faces."
        )
    return " ".join(told)


def face_table(session: Session) -> Markup:
    """The same in words: from when to when, what each variant said most, and the longest stretches of one label."""
    axis, names = axis_of(session), voices(session)
    heads = ["Face", "first seen", "last seen", "in view", *(session.variant(name).title for name in names)]
    body = []
    for one in timelines(session):
        cells = [_moment(axis, one.parts[0][0]), _moment(axis, one.parts[-1][1]), _length(axis, one.length)]
        cells += [_mostly(one.face, name) for name in names]
        row = [tag("td", cell) for cell in cells]
        longest = sorted(sorted(one.parts, key=lambda part: part[0] - part[1])[:STRETCHES])
        told = [f"{label} {_moment(axis, start)} to {_moment(axis, end)}" for start, end, label in longest]
        body.append(tag("tr", tag("th", one.name, scope="row"), *row, tag("td", "; ".join(told), class_="words")))
    cells = [tag("th", name, scope="col") for name in heads]
    head = tag("thead", tag("tr", *cells, tag("th", "longest stretches of one label", scope="col", class_="words")))
    return tag("table", head, tag("tbody", *body), class_="figures faces")


def _mostly(face: SeenFace, variant: str) -> str:
    most, share = most_said(face.said[variant]) if variant in face.said else ("", 0.0)
    return f"{most} {figures.percent(share)}" if most else figures.NONE


def _silent(session: Session) -> bool:
    """Whether the first voice did not run on all frames with a face."""
    first = voices(session)[0]
    return any(first not in face.said or bool((face.said[first] == "").any()) for face in session.faces)


def _length(axis: Axis, value: float) -> str:
    return counted(round(value), "frame") if axis.by_frame else figures.clock(value)


def _moment(axis: Axis, value: float) -> str:
    return f"frame {value + 1:,.0f}" if axis.by_frame else svg.moment(value, axis.end)
