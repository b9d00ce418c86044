"""Painting that the charts share: text cut to its room, a variant's name with its colour, lines kept apart."""

from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from fer_live import palette
from fer_live.gui import theme
from fer_live.report.looks import ON_LIGHT

LINE_PX = 15.0  # from one line of small text to the next
SWATCH_PX = 14.0
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter


def variant_colour(place: int) -> str:
    """The colour of the variant at ``place`` of the manifest, dark enough for lines on a light ground."""
    return palette.variant_colour(place) if theme.current().name == "dark" else ON_LIGHT[place % len(ON_LIGHT)]


def small(*, bold: bool = False) -> QFont:
    """The charts' letters."""
    return theme.font(theme.SMALL_PX, bold=bold, tabular=True)


@lru_cache(maxsize=512)
def width(text: str, *, bold: bool = False) -> float:
    """How wide small text is; remembered until ``forget``."""
    return QFontMetricsF(small(bold=bold)).horizontalAdvance(text)


def forget() -> None:
    """Letters may have changed."""
    width.cache_clear()


def write(
    painter: QPainter,
    area: QRectF,
    text: str,
    colour: str,
    align: Qt.AlignmentFlag = LEFT,
    *,
    bold: bool = False,
) -> None:
    """Small text inside ``area``, cut at its end where there is no room."""
    letters = small(bold=bold)
    painter.setFont(letters)
    painter.setPen(QColor(colour))
    if width(text, bold=bold) > area.width():
        text = QFontMetricsF(letters).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, align, text)


def write_variant(painter: QPainter, area: QRectF, colour: str, title: str, figure: str = "") -> None:
    """A dot in the variant's colour, its title, and a figure that is never cut."""
    now = theme.current()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QPointF(area.left() + 4, area.center().y()), 4, 4)
    painter.restore()
    taken = width(figure) + 6 if figure else 0.0
    write(painter, area.adjusted(SWATCH_PX, 0, -taken, 0), title, now.text)
    write(painter, area, figure, now.muted, RIGHT)


def kept_apart(wishes: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Places as near as can be to ``wishes``, in their order, ``distance`` apart and within ``low`` to ``high``."""
    order = sorted(range(len(wishes)), key=lambda place: wishes[place])
    found: list[float] = []
    for place in order:
        found.append(max(wishes[place], low, found[-1] + distance if found else low))
    limit = high
    for number in reversed(range(len(found))):
        found[number] = min(found[number], limit)
        limit = found[number] - distance
    return [found[order.index(place)] for place in range(len(wishes))]
