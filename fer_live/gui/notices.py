"""The bars above the stage, which go away by themselves or are closed."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from fer_live.gui import icons, theme
from fer_live.gui.focus import show_or_hide
from fer_live.gui.words import breakable

REFUSED_MS = 8000
MOST_BARS, LOW_PX = 3, 420  # a lower stage has room for the newest bar alone


class Notice(QFrame):
    """One line above the stage with an icon, perhaps a button, and a cross; ``after_ms`` 0 stays until it is closed."""

    def __init__(self, text: str, kind: str, after_ms: int, closed: Callable[["Notice"], None]) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.kind, self.text = kind, text
        self._closed = closed
        self._icon = QLabel(self)
        label = QLabel(breakable(text), self)  # ``text`` itself stays whole: equal bars are found by it
        label.setTextFormat(Qt.TextFormat.PlainText)  # a title or a file name may look like markup
        label.setWordWrap(True)
        label.setMinimumWidth(1)  # else the bar is as high as this text needs at the width of its longest word
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
        self.setTabOrder(button, self._cross)

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
        show_or_hide(self, shown=False)
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
            show_or_hide(bar, shown=place < most)

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
