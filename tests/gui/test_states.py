import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QInputDialog, QLabel, QSlider, QWidget
from waiting import Opener, press, shows, wait_for

from fer_live.gui import theme, words
from fer_live.gui.keys import KEYS, KeysDialog
from fer_live.gui.news import News
from fer_live.gui.window import Window
from fer_live.settings import Settings, load_settings, save_settings

Clip = Callable[[str], Path]


def test_pause_holds_the_picture_and_says_so(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_Space)
    assert window.live.paused
    assert window.topbar.pause.text() == "Go on"
    QTest.qWait(150)
    held = window.stage.frame
    QTest.qWait(300)
    assert window.stage.frame is held
    assert window.figures.hint().startswith("Paused")
    assert window.statusbar.text("camera") == words.NONE
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: window.stage.frame is not held, "pictures flow again")
    window.write_figures()
    assert window.figures.hint() == ""


def test_stop_closes_the_source_and_start_opens_it_again(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_X)
    assert window.message.sentence == words.stopped()
    assert window.topbar.start.text() == "Start"
    held = window.stage.frame
    QTest.qWait(200)
    assert window.stage.frame is held
    button = window.message.findChild(QAbstractButton, "act-start")
    assert isinstance(button, QAbstractButton)
    button.click()
    wait_for(lambda: window.live.phase == "live" and window.stage.frame is not held, "it runs again")
    assert window.message.sentence is None


def test_a_clip_that_ends_says_so_and_again_plays_it(opened: Opener, shared_clip: Clip) -> None:
    window = opened(str(shared_clip("grace_hopper.bmp")))
    wait_for(lambda: window.live.phase in ("live", "ended"), "the picture is there")
    window = opened(str(shared_clip("again.mkv")))
    wait_for(lambda: window.live.phase == "ended", "the clip is over")
    assert window.message.sentence == words.ended("again.mkv")
    window.commands.act("again")
    wait_for(lambda: window.live.phase == "live", "it plays again")


def test_nobody_in_view_is_a_hint_and_no_error(opened: Opener, shared_clip: Clip) -> None:
    window = opened(str(shared_clip("no_face.mp4")))
    window.settings.repeat = True
    wait_for(lambda: window.live.phase == "live" and not window.stage.tiles[0].marks, "pictures without a face")
    window.live.last_face_at = time.perf_counter() - 2.5
    assert window.figures.hint() == ""
    window.live.last_face_at -= 1
    assert window.figures.hint() == "No face in view"


def test_without_a_camera_two_ways_on_are_offered(opened: Opener) -> None:
    window = opened("97")
    wait_for(lambda: window.live.phase == "failed", "there is no such camera")
    titles = [button.text() for button in window.message.findChildren(QAbstractButton) if not button.isHidden()]
    assert titles == ["Open a clip…", "Play the demo"]
    window.commands.act("demo")
    wait_for(lambda: window.live.phase == "live" and bool(window.stage.tiles[0].marks), "the demo has a face")
    assert window.settings.source == "demo"


def test_a_clip_that_is_gone_is_said_in_words(opened: Opener, tmp_path: Path) -> None:
    window = opened(str(tmp_path / "gone.mp4"))
    wait_for(lambda: window.live.phase == "failed", "the clip is missed")
    assert window.message.sentence is not None
    assert "gone.mp4" in window.message.sentence.detail


def test_choices_survive_a_restart(opened: Opener, shared_clip: Clip) -> None:
    first = opened(str(shared_clip("again.mkv")))
    first.settings.repeat = True
    wait_for(lambda: first.live.phase == "live", "pictures flow")
    assert [bar.kind for bar in first.notices.shown] == ["privacy"]
    first.commands.got_it()
    first.inspector.smoothing.setValue(20)
    press(first, Qt.Key.Key_I)
    press(first, Qt.Key.Key_T)
    press(first, Qt.Key.Key_T)
    press(first, Qt.Key.Key_M)
    press(first, Qt.Key.Key_C)
    press(first, Qt.Key.Key_2)
    wait_for(lambda: shows(first, "fp32", "int8"), "two run")
    first.close()
    second = opened()
    wait_for(lambda: shows(second, "fp32", "int8"), "the same two run")
    assert second.live.title == "again.mkv"
    assert second.notices.shown == []
    assert second.shower.strength == 0.2
    assert not second.inspector.isVisible()
    assert second.settings.theme == "dark"
    assert theme.current() is theme.DARK
    assert second.commands.mirrored


def test_a_broken_settings_file_does_not_keep_the_window_from_opening(opened: Opener, shared_clip: Clip) -> None:
    save_settings(Settings())
    from fer_live.settings import settings_file

    settings_file().write_text("{")
    window = opened(str(shared_clip("again.mkv")))
    assert any("settings.set-aside.json" in bar.text for bar in window.notices.shown)


def test_a_password_in_an_address_is_not_remembered(opened: Opener, shared_clip: Clip) -> None:
    from fer_live.source import Source

    window = opened(str(shared_clip("again.mkv")))
    wait_for(lambda: window.live.phase == "live", "pictures flow")
    window.commands.watch(Source("url", "http://me:secret@127.0.0.1:9/"))
    assert "secret" not in window.live.title
    assert window.message.sentence == words.opening("http://127.0.0.1:9/")
    window.close()
    assert "secret" not in load_settings()[0].source


