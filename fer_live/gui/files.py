"""What the window leaves on the disk: recordings, snapshots and reports, and the folders they lie in."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from fer_live.growing import reason
from fer_live.gui import snapshot, words
from fer_live.gui.environment import forget_cv2
from fer_live.gui.jobs import Job
from fer_live.gui.news import News
from fer_live.outward import as_before
from fer_live.terminal import OutputError

if TYPE_CHECKING:
    from fer_live.gui.live import Live
    from fer_live.gui.window import Window

ENDS_S: Final = 5.0  # a large picture or a long recording, a slow disk; the window is hidden by then

log = logging.getLogger(__name__)


class FileCommands:
    """The commands that write or show files. Main thread; ``finish_jobs`` tells what came of what takes its time."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._live: Live = window.live
        self._snapshots: list[Job[Path]] = []
        self._reports: dict[Path, Job[Path | str]] = {}

    def record(self) -> None:
        """Start a recording, or stop it."""
        engine = self._live.engine
        if engine is not None and engine.recording_wanted:
            engine.stop_recording()
        elif engine is not None and self._live.phase == "live" and self._live.running:
            engine.record(self._window.settings.recordings_folder(), self._live.selection.recorded_against)
        elif self._live.phase == "live":
            self._window.show_news(News("There is nothing to record: no variant runs. Choose one."))
        elif self._live.source is not None:
            self._window.show_news(News("There is nothing to record: no pictures come."))
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

    def close(self) -> bool:
        """The window closes: wait for snapshots and reports, or they are cut off; False when one is not written."""
        written = [job.join(ENDS_S) for job in self._snapshots]
        written += [job.join(ENDS_S) for job in self._reports.values()]
        self._finish_reports()
        return all(written)

    def finish_jobs(self) -> None:
        """Say where the snapshots that are written went, and open the reports."""
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
            try:
                page = self._reports.pop(session).outcome()
            except Exception as fault:  # it ran in a thread of its own; the window lives on
                log.exception("no report about %s", session)
                page = f"{type(fault).__name__}: {fault}"
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
        forget_cv2()
        with as_before():
            opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        if not opened:
            QGuiApplication.clipboard().setText(str(path))
            self._window.show_news(News(f"{otherwise} Copied: {path}"))


def _page_about(session: Path) -> Path | str:
    """The page about a recording, or why there is none. For a job: its imports would hold up the window's start."""
    from fer_live.report.page import write_report
    from fer_live.report.runs import ReportError

    try:
        return write_report([session])
    except (ReportError, OutputError) as fault:
        return str(fault)
