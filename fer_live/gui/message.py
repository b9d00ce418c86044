"""What the middle of the stage says."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from fer_live.gui import theme
from fer_live.gui.focus import hand_on_focus
from fer_live.gui.words import ACTION_TITLES, Action, Sentence, breakable

KEYS: dict[Action, str] = {
    "open": "Ctrl+O",
    "address": "Ctrl+U",
    "demo": "Ctrl+D",
    "again": "X",
    "start": "X",
    "retry": "X",
}
WIDEST_PX, PAD_PX = 560, 32


class Message(QWidget):
    """A sentence in the middle of its parent, with at most two buttons. Hidden while there is nothing to say.

    It never reaches beyond its parent: there, words too long for it are scrolled and the buttons stay.
    """

    def __init__(self, act: Callable[[Action], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._act, self._around = act, parent
        self.sentence: Sentence | None = None
        self._text, self._detail = QLabel(self), QLabel(self)
        self._text.setProperty("large", True)
        self._detail.setProperty("detail", True)
        for label in (self._text, self._detail):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme.GRID_PX)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(PAD_PX, PAD_PX - 8, PAD_PX, PAD_PX - 8)
        rows.setSpacing(theme.GRID_PX)
        self._scroll = self._make_scroll()
        rows.addWidget(self._scroll, 1)
        rows.addLayout(self._buttons)
        parent.installEventFilter(self)
        self.hide()

    def _make_scroll(self) -> QScrollArea:
        body = QWidget()
        body.setMinimumSize(1, 1)  # else that of its words broken as narrow as can be, which is far too high
        self._words = QVBoxLayout(body)
        self._words.setContentsMargins(0, 0, 0, 0)
        self._words.setSpacing(theme.GRID_PX)
        self._words.addWidget(self._text)
        self._words.addWidget(self._detail)
        scroll = QScrollArea(self)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumHeight(1)  # the buttons come first
        scroll.setAccessibleName("Message")
        scroll.setWidget(body)
        return scroll

    def say(self, sentence: Sentence | None) -> None:
        """Show a sentence, or nothing. Saying the same again changes nothing."""
        if sentence == self.sentence:
            return
        self.sentence = sentence
        hand_on_focus(self)
        if sentence is None:
            self.hide()
            return
        self._text.setText(breakable(sentence.text))
        self._detail.setText(breakable(sentence.detail))
        self._detail.setVisible(bool(sentence.detail))
        self._scroll.verticalScrollBar().setValue(0)
        self.setAccessibleName(f"{sentence.text} {sentence.detail}".strip())
        self._show_buttons(sentence.actions)
        self.show()
        self.place()

    def place(self) -> None:
        """In the middle of the parent, as high as the words need and the parent has room for."""
        around = self._around.rect()
        lines = [label.fontMetrics().horizontalAdvance(label.text()) for label in (self._text, self._detail)]
        wish = max(*lines, self._buttons.sizeHint().width()) + 2 * PAD_PX + 8
        width = min(WIDEST_PX, wish, max(260, around.width() - 32))
        foot = self._buttons.sizeHint().height() + theme.GRID_PX if self._buttons.count() else 0
        wish = self._words.heightForWidth(width - 2 * PAD_PX) + foot + 2 * (PAD_PX - 8)
        height = min(wish, around.height())
        self._let_scroll(height < wish)
        self.setGeometry((around.width() - width) // 2, (around.height() - height) // 2, width, height)
        self.raise_()

    def _let_scroll(self, needed: bool) -> None:
        """By the arrow keys, too. A bar that was needed once would stay: beside it the words take another line."""
        self._scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus if needed else Qt.FocusPolicy.NoFocus)
        bar = Qt.ScrollBarPolicy
        self._scroll.setVerticalScrollBarPolicy(bar.ScrollBarAsNeeded if needed else bar.ScrollBarAlwaysOff)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle of the parent, whose size changes when notices come and go."""
        if event.type() == QEvent.Type.Resize and self.sentence is not None:
            self.place()
        return super().eventFilter(watched, event)

    def _show_buttons(self, actions: tuple[Action, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._buttons.setContentsMargins(0, theme.GRID_PX if actions else 0, 0, 0)
        if not actions:
            return
        self._buttons.addStretch()
        for place, action in enumerate(actions[:2]):
            button = QPushButton(ACTION_TITLES[action], self)
            button.setProperty("primary", place == 0)
            button.setObjectName(f"act-{action}")
            button.setToolTip(f"{ACTION_TITLES[action]} ({KEYS[action]})")
            button.setAccessibleName(ACTION_TITLES[action].rstrip("…"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves Space to the picture
            button.clicked.connect(lambda _=False, action=action: self._act(action))
            self._buttons.addWidget(button)
            button.show()
        self._buttons.addStretch()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A quiet panel, so that the words read on any picture."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().window))
        painter.drawRoundedRect(self.rect(), 12, 12)
        painter.end()
