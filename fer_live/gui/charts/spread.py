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
from fer_live.report.svg import Scale, log_scale
from fer_live.stats import summarise

STEPS = 72
HEAD_PX = 16.0


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
    def figure(self) -> str:
        return f"p50 {figures.ms(self.p50)}   p95 {figures.ms(self.p95)} ms"


class SpreadPane(Pane):
    """A hill per variant over a common logarithmic axis, with its median and its 95th percentile."""

    title = "Distribution"
    _hills: tuple[_Hill, ...] = ()

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
        self.plot.mark("bottom", scale.ticks("{:g} ms", most=7))
        self.plot.mark("left", (), 1)
        self._hills = tuple(self._hill(seen, name, column, scale) for name, column in times.items())
        frames = max(hill.n for hill in self._hills)
        self.tell(
            f"ms to classify a frame: last minute, {frames:,} frames",
            ", ".join(f"{hill.title} {hill.figure}" for hill in self._hills),
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
        """Rows from top to bottom."""
        if not self._hills:
            return
        area = canvas.area
        row = area.height() / len(self._hills)
        for number, hill in enumerate(self._hills):
            top = area.top() + number * row
            self._paint_hill(painter, hill, QRectF(area.left(), top, area.width(), row))

    def _paint_hill(self, painter: QPainter, hill: _Hill, room: QRectF) -> None:
        now = theme.current()
        foot, tall = room.bottom() - 1, max(room.height() - HEAD_PX - 3, 6.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = room.width() / STEPS
        peaks = [
            QPointF(room.left() + (place + 0.5) * step, foot - tall * height)
            for place, height in enumerate(hill.heights.tolist())
        ]
        outline = QPolygonF([QPointF(room.left(), foot), *peaks, QPointF(room.right(), foot)])
        fill = QColor(hill.colour)
        fill.setAlpha(80)
        painter.setBrush(fill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(outline)
        painter.setPen(QPen(QColor(hill.colour), 1.25))
        painter.drawPolyline(outline)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        for place, style in zip(hill.places, (Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine), strict=True):
            x = room.left() + place / FULL * room.width()
            painter.setPen(QPen(QColor(now.text), 1.5, style))
            painter.drawLine(QPointF(x, foot - tall), QPointF(x, foot))
        ink.write_variant(
            painter,
            QRectF(room.left() + 2, room.top(), room.width() - 6, HEAD_PX),
            hill.colour,
            hill.title,
            hill.figure,
        )
