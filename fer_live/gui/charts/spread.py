"""How the times of each variant spread over the last minute."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fer_live.gui import theme
from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import NOTHING, Pane
from fer_live.gui.charts.plot import FULL, Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.recent.pieces import density
from fer_live.recent.ring import Column
from fer_live.report import figures
from fer_live.report.svg import Scale, Tick, log_scale
from fer_live.stats import summarise
from fer_live.table import counted

STEPS = 72
NAMES_PX, FIGURES_PX = 104, 80.0
GAP_PX = 3.0


@dataclass(frozen=True)
class _Hill:
    title: str
    colour: str
    n: int
    p50: float
    p95: float
    heights: Column  # 0 to 1 over the axis
    places: tuple[float, float]  # p50 and p95 on the axis, in percent

    @property
    def figures(self) -> tuple[str, str]:
        return f"p50 {figures.ms(self.p50)} ms", f"p95 {figures.ms(self.p95)} ms"


class SpreadPane(Pane):
    """A hill per variant over a common logarithmic axis, with its median and its 95th percentile."""

    title = "Distribution"
    _hills: tuple[_Hill, ...] = ()
    _edge = 1.0  # the share of the width that the hills have; behind them stand the figures

    def fill(self, seen: Seen) -> str:
        """A row per variant that ran in the last minute."""
        times = {name: seen.minute.times(name)[1] for name in seen.manifest.names}
        times = {name: column for name, column in times.items() if column.size}
        if not times:
            self._hills = ()
            self.tell("", NOTHING)
            return f"{NOTHING}. It takes a face in view."
        ends = [np.percentile(column, (1, 99)) for column in times.values()]
        scale = log_scale(min(float(low) for low, _ in ends), max(float(high) for _, high in ends))
        self._hills = tuple(self._hill(seen, name, column, scale) for name, column in times.items())
        self._edge = max(1 - self._figures_px / max(self.plot.width, 1.0), 0.4)
        ticks = scale.ticks("{:g} ms", most=self.plot.most_marks("bottom", self._edge))
        self.plot.mark("bottom", [Tick(tick.place * self._edge, tick.text) for tick in ticks])
        self.plot.mark("left", (), NAMES_PX)
        frames = max(hill.n for hill in self._hills)
        self.tell(
            f"ms to classify a frame; p50 and p95 marked; {counted(frames, 'frame')}",
            ", ".join(f"{hill.title} {' '.join(hill.figures)}" for hill in self._hills),
        )
        return ""

    def _hill(self, seen: Seen, name: str, column: Column, scale: Scale) -> _Hill:
        told = summarise(column)
        heights = density(column, scale.low, scale.high, STEPS)
        places = scale.at(told.p50), scale.at(told.p95)
        return _Hill(
            seen.title(name), ink.variant_colour(seen.place(name)), told.n, told.p50, told.p95, heights, places
        )

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Rows from top to bottom: the name, the hill, the figures."""
        if not self._hills:
            return
        painter.setClipping(False)  # the names stand beside the plot
        area = canvas.area
        row = area.height() / len(self._hills)
        for number, hill in enumerate(self._hills):
            top = area.top() + number * row
            room = QRectF(area.left(), top + GAP_PX, self._edge * area.width(), row - GAP_PX)
            _paint_hill(painter, hill, room)
            ink.write_variant(painter, QRectF(2, top, NAMES_PX - 8, row), hill.colour, hill.title)
            self._write_figures(painter, hill, QRectF(room.right() + 8, top, area.right() - room.right() - 8, row))

    @property
    def _figures_px(self) -> float:
        return FIGURES_PX if self._tall else 2 * FIGURES_PX

    @property
    def _tall(self) -> bool:
        """Whether a row has room for two lines of text."""
        return self.plot.height >= 2 * ink.LINE_PX * max(len(self._hills), 1)

    def _write_figures(self, painter: QPainter, hill: _Hill, room: QRectF) -> None:
        first, second = hill.figures
        half = room.width() / 2
        if self._tall:
            middle = room.center().y()
            line = QRectF(room.left(), middle - ink.LINE_PX, room.width(), ink.LINE_PX)
            ink.write(painter, line, first, theme.current().text, ink.RIGHT)
            ink.write(painter, line.translated(0, ink.LINE_PX), second, theme.current().muted, ink.RIGHT)
        else:
            ink.write(painter, room.adjusted(0, 0, -half, 0), first, theme.current().text, ink.RIGHT)
            ink.write(painter, room.adjusted(half, 0, 0, 0), second, theme.current().muted, ink.RIGHT)


def _paint_hill(painter: QPainter, hill: _Hill, room: QRectF) -> None:
    now = theme.current()
    foot, tall, step = room.bottom() - 1, room.height() - 1, room.width() / STEPS
    peaks = [
        QPointF(room.left() + (place + 0.5) * step, foot - tall * height)
        for place, height in enumerate(hill.heights.tolist())
    ]
    outline = QPolygonF([QPointF(room.left(), foot), *peaks, QPointF(room.right(), foot)])
    fill = QColor(hill.colour)
    fill.setAlpha(80)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(fill)
    painter.setPen(QPen(QColor(hill.colour), 1.25))
    painter.drawPolygon(outline)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    for place, style in zip(hill.places, (Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine), strict=True):
        x = room.left() + place / FULL * room.width()
        painter.setPen(QPen(QColor(now.text), 1, style))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, foot))
