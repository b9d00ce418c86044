"""What the keys and buttons do."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from fer_live.growing import reason
from fer_live.gui import snapshot, words
from fer_live.gui.jobs import Job
from fer_live.gui.keys import KeysDialog
from fer_live.gui.live import News
from fer_live.gui.sources import SourceCommands
from fer_live.outward import as_before
from fer_live.settings import Theme
from fer_live.terminal import OutputError

if TYPE_CHECKING:
    from fer_live.gui.window import Window

NEXT_THEME: dict[Theme, Theme] = {"system": "light", "light": "dark", "dark": "system"}


class Commands(SourceCommands):
    """One method per command; the window's widgets and shortcuts are connected to them. Main thread."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._snapshots: list[Job[Path]] = []
        self._reports: dict[Path, Job[Path | str]] = {}

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
        self._window.show_state()

    def smooth(self, strength: float) -> None:
        """How calm the shown scores are."""
        self._window.shower.strength = strength
        self._window.inspector.show_smoothing(strength)

    # ---- what is written

    def record(self) -> None:
        """Start a recording, or stop it."""
        engine = self._live.engine
        if engine is not None and engine.recording is not None:
            engine.stop_recording()
        elif engine is not None and self._live.phase == "live":
            engine.record(self._window.settings.recordings_folder())
        else:
            self._window.show_news(News("There is nothing to record yet: choose a source first."))
        self._window.write_figures()

    def snapshot(self) -> None:
        """Save the picture as it is shown, and say where."""
        image = snapshot.picture_of(self._window.stage)
        if image is None:
            self._window.show_news(News("There is no picture to save yet."))
            return
        try:
            path = snapshot.reserve(self._window.settings.pictures_folder())
        except OSError as fault:
            self._window.show_news(News(f"The picture could not be saved: {reason(fault)}.", "error"))
            return
        self._snapshots.append(snapshot.save(image, path))

    def report(self, session: Path) -> None:
        """Make the page about a recording in the background; it opens when it is there."""
        if session not in self._reports:
            self._reports[session] = Job(lambda: _page_about(session), "report")

    def finish_jobs(self) -> None:
        """Say where the snapshots that are written went, and open the reports."""
        self._window.duels.poll()
        self._finish_reports()
        for job in [job for job in self._snapshots if job.done]:
            self._snapshots.remove(job)
            try:
                path = job.outcome()
            except OSError as fault:
                self._window.show_news(News(f"The picture could not be saved: {reason(fault)}.", "error"))
            else:
                self._window.show_news(News(f"Saved {words.short_path(path)}", "done", 8000, path.parent))

    def _finish_reports(self) -> None:
        for session in [session for session, job in self._reports.items() if job.done]:
            page = self._reports.pop(session).outcome()
            if isinstance(page, str):
                self._window.show_news(News(f"There is no report: {page}", "error"))
            else:
                self._open(page, "No program opens pages here.")

    def choose_folder(self) -> None:
        """Ask where recordings go."""
        own = self._window.settings
        folder = QFileDialog.getExistingDirectory(self._window, "Folder for recordings", str(own.recordings_folder()))
        if folder:
            own.recordings = folder
            self._window.inspector.show_folder(Path(folder))

    def open_folder(self, folder: Path) -> None:
        """Show a folder in the system's file manager."""
        self._open(folder, "No program opens folders here.")

    def _open(self, path: Path, otherwise: str) -> None:
        for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
            os.environ.pop(name, None)  # set by cv2; a program that uses Qt would not start with them
        with as_before():
            opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        if not opened:
            QGuiApplication.clipboard().setText(str(path))
            self._window.show_news(News(f"{otherwise} Copied: {path}"))

    # ---- the window itself

    def theme(self) -> None:
        """Follow the system, light, dark."""
        self._window.settings.theme = NEXT_THEME[self._window.settings.theme]
        self._window.dress()

    def inspector(self) -> None:
        """Show or hide the side panel."""
        own = self._window.settings
        own.inspector = not own.inspector
        self._window.topbar.inspector.setChecked(own.inspector)
        self._window.inspector.setVisible(own.inspector)

    def charts(self) -> None:
        """Show or hide the charts."""
        own = self._window.settings
        own.charts = not own.charts
        self._window.topbar.charts.setChecked(own.charts)
        self._window.shelf.show_dock(shown=own.charts)

    def full(self) -> None:
        """Full screen: only the stage."""
        window = self._window
        on = not window.isFullScreen()
        window.show_chrome(shown=not on)
        window.setWindowState(window.windowState() ^ Qt.WindowState.WindowFullScreen)

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


def _page_about(session: Path) -> Path | str:
    """The page about a recording, or why there is none. For a job: its imports would hold up the window's start."""
    from fer_live.report.page import write_report
    from fer_live.report.runs import ReportError

    try:
        return write_report([session])
    except (ReportError, OutputError) as fault:
        return str(fault)
