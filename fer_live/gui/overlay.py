"""Painting on the picture: face boxes with their chips, and small pills of text. QPainter only, no widgets."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from fer_live.frame import Box, Face, Prediction
from fer_live.gui import theme, words

SHADE = QColor(14, 16, 20, 190)
PILL_PX = 24.0
GAP_PX = 4.0


@dataclass(frozen=True)
class Mark:
    """A face as it is shown: the box in pixels of the frame, its number, word, score and colour."""

    box: Box
    track: int
    word: str
    score: float | None
    colour: str

    @property
    def text(self) -> str:
        """What the chip says."""
        return self.word if self.score is None else f"{self.word} {self.score:.2f}"


def mark(face: Face, prediction: Prediction) -> Mark:
    """How a face is shown; below ``words.UNSURE_BELOW`` it is honestly "unsure", in gray and without a figure."""
    if prediction.score < words.UNSURE_BELOW:
        return Mark(face.box, face.track, words.UNSURE, None, theme.UNSURE)
    return Mark(face.box, face.track, prediction.label, prediction.score, theme.emotion_colour(prediction.label))


def place_chip(box: QRectF, chip: QSizeF, picture: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """Where a chip goes: above the box, else below it, else inside it; always wholly inside ``picture``.

    Of these places it takes the first that covers the least of the rectangles in ``taken``. A chip larger than the
    picture is cut down to it.
    """
    width, height = min(chip.width(), picture.width()), min(chip.height(), picture.height())
    left = min(max(box.left(), picture.left()), picture.right() - width)
    wishes = (box.top() - height - GAP_PX, box.bottom() + GAP_PX, box.top() + GAP_PX, box.bottom() - height - GAP_PX)
    lowest = picture.bottom() - height
    inside = [top for top in wishes if picture.top() <= top <= lowest]
    places = [QRectF(left, top, width, height) for top in inside]
    if places:
        return min(places, key=lambda place: sum(_area_of(place.intersected(other)) for other in taken))
    return QRectF(left, min(max(wishes[0], picture.top()), lowest), width, height)


def paint_boxes(painter: QPainter, marks: Sequence[tuple[Mark, float]], picture: QRectF, frame: QSizeF) -> None:
    """Draw face boxes with their opacity (0 to 1) onto ``picture``, where a frame of size ``frame`` has been drawn."""
    painter.save()
    painter.setClipRect(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for shown, opacity in marks:
        painter.setOpacity(opacity)
        _paint_box(painter, _area(shown, picture, frame), shown.colour)
    painter.restore()


def paint_chips(
    painter: QPainter,
    marks: Sequence[tuple[Mark, float]],
    picture: QRectF,
    frame: QSizeF,
    taken: Sequence[QRectF] = (),
) -> None:
    """Draw the chips of the same faces, clear of each other and of ``taken`` where there is room."""
    painter.save()
    painter.setClipRect(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    occupied = list(taken)
    for shown, opacity in marks:
        painter.setOpacity(opacity)
        occupied.append(_paint_chip(painter, shown, _area(shown, picture, frame), picture, occupied))
    painter.restore()


def _area_of(area: QRectF) -> float:
    return area.width() * area.height()


def _area(shown: Mark, picture: QRectF, frame: QSizeF) -> QRectF:
    """A face's box in the widget's coordinates."""
    scale, box = picture.width() / frame.width(), shown.box
    corner = QPointF(picture.left() + box.x * scale, picture.top() + box.y * scale)
    return QRectF(corner, QSizeF(box.w * scale, box.h * scale))


def _paint_box(painter: QPainter, area: QRectF, colour: str) -> None:
    radius = min(10.0, area.width() / 6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    around = area.adjusted(-1.75, -1.75, 1.75, 1.75)
    for ink, width, place, bend in (
        (QColor(0, 0, 0, 110), 1.5, around, radius + 1.75),
        (QColor(colour), 2.5, area, radius),
    ):
        painter.setPen(QPen(ink, width))
        painter.drawRoundedRect(place, bend, bend)


def _paint_chip(painter: QPainter, shown: Mark, area: QRectF, picture: QRectF, taken: Sequence[QRectF]) -> QRectF:
    face = theme.font(theme.NORMAL_PX, bold=True, tabular=True)
    metrics = QFontMetricsF(face)
    number = str(shown.track) if shown.track else ""
    head = metrics.horizontalAdvance(number) + 14 if number else 0.0
    wish = QSizeF(head + metrics.horizontalAdvance(shown.text) + 16, PILL_PX)
    chip = place_chip(area, wish, picture.adjusted(2, 2, -2, -2), taken)
    painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
    painter.setBrush(QColor(shown.colour))
    painter.drawRoundedRect(chip, 6, 6)
    painter.setFont(face)
    if number:
        painter.save()
        painter.setClipRect(QRectF(chip.left(), chip.top(), head, chip.height()), Qt.ClipOperation.IntersectClip)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(16, 18, 22, 225))
        painter.drawRoundedRect(chip.adjusted(0.5, 0.5, 0, -0.5), 6, 6)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(QRectF(chip.left(), chip.top(), head, chip.height()), Qt.AlignmentFlag.AlignCenter, number)
        painter.restore()
    painter.setPen(QColor(theme.ink_on(shown.colour)))
    room = chip.adjusted(head + 8, 0, -4, 0)
    text = metrics.elidedText(shown.text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    return chip


def pill_size(text: str, pixels: int = theme.NORMAL_PX, *, dot: bool = False) -> QSizeF:
    """The room a pill with this text takes."""
    metrics = QFontMetricsF(theme.font(pixels, bold=True, tabular=True))
    return QSizeF(metrics.horizontalAdvance(text) + 20 + (16 if dot else 0), PILL_PX)


def paint_pill(
    painter: QPainter, area: QRectF, text: str, *, dot: str = "", fill: str = "", pixels: int = theme.NORMAL_PX
) -> None:
    """A rounded label: dark glass, or ``fill``; ``dot`` is the colour of a disc in front of the text."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(fill) if fill else SHADE)
    painter.drawRoundedRect(area, 6, 6)
    left = area.left() + 10
    if dot:
        painter.setBrush(QColor(dot))
        painter.drawEllipse(QPointF(left + 5, area.center().y()), 5, 5)
        left += 16
    painter.setPen(QColor(theme.ink_on(fill) if fill else "#ffffff"))
    face = theme.font(pixels, bold=True, tabular=True)
    painter.setFont(face)
    room = QRectF(left, area.top(), area.right() - left - 4, area.height())
    text = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, room.width() + 2)
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
