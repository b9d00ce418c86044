"""What all charts have in common: a heading, what the figures are of, the plot, and words while there is none."""

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from fer_live.gui import theme
from fer_live.gui.charts import ink
from fer_live.gui.charts.plot import Canvas, Plot
from fer_live.gui.charts.seen import Seen

NOTHING = "Nothing measured yet"


class Pane(QWidget):
    """One chart. ``drawn`` counts how often it was filled anew."""

    title = ""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.drawn = 0
        self.drawn_at = 0.0
        self.setObjectName("chart")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumSize(200, 96)
        self.setAccessibleName(self.title)
        self.plot = Plot(self)
        self.plot.paint(self.paint)
        self._caption, self._empty = QLabel(self), QLabel(self.plot.widget)
        self._note = ""
        heading = QLabel(self.title, self)
        heading.setFont(theme.font(bold=True))
        self._caption.setProperty("quiet", True)
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setMargin(16)
        self._empty.hide()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(heading)
        row.addWidget(self._caption, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.plot.widget, 1)

    def refresh(self, seen: Seen) -> None:
        """Fill the chart from what there is."""
        self.drawn += 1
        self.drawn_at = time.perf_counter()
        missing = self.fill(seen)
        if missing != self._empty.text():
            self._empty.setText(missing)
            self._place_empty()
        self._empty.setVisible(bool(missing))
        self.plot.update()

    def fill(self, seen: Seen) -> str:
        """Take over the figures; what is said instead of the plot, or "" when there is something to see."""
        raise NotImplementedError

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Paint what is no line, in pixels."""

    def tell(self, caption: str, spoken: str) -> None:
        """What the figures are of, and the figures themselves for who cannot see them."""
        if caption != self._note:
            self._note = caption
            self._show_caption()
        if spoken != self.accessibleDescription():
            self.setAccessibleDescription(spoken)

    def dress(self) -> None:
        """Take on the current theme."""
        ink.forget()
        self.plot.dress()
        self._empty.setStyleSheet(f"background: {theme.current().raised}; color: {theme.current().muted};")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words in their places."""
        super().resizeEvent(event)
        self._show_caption()
        self._place_empty()

    def _place_empty(self) -> None:
        self._empty.setGeometry(self.plot.widget.rect())

    def _show_caption(self) -> None:
        metrics = self._caption.fontMetrics()
        self._caption.setText(metrics.elidedText(self._note, Qt.TextElideMode.ElideRight, self._caption.width()))
        self._caption.setToolTip(self._note)
