"""A whisker: a speed-up and its 95 % interval on a scale that several of them share; the middle line is "as fast"."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from fer_live.comparison import Interval
from fer_live.gui import theme

HEIGHT_PX = 18
LEAST = 1.25  # a scale from 1/1.25 to 1.25 at least, so that noise does not look like much


class Whisker(QWidget):
    """Paints one interval; the sentence beside it says the same in words."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.interval: Interval | None = None
        self._colour = ""
        self._scale = (1 / LEAST, LEAST)

    def show_interval(self, interval: Interval | None, colour: str, scale: tuple[float, float]) -> None:
        """Show an interval (None: only the scale) on a logarithmic ``scale`` from left to right."""
        self.interval, self._colour, self._scale = interval, colour, scale
        self.setToolTip("The line is the reference; right of it is faster. The bar is the 95 % interval.")
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(200, HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axis, the line of the reference, interval and estimate."""
        now, middle = theme.current(), self.height() / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawLine(QPointF(4, middle), QPointF(self.width() - 4, middle))
        painter.setPen(QPen(QColor(now.muted), 1.5))
        painter.drawLine(QPointF(self._x(1), 1), QPointF(self._x(1), self.height() - 1))
        if self.interval is not None:
            found = self.interval
            left, right = self._x(found.low), self._x(found.high)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._colour))
            painter.drawRoundedRect(QRectF(left, middle - 3, max(right - left, 3), 6), 3, 3)
            painter.setPen(QPen(QColor(now.window), 2))
            painter.drawEllipse(QPointF(self._x(found.estimate), middle), 6, 6)
        painter.end()

    def _x(self, ratio: float) -> float:
        low, high = (math.log(end) for end in self._scale)
        return 8 + (math.log(ratio) - low) / (high - low) * (self.width() - 16)


def common_scale(intervals: list[Interval | None]) -> tuple[float, float]:
    """From the smallest to the largest end, 1 included, a little wider."""
    known = [interval for interval in intervals if interval is not None]
    low = min([1 / LEAST, *(interval.low for interval in known)])
    high = max([LEAST, *(interval.high for interval in known)])
    return low / 1.05, high * 1.05
