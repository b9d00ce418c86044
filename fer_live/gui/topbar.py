"""The bar at the top: what is watched, whether it runs, one variant or several, and the window's own switches."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from fer_live.gui import duel_words, icons, theme
from fer_live.gui.controls import ListButton
from fer_live.gui.focus import hand_on_focus
from fer_live.gui.keys import tip
from fer_live.source import CameraInfo, Source

SOURCE_PX = 112, 216  # the source's width, least and most
ICON_ONLY_PX = 44
THEMES = {"system": "Theme: as the system", "light": "Theme: light", "dark": "Theme: dark"}


class TopBar(QWidget):
    """Buttons for the window to connect; it decides nothing itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        self._narrow = False
        self.source = SourceButton(self)
        self.start = self._push("Stop", "stop", tip("Stop the source", "start"))
        self.pause = self._push("Pause", "pause", tip("Pause", "pause"))
        self.pause.setCheckable(True)
        self.repeat = self._bare("Repeat clips", "repeat", tip("Repeat clips", "repeat"), checkable=True)
        self.single = self._push("Single", "single", tip("One variant", "compare"))
        self.compare = self._push("Compare", "compare", tip("Two to four variants on the same picture", "compare"))
        for side, button in (("left", self.single), ("right", self.compare)):
            button.setProperty("segment", side)
            button.setCheckable(True)
        self.duel = self._push("Duel", "duel", f"{tip(duel_words.TIP, 'duel')}\n{duel_words.WHO}")
        self.charts = self._bare("Charts", "charts", tip("Charts", "charts"), checkable=True)
        self.theme = self._bare("Theme", "system", tip(THEMES["system"], "theme"))
        self.full = self._bare("Full screen", "full", tip("Full screen", "full"))
        self.inspector = self._bare("Side panel", "inspector", tip("Side panel", "inspector"), checkable=True)
        self.help = self._bare("Keys", "help", tip("Keys and help", "help"))
        self._lay_out()
        self.show_running(running=False)
        self.show_mode(compare=False)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(theme.GRID_PX)
        row.addWidget(self.source)
        row.addWidget(self.start)
        row.addWidget(self.pause)
        row.addWidget(self.repeat)
        row.addStretch(1)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        segments.addWidget(self.single)
        segments.addWidget(self.compare)
        row.addLayout(segments)
        row.addWidget(self.duel)
        row.addStretch(1)
        for button in (self.charts, self.theme, self.full, self.inspector, self.help):
            row.addWidget(button)

    def show_running(self, *, running: bool) -> None:
        """Start or Stop."""
        self._write(self.start, "Stop" if running else "Start")
        self.start.setProperty("icon_name", "stop" if running else "start")
        self.start.setToolTip(tip("Stop the source" if running else "Start the source", "start"))
        self.start.setAccessibleName("Stop" if running else "Start")
        _enable(self.pause, able=running)
        self._dress(self.start)

    def show_paused(self, *, paused: bool) -> None:
        """Pause or Go on."""
        self.pause.setChecked(paused)
        self.pause.setProperty("icon_name", "start" if paused else "pause")
        self._write(self.pause, "Go on" if paused else "Pause")
        self.pause.setAccessibleName("Go on" if paused else "Pause")
        self.pause.setToolTip(tip("Go on" if paused else "Pause", "pause"))
        self._dress(self.pause)

    def show_mode(self, *, compare: bool) -> None:
        """Single or Compare."""
        self.single.setChecked(not compare)
        self.compare.setChecked(compare)

    def show_duel(self, *, able: bool, running: bool) -> None:
        """Whether there is something to duel, and whether a duel runs: what would disturb it waits."""
        before = self.duel.isEnabled(), self.source.isEnabled()
        _enable(self.duel, able=able and not running)
        for button in (self.source, self.start, self.repeat, self.single):
            _enable(button, able=not running)
        if running:
            _enable(self.pause, able=False)
            _enable(self.compare, able=False)
        if (self.duel.isEnabled(), self.source.isEnabled()) != before:
            self.dress()

    def show_theme(self, choice: str) -> None:
        """The chosen theme (system, light or dark)."""
        self.theme.setProperty("icon_name", choice)
        self.theme.setToolTip(tip(THEMES[choice], "theme"))
        self.theme.setAccessibleName(THEMES[choice])
        self.dress()

    def dress(self) -> None:
        """Icons in the colours of the current theme."""
        for button in self.findChildren(QPushButton):
            self._dress(button)
        for bare in self.findChildren(QToolButton):
            self._dress(bare)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the buttons show their icons alone."""
        super().resizeEvent(event)
        pushes = [button for button in self.findChildren(QPushButton) if button is not self.source]
        bare = self.findChildren(QToolButton)
        wanted = sum(int(button.property("wide")) for button in pushes) + sum(tool.sizeHint().width() for tool in bare)
        wanted += SOURCE_PX[0] + theme.GRID_PX * (len(pushes) + len(bare)) + 24
        if self._narrow != (self.width() < wanted):
            self._narrow = not self._narrow
            for button in pushes:
                self._write(button, str(button.property("word")))
                button.setMinimumWidth(ICON_ONLY_PX if self._narrow else int(button.property("wide")))

    def _dress(self, button: QPushButton | QToolButton) -> None:
        name = button.property("icon_name")
        if name:
            now = theme.current()
            button.setIcon(icons.icon(str(name), now.text if button.isEnabled() else now.edge))

    def _push(self, text: str, icon_name: str, tool_tip: str) -> QPushButton:
        button = QPushButton(self)
        self._write(button, text)
        _prepare(button, text, icon_name, tool_tip)
        widest = max(QFontMetrics(theme.font(bold=True)).horizontalAdvance(word) for word in (text, "Go on"))
        button.setProperty("wide", widest + 54)
        button.setMinimumWidth(widest + 54)
        return button

    def _write(self, button: QPushButton, word: str) -> None:
        button.setProperty("word", word)
        button.setText("" if self._narrow else word)

    def _bare(self, name: str, icon_name: str, tool_tip: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("bare", True)
        button.setCheckable(checkable)
        _prepare(button, name, icon_name, tool_tip)
        return button


def _prepare(button: QPushButton | QToolButton, name: str, icon_name: str, tool_tip: str) -> None:
    button.setProperty("icon_name", icon_name)
    button.setIconSize(QSize(18, 18))
    button.setToolTip(tool_tip)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class SourceButton(ListButton):
    """Shows what is watched; its menu lists the cameras, clips, a stream and the demo."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("source")
        _prepare(self, "Source", "webcam", tip("Choose what to watch", "sources"))
        self.setMinimumWidth(SOURCE_PX[0])
        self.setMaximumWidth(SOURCE_PX[1])
        self.menu_ = QMenu(self)
        self.setMenu(self.menu_)
        self.choose: Callable[[Source], None] = lambda source: None
        self.open_clip: Callable[[], None] = lambda: None
        self.open_address: Callable[[], None] = lambda: None
        self.play_demo: Callable[[], None] = lambda: None
        self.fill((), None, looking=True)
        self.show_source("No source", "webcam")

    def sizeHint(self) -> QSize:
        """As wide as may be; the text is cut where there is no room."""
        return QSize(SOURCE_PX[1], super().sizeHint().height())

    def show_source(self, title: str, icon_name: str) -> None:
        """The source in use."""
        self.icon_name = icon_name
        self.setText(title)
        self.setAccessibleName(f"Source: {title}")
        self.setToolTip(tip(f"{title}\nChoose what to watch", "sources"))

    def fill(self, cameras: Sequence[CameraInfo], used: Source | None, *, looking: bool) -> None:
        """The menu: ``cameras`` by name, then the other sources. ``looking`` says that the list is still being made."""
        self.menu_.clear()
        group = QActionGroup(self.menu_)
        names = [camera.name for camera in cameras]
        for camera in cameras:
            alike = names.count(camera.name) > 1
            source = Source("webcam", str(camera.index) if alike else camera.name)
            action = self.menu_.addAction(f"{camera.name} ({camera.index})".replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(used in (source, Source("webcam", str(camera.index))))
            action.triggered.connect(lambda _=False, source=source: self.choose(source))
            group.addAction(action)
        if not cameras:
            none = self.menu_.addAction("Looking for cameras …" if looking else "No camera found")
            none.setEnabled(False)
        self.menu_.addSeparator()
        self._entry("Open a clip…", "Ctrl+O", lambda: self.open_clip())
        self._entry("Open an address…", "Ctrl+U", lambda: self.open_address())
        self._entry("Demo", "Ctrl+D", lambda: self.play_demo())

    def _entry(self, text: str, key: str, act: Callable[[], None]) -> QAction:
        action = self.menu_.addAction(f"{text}\t{key}")
        action.triggered.connect(lambda _=False: act())
        return action


def _enable(button: QAbstractButton, *, able: bool) -> None:
    if not able:
        hand_on_focus(button)
    button.setEnabled(able)
