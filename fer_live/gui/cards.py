"""Variant cards: what ships with a variant and what it does on this machine; radio buttons, or check boxes."""

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QToolButton, QWidget

from fer_live.gui import icons, theme, words
from fer_live.manifest import Variant

SPARK_POINTS = 60
HEIGHT_PX = 58
DISABLED = 0.45  # how much of a card shows while nothing can be chosen
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Reading:
    """What was measured of a variant on this machine: medians over the last seconds."""

    classify_ms: float
    capacity_fps: float


class VariantCard(QAbstractButton):
    """One variant. ``checked`` means that it runs; ``refused`` is why it cannot ("" when it can)."""

    def __init__(self, variant: Variant, place: int, parent: QWidget | None = None, *, own: bool = False) -> None:
        super().__init__(parent)
        self.variant, self.place = variant, place
        self.cross = self._make_cross() if own else None  # takes a model of the user's away again
        self.colour = theme.variant_colour(place)
        self.refused = ""
        self.loading = False
        self.several = False
        self.reading: Reading | None = None
        self._spark: deque[float] = deque(maxlen=SPARK_POINTS)
        self.setCheckable(True)
        self.setFixedHeight(HEIGHT_PX)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._describe()

    def nextCheckState(self) -> None:
        """A press asks; only the engine's answer checks the card, so the window shows what really runs."""

    def set_state(self, *, running: bool, loading: bool, several: bool) -> None:
        """Show whether it runs or is being loaded, and whether several can be chosen."""
        if (running, loading, several) != (self.isChecked(), self.loading, self.several):
            self.setChecked(running)
            self.loading, self.several = loading, several
            if running:
                self.refused = ""
            self._describe()
            self.update()

    def refuse(self, reason: str) -> None:
        """Gray the card and say why in one line."""
        self.refused, self.loading = reason, False
        self._describe()
        self.update()

    def measure(self, reading: Reading | None, *, to_spark: bool) -> None:
        """New figures, None when nothing is measured yet; ``to_spark`` adds a point to the one-minute line."""
        if reading is None:
            self._spark.clear()
        elif to_spark:
            self._spark.append(reading.classify_ms)
        if reading != self.reading or (to_spark and reading):
            self.reading = reading
            self._describe()
            self.update()

    def dress(self) -> None:
        """Icons in the colours of the current theme."""
        if self.cross is not None:
            self.cross.setIcon(icons.icon("close", theme.current().muted, 12))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the cross in its corner."""
        super().resizeEvent(event)
        if self.cross is not None:
            self.cross.move(self.width() - self._right - 10, 7)

    @property
    def _right(self) -> int:
        """Pixels of the first line that the numeral and the cross take at its end."""
        return (0 if self.place >= 9 else 30) + (24 if self.cross is not None else 0)

    def _make_cross(self) -> QToolButton:
        cross = QToolButton(self)
        cross.setObjectName("cross")
        cross.setFixedSize(22, 22)
        cross.setIconSize(QSize(12, 12))
        cross.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        cross.setToolTip(f"Remove {self.variant.title}…")
        cross.setAccessibleName(f"Remove {self.variant.title}")
        return cross

    def sizeHint(self) -> QSize:
        """Two lines of text."""
        return QSize(288, HEIGHT_PX)

    def _describe(self) -> None:
        own = self.variant
        facts = f"{words.size(own.bytes)}, accuracy {words.percent(own.accuracy)} on FER2013 PublicTest"
        measured = "not run yet"
        if self.reading:
            measured = f"{words.ms(self.reading.classify_ms)}, capacity {words.rate(self.reading.capacity_fps)} fps"
        self.setAccessibleName(f"Variant {own.title}")
        self.setAccessibleDescription(self.refused or f"{facts}; on this machine: {measured}")
        key = f" ({self.place + 1})" if self.place < 9 else ""
        tip = f"{own.title}{key}\n{facts}\nOn this machine: {measured}"
        if self.reading:
            tip += "\nMedian time to classify a frame, and the frames per second that finding and classifying allow"
        self.setToolTip(f"{tip}\n{self.refused}" if self.refused else tip)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else DISABLED)
        self._paint_ground(painter, now)
        self._paint_marker(painter, now)
        ink = QColor(now.muted if self.refused else now.text)
        text = QRectF(40, 8, self.width() - 52, 20)
        painter.setPen(ink)
        painter.setFont(theme.font(bold=True))
        size = QFontMetricsF(theme.font(theme.SMALL_PX, tabular=True)).horizontalAdvance(words.size(self.variant.bytes))
        room = text.width() - self._right - (0 if self.refused or self.loading else size + 10)
        metrics = QFontMetricsF(painter.font())
        painter.drawText(text, LEFT, metrics.elidedText(self.variant.title, Qt.TextElideMode.ElideRight, room))
        self._paint_key(painter, now)
        under = QRectF(40, 31, self.width() - 52, 20)
        small = theme.font(theme.SMALL_PX, tabular=True)
        painter.setFont(small)
        painter.setPen(QColor(now.muted))
        if self.refused or self.loading:
            line = self.refused or "loading\u00a0…"
            painter.drawText(under, LEFT, QFontMetricsF(small).elidedText(line, Qt.TextElideMode.ElideRight, 240))
        else:
            self._paint_facts(painter, now, text, under)
        painter.end()

    def _paint_ground(self, painter: QPainter, now: theme.Theme) -> None:
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        fill = now.selected if self.isChecked() else now.hover if self.underMouse() else now.panel
        painter.setBrush(QColor(fill))
        painter.setPen(QPen(QColor(now.accent if self.isChecked() else now.line), 1))
        painter.drawRoundedRect(area, 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRoundedRect(area, 8, 8)

    def _paint_marker(self, painter: QPainter, now: theme.Theme) -> None:
        area = QRectF(13, 10, 16, 16)
        painter.setPen(QPen(QColor(now.accent if self.isChecked() else now.muted), 1.75))
        painter.setBrush(QColor(now.accent) if self.several and self.isChecked() else Qt.BrushStyle.NoBrush)
        if not self.several:
            painter.drawEllipse(area.adjusted(1, 1, -1, -1))
            if self.isChecked():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(now.accent))
                painter.drawEllipse(area.center(), 3.75, 3.75)
            return
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 3, 3)
        if self.isChecked():
            painter.setPen(QPen(QColor(now.on_accent), 1.75))
            tick = [QPointF(17.2, 18.2), QPointF(20, 21), QPointF(25, 15.4)]
            painter.drawPolyline(QPolygonF(tick))

    def _paint_key(self, painter: QPainter, now: theme.Theme) -> None:
        if self.place >= 9:
            return
        area = QRectF(self.width() - 31, 9, 18, 18)
        painter.setPen(QPen(QColor(now.edge), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, 4, 4)
        painter.setPen(QColor(now.muted))
        painter.setFont(theme.font(theme.SMALL_PX, tabular=True))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(self.place + 1))

    def _paint_facts(self, painter: QPainter, now: theme.Theme, title: QRectF, under: QRectF) -> None:
        own, measured = self.variant, self.reading
        painter.drawText(title.adjusted(0, 0, -self._right, 0), RIGHT, words.size(own.bytes))
        # the variant's own colour ties the card to its tile
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colour))
        painter.drawEllipse(QPointF(21, under.center().y()), 4, 4)
        painter.setPen(QColor(now.muted))
        painter.drawText(under, LEFT, f"{words.NONE} %" if own.accuracy is None else words.percent(own.accuracy))
        painter.setPen(QColor(now.text if measured else now.muted))
        spent = words.ms(measured.classify_ms) if measured else f"{words.NONE} ms"
        capacity = words.rate(measured.capacity_fps) if measured else words.NONE
        painter.drawText(QRectF(under.left() + 52, under.top(), 56, 20), RIGHT, spent)
        painter.drawText(under, RIGHT, f"{capacity} fps")
        self._paint_spark(painter, now, QRectF(under.left() + 120, under.top() + 3, under.width() - 120 - 64, 14))

    def _paint_spark(self, painter: QPainter, now: theme.Theme, area: QRectF) -> None:
        if len(self._spark) < 5:
            return
        top = max(max(self._spark) * 1.15, 0.1)
        step = area.width() / (SPARK_POINTS - 1)
        start = area.right() - step * (len(self._spark) - 1)
        points = [QPointF(start + n * step, area.bottom() - v / top * area.height()) for n, v in enumerate(self._spark)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(now.muted), 1.25))
        painter.drawPolyline(QPolygonF(points))
