"""Which label each face got over the last minute; or, when comparing, which label each variant gave the largest."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from fer_live.gui import theme, words
from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import Pane
from fer_live.gui.charts.plot import Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.gui.charts.time_axis import time_axis
from fer_live.recent.pieces import PIECE_S
from fer_live.recent.said import MAIN, Stretch

MOST_ROWS = 4
NAMES_PX = 104
KEY_PX = 18.0
GAP_PX = 3.0
TALLEST_PX = 44.0
NO_FACE = "No face in the last minute"


@dataclass(frozen=True)
class _Part:
    left: float  # in percent of the axis
    right: float
    word: str
    colour: str
    sure: bool


@dataclass(frozen=True)
class _Row:
    name: str
    colour: str  # of the variant, "" for a face
    band: tuple[_Part, ...]


class EmotionsPane(Pane):
    """Bands of labels in the emotions' colours, with a key, and with words wherever a word has room."""

    title = "Emotions"
    _axis = time_axis(1.0)
    _rows: tuple[_Row, ...] = ()
    _key: tuple[_Part, ...] = ()  # one part of each word, the longest seen first

    def fill(self, seen: Seen) -> str:
        """A row per face, or per variant when several run."""
        self._axis = time_axis(self.plot.width)
        compared = len(seen.running) > 1
        rows = self._variants(seen) if compared else self._faces(seen)
        self._rows = tuple(row for row in rows if row.band)
        self._key = _key(self._rows)
        if not self._rows:
            self.tell("", NO_FACE)
            return f"{NO_FACE}."
        self.plot.mark("bottom", self._axis.ticks())
        self.plot.mark("left", (), NAMES_PX)
        whose = "main face by variant" if compared else f"by {seen.title(seen.reference)}"
        self.tell(
            f"{whose}, the most frequent label of each {PIECE_S:g} s",
            ", ".join(f"{row.name} {row.band[-1].word}" for row in self._rows),
        )
        return ""

    def _variants(self, seen: Seen) -> list[_Row]:
        places = {name: ink.variant_colour(seen.place(name)) for name in seen.running}
        return [_Row(seen.title(name), colour, self._band(seen, name, MAIN)) for name, colour in places.items()]

    def _faces(self, seen: Seen) -> list[_Row]:
        tracks = seen.minute.said.tracks(seen.reference, seen.minute.since_s)[:MOST_ROWS]
        return [_Row(f"Face {track}", "", self._band(seen, seen.reference, track)) for track in sorted(tracks)]

    def _band(self, seen: Seen, variant: str, track: int) -> tuple[_Part, ...]:
        now_s, since_s = seen.minute.now_s, seen.minute.since_s
        said = seen.minute.said.stretches(variant, track, since_s, words.UNSURE_BELOW)
        said = [stretch for stretch in said if stretch.end_s > since_s]
        lefts = self._axis.at([stretch.start_s for stretch in said], now_s).tolist()
        rights = self._axis.at([min(stretch.end_s, now_s) for stretch in said], now_s).tolist()
        return tuple(_part(*ends) for ends in zip(lefts, rights, said, strict=True))

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """The key, then rows from top to bottom with their names beside them."""
        if not self._rows:
            return
        painter.setClipping(False)  # the names stand beside the plot
        area = canvas.area
        self._paint_key(painter, QRectF(canvas.at(self._axis.start, 0).x(), area.top(), area.width(), KEY_PX))
        tall = min((area.height() - KEY_PX) / len(self._rows), TALLEST_PX)
        for number, row in enumerate(self._rows):
            room = QRectF(area.left(), area.top() + KEY_PX + number * tall, area.width(), tall)
            name = QRectF(2, room.top(), NAMES_PX - 8, room.height())
            if row.colour:
                ink.write_variant(painter, name, row.colour, row.name)
            else:
                ink.write(painter, name, row.name, theme.current().text)
            for part in row.band:
                left, right = canvas.at(part.left, 0).x(), canvas.at(part.right, 0).x()
                _paint_part(painter, QRectF(left, room.top() + GAP_PX, right - left, tall - 2 * GAP_PX), part)

    def _paint_key(self, painter: QPainter, room: QRectF) -> None:
        left = room.left()
        for part in self._key:
            wide = ink.width(part.word)
            if left + wide + 14 > room.right():
                return
            _paint_ground(painter, QRectF(left, room.center().y() - 5, 10, 10), part)
            ink.write(painter, QRectF(left + 14, room.top(), wide + 2, room.height()), part.word, theme.current().muted)
            left += wide + 28


def _part(left: float, right: float, stretch: Stretch) -> _Part:
    word = stretch.label if stretch.sure else words.UNSURE
    colour = theme.emotion_colour(stretch.label) if stretch.sure else theme.UNSURE
    return _Part(left, right, word, colour, stretch.sure)


def _key(rows: tuple[_Row, ...]) -> tuple[_Part, ...]:
    lengths: dict[str, float] = {}
    parts: dict[str, _Part] = {}
    for part in (part for row in rows for part in row.band):
        lengths[part.word] = lengths.get(part.word, 0.0) + part.right - part.left
        parts[part.word] = part
    return tuple(parts[word] for word in sorted(lengths, key=lambda word: -lengths[word]))


def _paint_part(painter: QPainter, area: QRectF, part: _Part) -> None:
    _paint_ground(painter, area, part)
    if area.width() > ink.width(part.word, bold=True) + 8 and area.height() >= 12:
        letters = theme.ink_on(part.colour) if part.sure else theme.current().text
        ink.write(painter, area, part.word, letters, ink.CENTRE, bold=True)


def _paint_ground(painter: QPainter, area: QRectF, part: _Part) -> None:
    colour = QColor(part.colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour if part.sure else QBrush(colour, Qt.BrushStyle.BDiagPattern))
    painter.drawRect(area)
    if theme.current().name == "light":  # yellow on white needs an edge to be seen
        painter.setPen(QPen(colour.darker(150), 1))
        painter.drawLine(area.topLeft(), area.topRight())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
