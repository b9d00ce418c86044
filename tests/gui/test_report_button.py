from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from waiting import wait_for

from fer_live.gui import files
from fer_live.gui.news import recording_news
from fer_live.gui.notices import Notice
from fer_live.gui.window import Window


class Desktop:
    """What the system would open."""

    def __init__(self, *, able: bool = True) -> None:
        self.opened: list[str] = []
        self._able = able

    def openUrl(self, url: QUrl) -> bool:
        self.opened.append(url.toLocalFile())
        return self._able


def _buttons(bar: Notice) -> dict[str, QPushButton]:
    return {button.text(): button for button in bar.findChildren(QPushButton)}


def _recorded(window: Window) -> Notice:
    """The bar that says where a recording went."""
    engine = window.live.engine
    assert engine is not None
    window.commands.record()
    wait_for(lambda: engine.recording is not None and engine.recording.rows > 20, "rows are there")
    window.commands.record()
    wait_for(lambda: any("rows saved" in bar.text for bar in window.notices.shown), "it is saved")
    return next(bar for bar in window.notices.shown if "rows saved" in bar.text)


def test_a_recording_is_opened_as_a_page(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    monkeypatch.setattr(files, "QDesktopServices", desktop)
    buttons = _buttons(_recorded(live_window))
    assert list(buttons) == ["Report", "Open folder"]
    assert buttons["Report"].toolTip()
    (folder,) = Path(live_window.settings.recordings).iterdir()
    buttons["Report"].click()
    buttons["Report"].click()  # impatience makes no second one
    wait_for(lambda: bool(desktop.opened), "the page is opened")
    assert desktop.opened == [str(folder / "report.html")]
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_why_there_is_no_page_is_said(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    window, desktop = live_window, Desktop(able=False)
    monkeypatch.setattr(files, "QDesktopServices", desktop)
    report = _buttons(_recorded(window))["Report"]
    (folder,) = Path(window.settings.recordings).iterdir()
    report.click()
    wait_for(lambda: window.notices.shown[-1].text.startswith("No program opens pages here. Copied:"), "it is said")
    assert QGuiApplication.clipboard().text() == str(folder / "report.html")
    (folder / "frames.csv").unlink()
    window.commands.report(folder)
    wait_for(lambda: window.notices.shown[-1].text.startswith("There is no report: "), "it is said")
    assert "it has no frames.csv" in window.notices.shown[-1].text
    assert len(desktop.opened) == 1


def test_a_page_is_made_though_the_window_closes(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    monkeypatch.setattr(files, "QDesktopServices", desktop)
    report = _buttons(_recorded(live_window))["Report"]
    (folder,) = Path(live_window.settings.recordings).iterdir()
    report.click()
    live_window.close()
    assert desktop.opened == [str(folder / "report.html")]
    assert (folder / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


def test_only_a_recording_with_rows_offers_a_page(live_window: Window, tmp_path: Path) -> None:
    for news, offered in ((recording_news(tmp_path, 0, ""), []), (recording_news(tmp_path, 9, "full"), ["Report"])):
        live_window.show_news(news)
        assert list(_buttons(live_window.notices.shown[-1])) == [*offered, "Open folder"]


def test_a_report_that_nobody_foresaw_to_fail_is_said_and_logged(
    live_window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(session: Path) -> Path:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(files, "_page_about", broken)
    live_window.commands.report(tmp_path)
    wait_for(lambda: "There is no report: ZeroDivisionError: odd" in str(_texts(live_window)), "it is said")
    assert "ZeroDivisionError: odd" in caplog.text


def _texts(window: Window) -> list[str]:
    return [bar.text for bar in window.notices.shown]
