"""Tiles: the same frame once per variant, in the grid that makes the pictures largest, each with its own readings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from fer_live.gui import overlay, theme, words
from fer_live.gui.overlay import Mark

GAP_PX = 8.0
INSET_PX = 10.0
FIGURES_PX, ROOMY_PX = 46, 200  # a narrower picture has room for its name alone


@dataclass(frozen=True)
class Tile:
    """What one tile shows: a variant (name, title, key numeral, colour), its faces and its measured figures.

    ``main`` is the largest face's mark; ``differs`` says that its word is not the reference's, although each could have
    said the other's: ``labels`` are all that the variant can say.
    """

    variant: str
    title: str
    key: int
    colour: str
    marks: tuple[Mark, ...] = ()
    capacity_fps: float | None = None
    classify_ms: float | None = None
    reference: bool = False
    differs: bool = False
    labels: tuple[str, ...] = ()

    @property
    def main(self) -> Mark | None:
        """The largest face."""
        return self.marks[0] if self.marks else None


def compared(tiles: Sequence[Tile], reference: str) -> tuple[Tile, ...]:
    """The tiles with their reference named, and marked where the main face's word is not the reference's."""
    held_against = next((tile for tile in tiles if tile.variant == reference), None)
    return tuple(
        replace(tile, reference=tile is held_against, differs=held_against is not None and _differ(tile, held_against))
        for tile in tiles
    )


def _differ(one: Tile, other: Tile) -> bool:
    """Whether two say different words of the main face, of which each could have said the other's."""
    if one.main is None or other.main is None or one.main.word == other.main.word:
        return False
    return _can_say(one, other.main.word) and _can_say(other, one.main.word)


def _can_say(tile: Tile, word: str) -> bool:
    return word in tile.labels or word == words.UNSURE


def fitted(area: QRectF, frame: QSizeF) -> QRectF:
    """The largest rectangle of the frame's shape inside ``area``, centred, on whole pixels."""
    if frame.width() <= 0 or frame.height() <= 0:
        return QRectF(area.center(), QSizeF(0, 0))
    scale = min(area.width() / frame.width(), area.height() / frame.height())
    width, height = round(frame.width() * scale), round(frame.height() * scale)
    left, top = round(area.center().x() - width / 2), round(area.center().y() - height / 2)
    return QRectF(left, top, width, height)


