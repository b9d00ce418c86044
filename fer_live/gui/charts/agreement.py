"""How often the running variants gave the main face the same label, every two of them."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from fer_live.gui import theme
from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import Pane
from fer_live.gui.charts.plot import Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.recent.pairs import Agreement
from fer_live.report import figures
from fer_live.table import counted

HEAD_PX = 20.0
WIDEST_PX, TALLEST_PX = 150.0, 56.0


@dataclass(frozen=True)
class _Variant:
    title: str
    colour: str


class AgreementPane(Pane):
    """A matrix: the share of frames with the same label as a figure, and as the strength of the accent colour."""

    title = "Agreement"
    _variants: tuple[_Variant, ...] = ()
    _cells: tuple[tuple[Agreement, ...], ...] = ()  # row by row; on the diagonal nothing is compared

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.plot.hide_axes()

    def fill(self, seen: Seen) -> str:
        """A row and a column per running variant."""
        minute, names = seen.minute, seen.running
        self._variants, self._cells = (), ()
        if len(names) < 2:
            self.tell("", "Only one variant runs")
            return "One variant runs. Compare several (C) to see how often they agree."
        cells = tuple(tuple(minute.pairs.between(one, other, minute.now_s) for other in names) for one in names)
        pairs = [(a, b) for a in range(len(names)) for b in range(a)]
        if not any(cells[a][b].compared + cells[a][b].apart for a, b in pairs):
            self.tell("", "Nothing compared yet")
            return "Nothing compared yet. It takes a face in view."
        self._variants = tuple(_Variant(seen.title(name), ink.variant_colour(seen.place(name))) for name in names)
        self._cells = cells
        apart = max(cells[a][b].apart for a, b in pairs)
        left_out = f"; {apart:,} with labels that only one knows" if apart else ""
        frames = max(cells[a][b].compared for a, b in pairs)
        said = (
            f"{self._variants[b].title} and {self._variants[a].title} {figures.percent(cells[a][b].share)}"
            for a, b in pairs
        )
        self.tell(f"same label of the main face: last minute, {counted(frames, 'frame')}{left_out}", ", ".join(said))
        return ""

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Titles to the left and above, a cell for every two."""
        if not self._variants:
            return
        area, count = canvas.area, len(self._variants)
        names = min(area.width() * 0.28, 12 + ink.SWATCH_PX + max(ink.width(one.title) for one in self._variants))
        wide = min((area.width() - names) / count, WIDEST_PX)
        tall = min((area.height() - HEAD_PX) / count, TALLEST_PX)
        left, top = area.left() + names, area.top() + HEAD_PX
        for number, one in enumerate(self._variants):
            beside = QRectF(area.left(), top + number * tall, names - 8, tall)
            above = QRectF(left + number * wide + 4, area.top(), wide - 8, HEAD_PX)
            ink.write_variant(painter, beside, one.colour, one.title)
            ink.write_variant(painter, above, one.colour, one.title)
            for column in range(count):
                cell = QRectF(left + column * wide, top + number * tall, wide, tall).adjusted(1.5, 1.5, -1.5, -1.5)
                _paint_cell(painter, cell, self._cells[number][column], same=number == column)


def _paint_cell(painter: QPainter, cell: QRectF, counts: Agreement, *, same: bool) -> None:
    now = theme.current()
    share = counts.share
    ground = QColor(now.accent) if share is not None else QColor(now.hover)
    if share is not None:
        ground.setAlphaF(0.08 + 0.62 * max(2 * share - 1, 0.0))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.panel) if same else ground)
    painter.drawRect(cell)
    if not same:
        ink.write(painter, cell, figures.percent(share), now.text, ink.CENTRE, bold=True)
