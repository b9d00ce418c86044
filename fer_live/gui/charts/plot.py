"""A plot in the app's looks, on pyqtgraph: axes with round values, lines, and a canvas to paint on in pixels.

Only what costs little is used: no menus, no mouse, no automatic ranges, and axes that are laid out anew only when their
marks change.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from fer_live.gui import theme
from fer_live.recent.ring import Column
from fer_live.report.svg import Tick

pyqtgraph.setConfigOptions(antialias=False, exitCleanup=False, useOpenGL=False)

FULL = 100.0  # both axes run from 0 to this, as the places of ``report.svg.Scale`` do
Paint = Callable[[QPainter, "Canvas"], None]


class Canvas(QGraphicsItem):
    """Lies over the whole plot and is painted in pixels, so that text keeps its shape."""

    def __init__(self, paint: Paint) -> None:
        super().__init__()
        self._paint = paint
        self._area = QRectF(0, 0, 1, 1)

    @property
    def area(self) -> QRectF:
        """The plot in pixels; only while painting."""
        return self._area

    def at(self, x: float, y: float) -> QPointF:
        """Percent of the axes, ``y`` from the bottom, in pixels; only while painting."""
        area = self._area
        return QPointF(area.left() + x / FULL * area.width(), area.bottom() - y / FULL * area.height())

    def boundingRect(self) -> QRectF:
        """All of the plot."""
        return QRectF(0, 0, FULL, FULL)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint in pixels."""
        self._area = painter.worldTransform().mapRect(self.boundingRect())
        painter.save()
        painter.resetTransform()
        self._paint(painter, self)
        painter.restore()


class Plot:
    """Axes from 0 to 100 percent, whose marks are given. ``widget`` is what is seen."""

    def __init__(self, parent: QWidget) -> None:
        self._view: Any = pyqtgraph.PlotWidget(parent, enableMenu=False)
        self._item: Any = self._view.getPlotItem()
        self._lines: dict[str, tuple[Any, QGraphicsPathItem]] = {}
        self._canvas: Canvas | None = None
        self._marks: dict[str, list[tuple[float, str]]] = {}
        self.widget: QWidget = self._view
        self.widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view.setFrameShape(self._view.Shape.NoFrame)
        self._item.hideButtons()
        self._item.setMouseEnabled(x=False, y=False)
        self._item.setContentsMargins(0, 6, 2, 0)
        box = self._item.getViewBox()
        box.setDefaultPadding(0)
        box.setRange(xRange=(0, FULL), yRange=(0, FULL), padding=0, disableAutoRange=True)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, tickTextOffset=6, autoReduceTextSpace=False, hideOverlappingLabels=False)
        self.dress()

    def hide_axes(self) -> None:
        """Leave all room to the canvas."""
        for side in ("left", "bottom"):
            self._item.hideAxis(side)

    def most_marks(self, side: str, length: float = 1.0) -> int:
        """How many marks have room on this share of an axis."""
        room = length * (self.height / 22 if side == "left" else self.width / 64)
        return max(3, int(room))

    @property
    def width(self) -> float:
        """The width between the axes' ends, in pixels."""
        return float(self._item.getViewBox().width())

    @property
    def height(self) -> float:
        """The height between the axes' ends, in pixels."""
        return float(self._item.getViewBox().height())

    def paint(self, paint: Paint) -> None:
        """Paint above everything else with ``paint``, whenever the plot is painted."""
        self._canvas = Canvas(paint)
        self._canvas.setZValue(10)
        self._item.getViewBox().addItem(self._canvas, ignoreBounds=True)

    def mark(self, side: str, ticks: Sequence[Tick], width: int = 0) -> None:
        """Marks of the axis ("left" or "bottom") with their text; ``width`` in pixels, or as the text needs."""
        marks = [(tick.place, tick.text) for tick in ticks]
        if self._marks.get(side) != marks:
            self._marks[side] = marks
            axis = self._item.getAxis(side)
            axis.setTicks([marks])
            if side == "left":
                axis.setWidth(width)

    def line(self, key: str, colour: str, x: Column, low: Column, middle: Column, high: Column) -> None:
        """Draw or move a line with a band around it, in percent of the axes; NaN breaks both."""
        if key not in self._lines:
            self._lines[key] = pyqtgraph.PlotCurveItem(connect="finite", skipFiniteCheck=False), QGraphicsPathItem()
            curve, band = self._lines[key]
            self._item.getViewBox().addItem(band, ignoreBounds=True)
            self._item.getViewBox().addItem(curve, ignoreBounds=True)
            band.setPen(QPen(Qt.PenStyle.NoPen))
        curve, band = self._lines[key]
        ink = QColor(colour)
        curve.setPen(QPen(ink, 0))
        curve.setData(x, middle)
        ink.setAlpha(44)
        band.setBrush(ink)
        band.setPath(_band(x, low, high))

    def keep_lines(self, keys: Sequence[str]) -> None:
        """Take away every other line."""
        for key in self._lines.keys() - set(keys):
            for item in self._lines.pop(key):
                self._item.getViewBox().removeItem(item)

    def update(self) -> None:
        """Paint the canvas anew."""
        if self._canvas is not None:
            self._canvas.update()

    def dress(self) -> None:
        """Colours and letters of the current theme."""
        now = theme.current()
        self._view.setBackground(QColor(now.raised))
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setTickFont(theme.font(theme.SMALL_PX, tabular=True))
            axis.setTextPen(QColor(now.muted))
            axis.setPen(QColor(now.line))
            axis.setTickPen(QColor(now.line))
            axis.setGrid(255)
            axis.setZValue(-1000)  # the grid under everything; pyqtgraph lays it above
            if side not in self._marks:
                axis.setTicks([[]])
        self.update()


def _band(x: Column, low: Column, high: Column) -> Any:
    """A closed path around each unbroken part."""
    cuts = np.flatnonzero(~np.isfinite(x))
    xs, ys, joined = [], [], []
    for part in np.split(np.arange(x.size), cuts):
        part = part[np.isfinite(x[part])]
        if part.size > 1:
            xs.append(np.concatenate((x[part], x[part][::-1])))
            ys.append(np.concatenate((high[part], low[part][::-1])))
            joined.append(np.append(np.ones(2 * part.size - 1, np.int32), 0))
    if not xs:
        return pyqtgraph.QtGui.QPainterPath()
    return pyqtgraph.arrayToQPath(np.concatenate(xs), np.concatenate(ys), connect=np.concatenate(joined))