def grid(area: QRectF, count: int, frame: QSizeF) -> list[QRectF]:
    """``count`` equal picture rectangles of the frame's shape, packed as large as possible and centred as a block."""
    if count < 1:
        return []
    best: tuple[float, int] | None = None
    for columns in range(1, count + 1):
        cell = _cell(area, columns, -(-count // columns))
        width = fitted(cell, frame).width()
        if cell.width() > 0 and cell.height() > 0 and (best is None or width > best[0]):
            best = (width, columns)
    if best is None:
        return []
    columns = best[1]
    rows = -(-count // columns)
    size = fitted(_cell(area, columns, rows), frame).size()
    block = QSizeF(columns * size.width() + (columns - 1) * GAP_PX, rows * size.height() + (rows - 1) * GAP_PX)
    start = QPointF(round(area.center().x() - block.width() / 2), round(area.center().y() - block.height() / 2))
    places = []
    for place in range(count):
        row, column = divmod(place, columns)
        step = QPointF(column * (size.width() + GAP_PX), row * (size.height() + GAP_PX))
        places.append(QRectF(start + step, size))
    return places


def _cell(area: QRectF, columns: int, rows: int) -> QRectF:
    width = (area.width() - (columns - 1) * GAP_PX) / columns
    height = (area.height() - (rows - 1) * GAP_PX) / rows
    return QRectF(area.left(), area.top(), width, height)


def paint_readings(painter: QPainter, tile: Tile, picture: QRectF, *, alone: bool) -> list[QRectF]:
    """Name, capacity and the footer of a tile; the rectangles they took, so that chips can keep clear of them."""
    roomy = picture.width() >= ROOMY_PX
    figures_px = figures_width(tile) + GAP_PX if roomy else 0.0
    taken = [_paint_name(painter, tile, picture, picture.width() - 2 * INSET_PX - figures_px)]
    if roomy:  # else the side panel alone tells them
        taken.append(_paint_figures(painter, tile, picture))
    if alone:
        return taken
    bottom = picture.bottom() - INSET_PX - overlay.PILL_PX
    left = picture.left() + INSET_PX
    size = overlay.pill_size(tile.main.text, dot=True) if tile.main is not None else QSizeF()
    if tile.main is not None and size.width() <= picture.width() - 2 * INSET_PX:  # else the chip on the face says it
        area = QRectF(picture.left() + INSET_PX, bottom, size.width(), size.height())
        overlay.paint_pill(painter, area, tile.main.text, dot=tile.main.colour)
        taken.append(area)
        left = area.right() + GAP_PX
    note, fill = ("reference", "") if tile.reference else ("differs", theme.DARK.warn) if tile.differs else ("", "")
    if note:
        text = f"≠ {note}" if tile.differs else note
        size = overlay.pill_size(text)
        right = picture.right() - INSET_PX - size.width()
        if right < left and tile.reference:  # the side panel says it too
            return taken
        above = overlay.PILL_PX + overlay.GAP_PX if right < left else 0.0
        area = QRectF(right, bottom - above, size.width(), size.height())
        overlay.paint_pill(painter, area, text, fill=fill)
        taken.append(area)
    return taken


def _paint_name(painter: QPainter, tile: Tile, picture: QRectF, most_px: float) -> QRectF:
    size = overlay.pill_size(tile.title, dot=True)
    width = min(size.width(), most_px)
    area = QRectF(picture.left() + INSET_PX, picture.top() + INSET_PX, max(width, 0.0), size.height())
    overlay.paint_pill(painter, area, tile.title, dot=tile.colour)
    return area


def figures_width(tile: Tile) -> float:
    """Pixels that the figures in the upper right corner of a roomy picture take."""
    big, small = _figure_texts(tile)
    wide = QFontMetricsF(theme.font(theme.LARGE_PX, bold=True, tabular=True)).horizontalAdvance(big)
    return max(wide + 26, QFontMetricsF(theme.font(theme.SMALL_PX, tabular=True)).horizontalAdvance(small)) + 16


def _figure_texts(tile: Tile) -> tuple[str, str]:
    return words.rate(tile.capacity_fps), words.ms(tile.classify_ms)


def _paint_figures(painter: QPainter, tile: Tile, picture: QRectF) -> QRectF:
    big, small = _figure_texts(tile)
    width = figures_width(tile)
    area = QRectF(picture.right() - INSET_PX - width, picture.top() + INSET_PX, width, FIGURES_PX)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(overlay.SHADE)
    painter.drawRoundedRect(area, 6, 6)
    painter.setPen(QColor("#ffffff"))
    unit = theme.font(theme.SMALL_PX)
    painter.setFont(unit)
    inner = area.adjusted(8, 3, -8, -4)
    end = QFontMetricsF(unit).horizontalAdvance("fps") + 4
    top = QRectF(inner.left(), inner.top(), inner.width(), 24)
    right = Qt.AlignmentFlag.AlignRight
    painter.drawText(top.adjusted(0, 3, 0, 0), right | Qt.AlignmentFlag.AlignVCenter, "fps")
    painter.setFont(theme.font(theme.LARGE_PX, bold=True, tabular=True))
    painter.drawText(top.adjusted(0, 0, -end, 0), right | Qt.AlignmentFlag.AlignVCenter, big)
    painter.setFont(theme.font(theme.SMALL_PX, tabular=True))
    painter.setPen(QColor("#d4d8df"))
    painter.drawText(inner, right | Qt.AlignmentFlag.AlignBottom, small)
    return area
