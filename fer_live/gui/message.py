"""What the middle of the stage says, and the bars above it that go away by themselves."""

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fer_live.gui import icons, theme
from fer_live.gui.words import ACTION_TITLES, Action, Sentence

REFUSED_MS = 8000
LONG_WORD = 24  # letters
MOST_BARS, LOW_PX = 3, 420  # a lower stage has room for the newest bar alone
KEYS: dict[Action, str] = {
    "open": "Ctrl+O",
    "address": "Ctrl+U",
    "demo": "Ctrl+D",
    "again": "X",
    "start": "X",
    "retry": "X",
}


def breakable(text: str) -> str:
    """``text`` with places at which long words, such as file names, may be broken into lines."""
    return re.sub(rf"([_-]|[^\s_-]{{{LONG_WORD}}})(?=\S)", "\\1\u200b", text)


def hand_on_focus(going: QWidget) -> None:
    """Give the keys that ``going``, or a part of it, had back to the window: Qt would give them to any button.

    Space would then press that button, which nobody chose.
    """
    focused = QApplication.focusWidget()
    if focused is not None and (focused is going or going.isAncestorOf(focused)):
        focused.clearFocus()


class Message(QWidget):
    """A sentence in the middle of its parent, with at most two buttons. Hidden while there is nothing to say."""

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
        rows = self._column = QVBoxLayout(self)
        rows.setContentsMargins(32, 24, 32, 24)
        rows.setSpacing(theme.GRID_PX)
        rows.addWidget(self._text)
        rows.addWidget(self._detail)
        rows.addLayout(self._buttons)
        self.hide()

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
        self.setAccessibleName(f"{sentence.text} {sentence.detail}".strip())
        self._show_buttons(sentence.actions)
        self.show()
        self.place()

    def place(self) -> None:
        """Centre in the parent; call it when the parent's size changes."""
        parent, column = self._around, self._column
        words = [self._text.fontMetrics().horizontalAdvance(self._text.text())]
        words.append(self._detail.fontMetrics().horizontalAdvance(self._detail.text()))
        wish = max(*words, self._buttons.sizeHint().width()) + 72
        width = min(560, wish, max(260, parent.width() - 32))
        column.activate()
        height = column.heightForWidth(width) if column.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry((parent.width() - width) // 2, (parent.height() - height) // 2, width, height)
        self.raise_()

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


class Notice(QFrame):
    """One line above the stage with an icon, perhaps a button, and a cross; ``after_ms`` 0 stays until it is closed."""

    def __init__(self, text: str, kind: str, after_ms: int, closed: Callable[["Notice"], None]) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.kind, self.text = kind, text
        self._closed = closed
        self._icon = QLabel(self)
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)  # a title or a file name may look like markup
        label.setWordWrap(True)
        if kind == "error":  # to be copied into a question; it costs too much for the line of the first start
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(text)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 4, 4, 4)
        self._row.setSpacing(10)
        self._row.addWidget(self._icon)
        self._row.addWidget(label, 1)
        self._cross = QToolButton(self)
        self._cross.setProperty("bare", True)
        self._cross.setToolTip("Close (Esc)")
        self._cross.setAccessibleName("Close this message")
        self._cross.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._cross.clicked.connect(self.dismiss)
        self._row.addWidget(self._cross)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if after_ms:
            self._timer.start(after_ms)
        self.dress()

    def offer(self, title: str, tip: str, act: Callable[[], None]) -> None:
        """Add a button in front of the cross."""
        button = QPushButton(title, self)
        button.setToolTip(tip)
        button.setAccessibleName(title)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _=False: act())
        self._row.insertWidget(self._row.count() - 1, button)

    def dress(self) -> None:
        """Colours of the current theme."""
        now = theme.current()
        name, colour = {
            "error": ("warn", now.danger),
            "privacy": ("lock", now.accent),
            "done": ("folder", now.accent),
        }.get(self.kind, ("info", now.accent))
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icons.pixmap(name, colour, 18, ratio))
        self._cross.setIcon(icons.icon("close", now.muted, 16))

    def dismiss(self) -> None:
        """Close it; once."""
        self._timer.stop()
        hand_on_focus(self)
        self.hide()
        self._closed(self)


class Notices(QWidget):
    """The place of the bars above the stage: the newest last, at most three, in a low window one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(12, 12, 12, 0)
        self._rows.setSpacing(theme.GRID_PX)
        self.shown: list[Notice] = []
        self._room_px = LOW_PX
        self.hide()

    def add(self, text: str, kind: str = "info", after_ms: int = REFUSED_MS) -> Notice:
        """Show a bar; one with the same words is replaced."""
        for old in [bar for bar in self.shown if bar.text == text] + self.shown[:-2]:
            old.dismiss()
        bar = Notice(text, kind, after_ms, self._gone)
        self.shown.append(bar)
        self._rows.addWidget(bar)
        self.show()
        self.fit(self._room_px)
        return bar

    def fit(self, room_px: int) -> None:
        """Show as many bars as an area of this height has room for; those left out come back when newer ones go."""
        self._room_px = room_px
        most = MOST_BARS if room_px >= LOW_PX else 1
        for place, bar in enumerate(reversed(self.shown)):
            bar.setVisible(place < most)

    def dress(self) -> None:
        """Colours of the current theme."""
        for bar in self.shown:
            bar.dress()

    def _gone(self, bar: Notice) -> None:
        if bar not in self.shown:
            return
        self.shown.remove(bar)
        self._rows.removeWidget(bar)
        bar.deleteLater()
        self.setVisible(bool(self.shown))
        self.fit(self._room_px)
