"""Which label each face got over the last minute; or, when comparing, which label each variant gave the largest."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from fer_live.gui import theme, words
from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import Pane
from fer_live.gui.charts.plot import FULL, Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.recent.minute import SPAN_S
from fer_live.recent.said import MAIN, PIECE_S, Stretch
from fer_live.report.svg import Tick

MOST_ROWS = 4
NAMES_PX = 98
HEAD_PX = 4.0
TALLEST_PX = 40.0


@dataclass(frozen=True)
class _Row:
    name: str
    colour: str  # of the variant, "" for a face
    band: tuple[tuple[float, float, Stretch], ...]  # from and to in percent of the axis


class EmotionsPane(Pane):
    """Bands of labels, in the emotions' colours and in words wherever a word has room."""

    title = "Emotions"
    _rows: tuple[_Row, ...] = ()

    def fill(self, seen: Seen) -> str:
        """A row per face, or per variant when several run."""
        compared = len(seen.running) > 1
        rows = self._variants(seen) if compared else self._faces(seen)
        self._rows = tuple(row for row in rows if row.band)
        if not self._rows:
            self.tell("", "No face in the last minute")
            return "No face in the last minute"
        step = 15 if self.plot.widget.width() > 400 else 30
        moments = range(-round(SPAN_S), 1, step)
        self.plot.mark(
            "bottom", [Tick(FULL * (1 + at / SPAN_S), f"\N{MINUS SIGN}{-at} s" if at else "now") for at in moments]
        )
        self.plot.mark("left", (), NAMES_PX)
        whose = "main face, by variant" if compared else f"by {seen.title(seen.reference)}"
        self.tell(
            f"{whose}: what most frames of each {PIECE_S:g} s got",
            ", ".join(f"{row.name} {_word(row.band[-1][2])}" for row in self._rows),
        )
        return ""

    def _variants(self, seen: Seen) -> list[_Row]:
        return [
            _Row(seen.title(name), ink.variant_colour(seen.place(name)), _band(seen, name, MAIN))
            for name in seen.running
        ]

    def _faces(self, seen: Seen) -> list[_Row]:
        if not seen.reference:
            return []
        last = seen.minute.said.tracks(seen.reference, seen.minute.since_s)[-MOST_ROWS:]
        return [_Row(f"Face {track}", "", _band(seen, seen.reference, track)) for track in sorted(last)]

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Rows from top to bottom, names beside them."""
        if not self._rows:
            return
        area = canvas.area
        painter.setClipping(False)  # the names stand beside the plot
        tall = min(area.height() / len(self._rows), TALLEST_PX)
        for number, row in enumerate(self._rows):
            room = QRectF(area.left(), area.top() + number * tall, area.width(), tall)
            self._paint_row(painter, row, room)

    def _paint_row(self, painter: QPainter, row: _Row, room: QRectF) -> None:
        name = QRectF(2, room.top(), NAMES_PX - 8, room.height())
        if row.colour:
            ink.write_variant(painter, name, row.colour, row.name)
        else:
            ink.write(painter, name, row.name, theme.current().text)
        band = room.adjusted(0, HEAD_PX, 0, -HEAD_PX)
        for start, end, stretch in row.band:
            left = room.left() + start / FULL * room.width()
            part = QRectF(left, band.top(), (end - start) / FULL * room.width(), band.height())
            _paint_stretch(painter, part, stretch)


def _band(seen: Seen, variant: str, track: int) -> tuple[tuple[float, float, Stretch], ...]:
    found = []
    for stretch in seen.minute.said.stretches(variant, track, seen.minute.since_s, words.UNSURE_BELOW):
        start, end = (FULL * (at - seen.minute.since_s) / SPAN_S for at in (stretch.start_s, stretch.end_s))
        if end > 0 and start < FULL:
            found.append((max(start, 0.0), min(end, FULL), stretch))
    return tuple(found)


def _word(stretch: Stretch) -> str:
    return stretch.label if stretch.sure else words.UNSURE


def _paint_stretch(painter: QPainter, part: QRectF, stretch: Stretch) -> None:
    now = theme.current()
    colour = QColor(theme.emotion_colour(stretch.label) if stretch.sure else theme.UNSURE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour if stretch.sure else QBrush(colour, Qt.BrushStyle.BDiagPattern))
    painter.drawRect(part)
    if now.name == "light" and stretch.sure:  # yellow on white needs an edge to be seen
        painter.setPen(QPen(colour.darker(150), 1))
        painter.drawLine(part.topLeft(), part.topRight())
        painter.drawLine(part.bottomLeft(), part.bottomRight())
    text = _word(stretch)
    if part.width() > ink.width(text, bold=True) + 10 and part.height() >= 12:
        letters = theme.ink_on(colour.name()) if stretch.sure else now.text
        ink.write(painter, part, text, letters, ink.CENTRE, bold=True)
