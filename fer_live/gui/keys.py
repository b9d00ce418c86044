"""The keys, in one table: what the window binds, what the tooltips say and what the help shows."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fer_live.gui import duel_words, theme, words

# command, key sequences (the first is shown), what it does
KEYS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("variant", ("1", "2", "3", "4", "5", "6", "7", "8", "9"), "Run a variant; when comparing: add it or take it away"),
    ("compare", ("C",), "One variant, or several side by side"),
    ("duel", ("D",), duel_words.TIP),
    ("pause", ("Space",), "Pause and go on"),
    ("start", ("X",), "Stop the source, or start it again"),
    ("record", ("R",), "Record to CSV files, and stop"),
    ("snapshot", ("S",), "Save the picture as it is shown"),
    ("mirror", ("M",), "Mirror the picture"),
    ("full", ("F", "F11"), "Full screen"),
    ("inspector", ("I",), "Show or hide the side panel"),
    ("charts", ("G",), "Show or hide the charts"),
    ("repeat", ("L",), "Repeat clips"),
    ("theme", ("T",), "Follow the system, light, dark"),
    ("open", ("Ctrl+O",), "Open a clip"),
    ("address", ("Ctrl+U",), "Open a stream by its address"),
    ("demo", ("Ctrl+D",), "Play the demo"),
    ("sources", ("Ctrl+L",), "List the sources"),
    ("help", ("?", "F1"), "These keys"),
    ("back", ("Esc",), "Back: leave full screen, close a message"),
)
SCREEN = 0.9  # of its height that the dialog may take
RATES = (
    ("camera", "pictures a second that the source gives"),
    ("processed", "pictures a second that were labelled"),
    ("capacity", "pictures a second that finding and classifying could do"),
)


def shown_key(command: str) -> str:
    """The key of a command as people read it."""
    keys = next(keys for name, keys, _ in KEYS if name == command)
    return "1 - 9" if command == "variant" else keys[0]


def tip(text: str, command: str) -> str:
    """A tooltip with the key of its command."""
    return f"{text} ({shown_key(command)})"


class SpacePresses(QObject):
    """Space pauses, but when a button or a list was reached with Tab it presses that, as people who use keys expect."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep Space from the window's shortcuts while one of them has the focus."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            focused = QApplication.focusWidget()
            if event.key() == Qt.Key.Key_Space and isinstance(focused, QAbstractButton | QComboBox):
                event.accept()
                return True
        return super().eventFilter(watched, event)


class KeysDialog(QDialog):
    """A short help: the keys and what the three rates mean."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(24, 20, 24, 24)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(6)
        heading = QLabel("Keys", self)
        heading.setProperty("large", True)
        grid.addWidget(heading, 0, 0, 1, 2)
        grid.setRowMinimumHeight(1, 4)
        for row, (name, keys, what) in enumerate(KEYS, 2):
            shown = shown_key(name) if name == "variant" else " or ".join(keys)
            self._row(grid, row, shown, what)
        heading = QLabel("THREE RATES", self)
        heading.setProperty("heading", True)
        below = len(KEYS) + 2
        grid.setRowMinimumHeight(below, 32)
        grid.addWidget(heading, below, 0, 1, 2, Qt.AlignmentFlag.AlignBottom)
        for row, (name, what) in enumerate(RATES, below + 1):
            self._row(grid, row, name, what)
        privacy = QLabel(words.PRIVACY, self)
        privacy.setProperty("quiet", True)
        grid.setRowMinimumHeight(grid.rowCount(), 12)
        grid.addWidget(privacy, grid.rowCount(), 0, 1, 2)
        self._put(body)

    def _put(self, body: QWidget) -> None:
        """As large as the words, or as the screen, and then scrolled."""
        scroll = QScrollArea(self)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        wish, room = body.sizeHint(), self.screen().availableSize()
        wide = wish.width() + scroll.verticalScrollBar().sizeHint().width()
        self.resize(min(wide, room.width()), min(wish.height() + 2, round(SCREEN * room.height())))

    def _row(self, grid: QGridLayout, row: int, left: str, right: str) -> None:
        key, what = QLabel(left, self), QLabel(right, self)
        key.setFont(theme.font(bold=True))
        key.setMinimumWidth(round(QFontMetricsF(theme.font(bold=True)).horizontalAdvance("processed ")))
        grid.addWidget(key, row, 0)
        grid.addWidget(what, row, 1)


Command = Callable[[], None]