def test_an_address_is_asked_for_again_with_the_one_before(opened: Opener, shared_clip: Clip) -> None:
    window = opened(str(shared_clip("again.mkv")))
    wait_for(lambda: window.live.phase == "live", "pictures flow")

    def answer(text: str) -> str:
        window.commands.act("address")
        dialog = window.findChild(QInputDialog)
        assert isinstance(dialog, QInputDialog)
        before = dialog.textValue()
        dialog.setTextValue(text)
        dialog.accept()
        wait_for(lambda: window.findChild(QInputDialog) is None, "it is gone")
        return before

    assert answer(" http://127.0.0.1:9/x ") == ""
    wait_for(lambda: window.live.phase == "failed", "nobody sends there")
    assert window.message.sentence is not None
    assert window.message.sentence.actions == ("retry", "address")
    assert answer("camera.local") == "http://127.0.0.1:9/x"
    assert window.notices.shown[-1].text == '"camera.local" is not an address such as rtsp://camera/stream.'


def test_full_screen_leaves_only_the_stage_and_escape_comes_back(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_F)
    assert window.isFullScreen()
    assert not window.topbar.isVisible()
    assert not window.inspector.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.topbar.isVisible()
    assert window.inspector.isVisible()


def test_the_help_lists_every_key(live_window: Window) -> None:
    press(live_window, Qt.Key.Key_F1)
    dialog = live_window.findChild(KeysDialog)
    assert isinstance(dialog, KeysDialog)
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for _, keys, what in KEYS:
        assert what in shown
        assert len(keys) > 2 or all(key in shown for key in keys)
    dialog.close()


def test_space_presses_a_button_that_was_reached_by_tab(live_window: Window) -> None:
    live_window.activateWindow()
    live_window.topbar.inspector.setFocus(Qt.FocusReason.TabFocusReason)
    wait_for(live_window.topbar.inspector.hasFocus, "the button has the focus")
    QTest.keyClick(live_window.topbar.inspector, Qt.Key.Key_Space)
    assert not live_window.live.paused
    assert not live_window.inspector.isVisible()


def test_every_control_has_a_tooltip_and_a_name(live_window: Window) -> None:
    controls: list[QWidget] = [*live_window.findChildren(QAbstractButton), *live_window.findChildren(QSlider)]
    for control in controls:
        if control.objectName().startswith("qt_") or control.parent().objectName().startswith("qt_"):
            continue
        assert control.accessibleName(), control
        assert control.toolTip(), control.accessibleName()


def test_several_starts_and_stops_leave_no_thread(opened: Opener, shared_clip: Clip) -> None:
    window = opened(str(shared_clip("again.mkv")))
    for _ in range(3):
        window.commands.start()
        QTest.qWait(60)
    window.close()
    assert window.live.engine is None or window.live.engine.stop()


def test_an_address_that_cannot_be_one_is_said(opened: Opener) -> None:
    window = opened("97")
    window.commands.address()
    (dialog,) = window.findChildren(QInputDialog)
    dialog.setTextValue(" http://[cam.local ")
    dialog.accept()
    (bar,) = [bar for bar in window.notices.shown if bar.kind == "error"]
    assert bar.text == '"http://[cam.local" is not an address such as rtsp://camera/stream.'


def test_a_name_that_looks_like_markup_is_shown_as_it_is(opened: Opener) -> None:
    window = opened("<b>no</b> such <i>clip</i>.mp4")
    wait_for(lambda: window.live.phase == "failed", "it is not there")
    window.show_news(News("<b>bold</b> is added."))
    told = [label for label in window.findChildren(QLabel) if "<b>" in label.text()]
    assert len(told) == 2
    assert {label.textFormat() for label in told} == {Qt.TextFormat.PlainText}


def test_figures_go_when_no_face_has_been_seen_for_a_while(
    live_window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = live_window
    wait_for(lambda: window.statusbar.text("capacity") != words.NONE, "something is measured")
    monkeypatch.setattr(window.live.engine, "capacity", lambda name: None)
    window.write_figures()
    assert window.statusbar.text("capacity") == words.NONE
    assert not window.shower.readings


def test_a_recording_that_waits_says_so(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_R)
    wait_for(lambda: "row" in window.figures.recording(), "it records")
    assert not window.figures.recording().startswith("waiting")
    press(window, Qt.Key.Key_Space)
    assert window.figures.recording().startswith("waiting")
    press(window, Qt.Key.Key_Space)
    assert not window.figures.recording().startswith("waiting")


def test_a_long_title_does_not_widen_the_side_panel(live_window: Window) -> None:
    panel = live_window.inspector
    title = f"FACE 1 · {'A NETWORK OF MY OWN ' * 5}· UNSURE"
    before = panel.face_title.width()
    panel.show_face(title, None)
    QTest.qWait(50)
    assert panel.face_title.width() == before
    assert panel.face_title.text().startswith("FACE 1")
    assert panel.face_title.text().endswith("UNSURE")
    assert panel.face_title.toolTip() == title
    assert panel.face_title.textFormat() == Qt.TextFormat.PlainText


def test_what_gets_the_keys_in_the_side_panel_is_scrolled_to(opened: Opener) -> None:
    window = opened()
    window.resize(760, 480)
    window.activateWindow()
    QTest.qWait(50)
    window.inspector.smoothing.setFocus()
    QTest.qWait(50)
    seen = window.inspector.smoothing.visibleRegion().boundingRect()
    assert seen.height() == window.inspector.smoothing.height()
