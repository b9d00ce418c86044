"""Controls that Qt's own are not enough for: with an arrow for their list, or deaf to the wheel."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QSlider, QStyle, QStyleOptionButton, QWidget

from fer_live.gui import icons, theme

ICON_PX, PAD_PX = 18, 10


class ListButton(QPushButton):
    """Icon, text cut in its middle when it is too long, and an arrow: what it shows is chosen from a menu."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.icon_name = "webcam"

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's button, with own contents."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        text, option.text = option.text, ""
        option.icon = QIcon()
        painter = QPainter(self)
        self.style().drawControl(QStyle.ControlElement.CE_PushButton, option, painter, self)
        now, ratio = theme.current(), self.devicePixelRatioF()
        ink = now.text if self.isEnabled() else now.edge
        top = (self.height() - ICON_PX) // 2
        painter.drawPixmap(PAD_PX, top, icons.pixmap(self.icon_name, ink, ICON_PX, ratio))
        left = PAD_PX + ICON_PX + 8
        room = QRect(left, 0, self.width() - left - 30, self.height())
        shown = QFontMetrics(self.font()).elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.setPen(QColor(ink))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        _paint_arrow(painter, self)
        painter.end()


class Picker(QComboBox):
    """A combo box with the icons' own arrow."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's box, then the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        _paint_arrow(painter, self)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls what the box lies in; it chooses nothing by accident."""
        event.ignore()

    def minimumSizeHint(self) -> QSize:
        """Never wider than its place."""
        return QSize(80, super().minimumSizeHint().height())


class Slider(QSlider):
    """A slider that the wheel passes over."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """As with the picker."""
        event.ignore()


def _paint_arrow(painter: QPainter, widget: QWidget) -> None:
    ink = theme.current().muted if widget.isEnabled() else theme.current().edge
    drawn = icons.pixmap("down", ink, ICON_PX, widget.devicePixelRatioF())
    painter.drawPixmap(widget.width() - ICON_PX - 8, (widget.height() - ICON_PX) // 2, drawn)
