"""The main window: it pulls pictures every 15 ms and figures every 250 ms, and turns keys and buttons into commands."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeySequence, QShortcut, QWindowStateChangeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from fer_live.gui import commands, figures, kept, theme
from fer_live.gui.area import StageArea
from fer_live.gui.dock import Dock
from fer_live.gui.duels import Duels
from fer_live.gui.focus import show_or_hide
from fer_live.gui.inspector import Inspector
from fer_live.gui.keys import KEYS, SpacePresses
from fer_live.gui.live import Live
from fer_live.gui.networks import NetworkCommands
from fer_live.gui.news import News
from fer_live.gui.shelf import Shelf
from fer_live.gui.shown import Shower
from fer_live.gui.statusbar import StatusBar
from fer_live.gui.topbar import TopBar
from fer_live.settings import Settings, save_settings
from fer_live.source import Source

PICTURE_MS, TEXT_MS = 15, 250
SOURCE_ICONS = {"webcam": "webcam", "clip": "clip", "url": "url"}


class Window(QWidget):
    """Everything on the screen. Made with a Live that it owns and a Settings that it writes on close."""

    def __init__(self, live: Live, settings: Settings) -> None:
        super().__init__()
        self.live, self.settings = live, settings
        self.shower = Shower(live.manifest, settings.smoothing)
        self.commands = commands.Commands(self)
        self.setWindowTitle("fer_live")
        self.setMinimumSize(760, 480)
        self.resize(1280, 720)
        self.topbar = TopBar(self)
        self.area = StageArea(self.commands.act, self)
        self.stage, self.message, self.notices = self.area.stage, self.area.message, self.area.notices
        self.inspector = Inspector(live.manifest, self)
        self.statusbar = StatusBar(self)
        self.figures = figures.FigureTaker(live, self.shower)
        self.dock = Dock(self.figures.for_charts, self)
        self.shelf = Shelf(self.area, self.dock, self)
        self.duels = Duels(self)
        self.asked = settings.source  # the source to begin with
        self._begun = False
        self._staged: Source | None = None  # what the picture on the stage is of
        self._lay_out()
        self.commands.connect()
        self.networks = NetworkCommands(self)
        self._bind_keys()
        kept.restore(self)
        self.show_state()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self.follow_system)
        self._picture_timer = self._timer(PICTURE_MS, self.pull)
        self._text_timer = self._timer(TEXT_MS, self.write_figures)
        self.stage.setFocus()

    def _lay_out(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.shelf, 1)
        middle.addWidget(self.inspector)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.topbar)
        column.addLayout(middle, 1)
        column.addWidget(self.statusbar)

    def _timer(self, every_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(act)
        timer.start(every_ms)
        return timer

    def _bind_keys(self) -> None:
        self._space = SpacePresses(self)
        QApplication.instance().installEventFilter(self._space)  # type: ignore[union-attr]  # made by app.run
        for name, keys, _ in KEYS:
            for key in keys:
                act = self.commands.by_name(name, key)
                shortcut = QShortcut(QKeySequence(key), self)
                shortcut.setAutoRepeat(False)  # held down, it would record and stop, and record and stop
                shortcut.activated.connect(act)

    def dress(self) -> None:
        """Take on the chosen theme."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        QGuiApplication.styleHints().setColorScheme(scheme.get(self.settings.theme, Qt.ColorScheme.Unknown))
        chosen = {"light": theme.LIGHT, "dark": theme.DARK}.get(self.settings.theme) or theme.system_theme()
        theme.apply(app, chosen)
        self.topbar.show_theme(self.settings.theme)
        for part in (self.inspector, self.notices, self.dock):
            part.dress()

    def follow_system(self) -> None:
        """The desktop changed between light and dark."""
        if self.settings.theme == "system" and theme.system_theme() is not theme.current():
            self.dress()

    def pull(self) -> None:
        """Every 15 ms: events, then the newest picture if there is a new one, or a fade that goes on."""
        if not self._begun:  # the window is on the screen by now, and the slow imports cannot hold it up
            self._begun = True
            self.live.begin(self.asked)
        if self.live.poll():
            self.commands.follow()
            self.show_state()
        result = self.live.newest()
        if result is not None:
            shown = self.shower.show(result, self.live.selection.reference_among(self.live.running))
            self.stage.show_frame(result.frame, shown.tiles)
            self._staged = self.live.source
            self.figures.take(result, shown)
            if self.message.sentence is not None:
                self.show_state()
        elif self.stage.fading:
            self.stage.update()

    def write_figures(self) -> None:
        """Every 250 ms: everything that is read, not watched."""
        self.duels.poll()
        self.commands.finish_jobs()
        self.figures.measure()
        self.statusbar.show_figures(self.figures.for_status())
        self.stage.show_figures(self.shower.refigured(self.stage.tiles))
        for name, card in self.inspector.cards.items():
            card.measure(self.shower.readings.get(name), to_spark=self.figures.spark_due and name in self.live.running)
        self.inspector.show_face(*self.figures.for_face())
        self.inspector.show_recording(self.figures.recording())
        self.stage.set_recording(f"REC {self.figures.recording_time()}" if self.figures.recording() else "")
        self.stage.set_hint(self.figures.hint())

    def show_state(self) -> None:
        """Make every part say what is so: the sentence, the buttons, the cards, the news."""
        live = self.live
        duelling = self.duels.panel.isVisible()
        self.message.say(None if duelling else live.sentence)
        self.shelf.give_way(asked=duelling or bool(live.sentence and live.sentence.actions))
        if (live.held and not live.paused) or live.phase in ("lost", "ended", "stopped", "failed"):
            self.stage.gray_out()
        elif live.phase in ("loading", "opening"):
            if live.source == self._staged:
                self.stage.gray_out()
            else:
                self.stage.clear()
        self.topbar.show_running(running=live.active)
        self.topbar.show_paused(paused=live.paused)
        self.topbar.show_mode(compare=live.selection.compare)
        self.topbar.compare.setEnabled(live.selection.can_compare)
        self.topbar.show_duel(able=live.selection.can_compare, running=self.duels.running)
        self.inspector.setEnabled(not self.duels.running)
        self.dock.rest(live.held)
        clip = live.source is not None and live.source.kind == "clip"
        show_or_hide(self.topbar.repeat, shown=clip and not self.commands.endless)
        if live.source is not None:
            title = "Demo" if self.commands.is_demo else live.title
            self.topbar.source.show_source(title, "demo" if self.commands.is_demo else SOURCE_ICONS[live.source.kind])
        self.inspector.mirror.setChecked(self.commands.mirrored)
        self._show_variants()
        self.inspector.variants.runtime.show_runtime(live.runtime, live.wished_runtime, live.providers)
        while live.news:
            self.show_news(live.news.pop(0))

    def _show_variants(self) -> None:
        selection = self.live.selection
        running = (self.live.running if self.live.active else ()) or set(selection.wanted) - selection.refused
        for name, card in self.inspector.cards.items():
            wanted = name in selection.wanted
            loading = wanted and self.live.active and name not in self.live.running and name not in selection.refused
            card.set_state(running=name in running, loading=loading, several=selection.compare)
        names = selection.compared if selection.compare else ()
        self.inspector.variants.show_reference(names, selection.reference_among(names))

    def show_news(self, news: News) -> None:
        """A bar above the stage."""
        bar = self.notices.add(news.text, news.kind, news.after_ms)
        if news.folder is not None:
            folder = news.folder
            if news.session:
                bar.offer("Report", f"A page about {folder.name}, in the browser", lambda: self.commands.report(folder))
            bar.offer("Open folder", f"Open {folder}", lambda: self.commands.open_folder(folder))
        if news.variant in self.inspector.cards:
            self.inspector.cards[news.variant].refuse(news.reason)

    def show_chrome(self, *, shown: bool) -> None:
        """Bars around the stage, which full screen hides."""
        show_or_hide(self.topbar, shown=shown)
        show_or_hide(self.statusbar, shown=shown)
        show_or_hide(self.inspector, shown=shown and self.settings.inspector)
        self.shelf.show_dock(shown=shown and self.settings.charts)

    def changeEvent(self, event: QEvent) -> None:
        """Full screen came or went, perhaps by the desktop's own key."""
        super().changeEvent(event)
        if isinstance(event, QWindowStateChangeEvent):
            was = bool(event.oldState() & Qt.WindowState.WindowFullScreen)
            if self.isFullScreen() != was:
                self.show_chrome(shown=was)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop pulling, keep the choices, end the engine."""
        self._picture_timer.stop()
        self._text_timer.stop()
        self.dock.end()
        if self.isFullScreen():
            self.commands.full()
        self.hide()
        self.duels.close()
        self.commands.close()
        save_settings(kept.changed(self))
        self.live.close()
        QApplication.instance().removeEventFilter(self._space)  # type: ignore[union-attr]  # made by app.run
        super().closeEvent(event)
