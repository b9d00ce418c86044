"""What fills the window's middle: the notices, the stage below them, and the message that floats over it."""

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fer_live.gui import words
from fer_live.gui.message import Message
from fer_live.gui.notices import Notices
from fer_live.gui.stage import Stage


class StageArea(QWidget):
    """Notices above the stage, and the message that floats in its middle."""

    def __init__(self, act: Callable[[words.Action], None], parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notices = Notices(self)
        self.stage = Stage(self)
        column.addWidget(self.notices)
        column.addWidget(self.stage, 1)
        self.message = Message(act, self.stage)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low area has room for fewer notices."""
        super().resizeEvent(event)
        self.notices.fit(self.height())
