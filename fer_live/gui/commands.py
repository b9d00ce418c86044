"""What the keys and buttons do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from fer_live.gui import tiles, words
from fer_live.gui.files import FileCommands
from fer_live.gui.focus import show_or_hide
from fer_live.gui.keys import KeysDialog
from fer_live.gui.news import News
from fer_live.gui.sources import SourceCommands
from fer_live.settings import Theme

if TYPE_CHECKING:
    from fer_live.gui.window import Window

NEXT_THEME: dict[Theme, Theme] = {"system": "light", "light": "dark", "dark": "system"}


class Commands(SourceCommands, FileCommands):
    """One method per command; the window's widgets and shortcuts are connected to them. Main thread."""

    def __init__(self, window: "Window") -> None:
        SourceCommands.__init__(self, window)
        FileCommands.__init__(self, window)

    def connect(self) -> None:
        """Connect the widgets."""
        bar, panel = self._window.topbar, self._window.inspector
        bar.source.choose, bar.source.play_demo = self.watch, self.demo
        bar.source.open_clip, bar.source.open_address = self.open, self.address
        bar.source.menu_.aboutToShow.connect(self._live.list_cameras)
        for button, act in (
            (bar.start, self.start),
            (bar.pause, self.pause),
            (bar.repeat, self.repeat),
            (bar.charts, self.charts),
            (self._window.dock.close_button, self.charts),
            (bar.duel, self.duel),
            (bar.theme, self.theme),
            (bar.full, self.full),
            (bar.inspector, self.inspector),
            (bar.help, self.help),
            (panel.record, self.record),
            (panel.snapshot, self.snapshot),
            (panel.mirror, self.mirror),
            (panel.folder, self.choose_folder),
        ):
            button.clicked.connect(lambda _=False, act=act: act())
        bar.single.clicked.connect(lambda _=False: self.set_compare(compare=False))
        bar.compare.clicked.connect(lambda _=False: self.set_compare(compare=True))
        panel.variants.chosen = self.choose
        reference = panel.variants.reference
        reference.activated.connect(lambda _: self.set_reference(reference.currentData()))
        panel.smoothing.valueChanged.connect(lambda value: self.smooth(value / 100))

    def by_name(self, name: str, key: str) -> Callable[[], None]:
        """What a key of the table does."""
        if name == "variant":
            return lambda: self._window.duels.guarded(name, lambda: self.variant(int(key)))()
        made: Callable[[], None] = getattr(self, name)
        return lambda: self._window.duels.guarded(name, made)()

    def act(self, action: words.Action) -> None:
        """A button of the message in the middle."""
        if self._window.duels.busy():
            return
        {"open": self.open, "address": self.address, "demo": self.demo}.get(action, self.start)()

    # ---- variants

    def variant(self, key: int) -> None:
        """The variant with this numeral."""
        names = self._live.manifest.names
        if key <= len(names):
            self.choose(names[key - 1])

    def choose(self, name: str) -> None:
        """Run a variant; when comparing, add it or take it away."""
        why_not = self._live.selection.choose(name)
        if why_not:
            self._window.show_news(News(why_not))
        else:
            self._live.use()
        self._window.show_state()

    def compare(self) -> None:
        """One variant, or several side by side."""
        self.set_compare(compare=not self._live.selection.compare)

    def duel(self) -> None:
        """Measure which variant is faster, and how sure that is."""
        self._window.duels.begin()

    def set_compare(self, *, compare: bool) -> None:
        """One variant, or several side by side."""
        selection = self._live.selection
        if compare != selection.compare and selection.can_compare:
            selection.compare = compare
            self._live.use()
        self._window.show_state()

    def set_reference(self, name: str) -> None:
        """Hold the others against this variant."""
        self._live.selection.reference = name
        stage = self._window.stage
        if len(stage.tiles) > 1:  # a paused picture has no next one to say it
            among = self._live.selection.reference_among([tile.variant for tile in stage.tiles])
            stage.show_figures(tiles.compared(stage.tiles, among))
        self._window.show_state()

    def smooth(self, strength: float) -> None:
        """How calm the shown scores are."""
        self._window.shower.strength = strength
        self._window.inspector.show_smoothing(strength)

    # ---- the window itself

    def theme(self) -> None:
        """Follow the system, light, dark."""
        self._window.settings.theme = NEXT_THEME[self._window.settings.theme]
        self._window.dress()

    def inspector(self) -> None:
        """Show or hide the side panel."""
        own, panel = self._window.settings, self._window.inspector
        own.inspector = not panel.isVisible()  # in full screen it may be hidden and wanted
        self._window.topbar.inspector.setChecked(own.inspector)
        show_or_hide(panel, shown=own.inspector)

    def charts(self) -> None:
        """Show or hide the charts."""
        own = self._window.settings
        own.charts = not self._window.shelf.dock_shown
        self._window.topbar.charts.setChecked(own.charts)
        self._window.shelf.show_dock(shown=own.charts)

    def full(self) -> None:
        """Full screen: only the stage."""
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def back(self) -> None:
        """Cancel a duel or close its panel, leave full screen, or close the newest bar."""
        if self._window.duels.back():
            return
        if self._window.isFullScreen():
            self.full()
        elif self._window.notices.shown:
            self._window.notices.shown[-1].dismiss()

    def help(self) -> None:
        """The keys."""
        dialog = KeysDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def got_it(self) -> None:
        """The privacy line was read."""
        self._window.settings.privacy_seen = True
        for bar in list(self._window.notices.shown):
            if bar.kind == "privacy":
                bar.dismiss()
