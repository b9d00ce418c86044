"""What people do to a window without thinking: clicks, then keys; held keys; the wheel; full screen; still pictures."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from waiting import Opener, press, shows, wait_for

from fer_live.gui import kept, words
from fer_live.gui.news import News
from fer_live.gui.window import Window
from fer_live.runtime import Runtime
from fer_live.settings import load_settings
from fer_live.source import Source

CLICK = Qt.MouseButton.LeftButton


@pytest.fixture
def still(tmp_path: Path) -> Path:
    """A picture file."""
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), np.full((120, 160, 3), 90, np.uint8))
    return path


def test_a_still_picture_stays_whatever_repeat_says(opened: Opener, still: Path) -> None:
    window = opened(str(still))
    assert not window.settings.repeat
    wait_for(lambda: window.live.phase == "live" and window.stage.frame is not None, "the picture is there")
    QTest.qWait(300)
    assert window.live.phase == "live"
    assert window.topbar.repeat.isHidden()


def test_a_clip_that_is_to_repeat_no_more_plays_on_to_its_end(live_window: Window) -> None:
    window = live_window
    if not window.live._loop:
        window.commands.repeat()
    assert window.settings.repeat
    wait_for(lambda: window.stage.frame is not None and window.stage.frame.index > 3, "it has begun")
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: window.live.paused, "it is paused")
    press(window, Qt.Key.Key_L)
    assert not window.settings.repeat
    assert window.live.paused
    assert window.live.phase == "live"
    held = window.stage.frame
    assert held is not None
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: window.stage.frame is not held, "it goes on")
    assert window.stage.frame is not None
    assert window.stage.frame.index > held.index
    wait_for(lambda: window.live.phase == "ended", "it ends")
    press(window, Qt.Key.Key_L)
    wait_for(lambda: window.live.phase == "live", "it plays again")


def test_repeat_says_when_there_is_nothing_to_repeat(opened: Opener, still: Path) -> None:
    window = opened(str(still))
    wait_for(lambda: window.live.phase == "live", "the picture is there")
    press(window, Qt.Key.Key_L)
    assert window.notices.shown[-1].text == "This has no end; Repeat is for clips."
    assert not window.settings.repeat


def test_figures_of_another_source_are_not_shown(live_window: Window, shared_clip: Callable[[str], Path]) -> None:
    window = live_window
    wait_for(lambda: bool(window.shower.readings), "it is measured")
    wait_for(lambda: window.figures.for_face()[1] is not None, "a face is described")
    window.commands.pause()
    window.commands.watch(Source("clip", str(shared_clip("no_face.mp4"))))
    window.commands.pause()  # while it opens
    wait_for(lambda: window.live.phase == "live", "it is open")
    window.write_figures()
    assert window.figures.for_face() == ("FACE", None)
    assert window.shower.readings == {}
    window.commands.pause()
    seen = window.stage.frame
    wait_for(lambda: window.stage.frame is not None and window.stage.frame is not seen, "it plays")
    window.write_figures()
    assert window.shower.readings == {}
    assert window.statusbar.text("capacity") == words.NONE


def test_mirroring_a_held_picture_says_when_it_shows(opened: Opener) -> None:
    window = opened("demo")
    wait_for(lambda: window.live.phase == "live" and window.stage.frame is not None, "the picture is there")
    press(window, Qt.Key.Key_M)
    assert not window.notices.shown or "other way round" not in window.notices.shown[-1].text
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: window.live.paused, "it is paused")
    press(window, Qt.Key.Key_M)
    assert window.notices.shown[-1].text == "The next picture will be the other way round; press Space to go on."


def test_the_last_pictures_of_a_clip_are_shown_though_its_end_was_told(opened: Opener, tmp_path: Path) -> None:
    writer = cv2.VideoWriter(str(tmp_path / "one.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 30, (160, 120))
    writer.write(np.full((120, 160, 3), 90, np.uint8))
    writer.release()
    window = opened(str(tmp_path / "one.avi"))
    wait_for(lambda: window.live.phase == "ended", "it has ended")
    wait_for(lambda: window.stage.frame is not None, "its one picture is there")
    assert window.message.sentence == window.live.sentence


def test_what_was_given_on_the_command_line_is_remembered_without_its_password(opened: Opener, still: Path) -> None:
    window = opened(str(still))
    wait_for(lambda: window.live.phase == "live", "the picture is there")
    window.close()
    assert load_settings()[0].source == str(still)
    window = opened("rtsp://me:secret@127.0.0.1:9/front")
    wait_for(lambda: window.live.source is not None, "the source is found")
    window.close()
    assert load_settings()[0].source == ""


def test_after_a_click_on_a_message_space_pauses(opened: Opener, still: Path) -> None:
    window = opened(str(still))
    wait_for(lambda: window.live.phase == "live", "the picture is there")
    press(window, Qt.Key.Key_X)
    start = window.message.findChild(QPushButton, "act-start")
    assert isinstance(start, QPushButton)
    QTest.mouseClick(start, CLICK)
    wait_for(lambda: window.live.phase == "live", "it is back")
    bar = window.notices.shown[-1]
    bar.offer("Do it", "", bar.dismiss)
    start.setFocus()
    button = bar.findChildren(QPushButton)[-1]
    button.setFocus()
    QTest.mouseClick(button, CLICK)
    QApplication.processEvents()
    press(window, Qt.Key.Key_Space)
    assert window.live.paused


def test_held_keys_do_not_repeat(opened: Opener) -> None:
    window = opened("97")
    shortcuts = window.findChildren(QShortcut)
    assert shortcuts
    assert not any(shortcut.autoRepeat() for shortcut in shortcuts)


def test_a_recording_asked_for_twice_in_a_row_is_ended_again(live_window: Window) -> None:
    engine = live_window.live.engine
    assert engine is not None
    press(live_window, Qt.Key.Key_R)
    assert engine.recording_wanted
    press(live_window, Qt.Key.Key_R)
    assert not engine.recording_wanted
    ends = ("saved in", "is empty")
    wait_for(lambda: any(end in bar.text for bar in live_window.notices.shown for end in ends), "it is told")
    assert engine.recording is None
    assert len(list(Path(live_window.settings.recordings).iterdir())) == 1


def test_the_wheel_scrolls_past_what_it_would_change(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_C)
    wait_for(lambda: len(window.stage.tiles) > 1, "several variants are there")
    before = window.inspector.smoothing.value(), window.live.selection.reference
    for part in (window.inspector.smoothing, window.inspector.variants.reference):
        middle = QPointF(part.rect().center())
        QApplication.sendEvent(part, turned(part, middle))
    assert (window.inspector.smoothing.value(), window.live.selection.reference) == before


def turned(part: QWidget, at: QPointF) -> QWheelEvent:
    """One notch of the wheel."""
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(
        at, part.mapToGlobal(at), QPoint(), QPoint(0, 120), none, Qt.KeyboardModifier.NoModifier, phase, False
    )


def test_full_screen_left_by_the_desktop_gives_the_bars_back(opened: Opener) -> None:
    window = opened("97")
    QTest.qWaitForWindowExposed(window)
    press(window, Qt.Key.Key_F)
    wait_for(window.topbar.isHidden, "full screen has no bars")
    press(window, Qt.Key.Key_I)
    assert window.inspector.isVisible(), "the first press in full screen shows the panel"
    window.setWindowState(Qt.WindowState.WindowNoState)
    wait_for(window.topbar.isVisible, "the bars are back")
    assert window.inspector.isVisible()
    press(window, Qt.Key.Key_I)
    assert not kept.changed(window).inspector


def test_a_choice_made_while_stopped_stays(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_X)
    press(window, Qt.Key.Key_1)
    window.networks.run_with(Runtime(2))
    wait_for(lambda: window.live.runtime.threads == 2, "the networks are loaded with two threads")
    assert window.live.selection.variant == "fp32"
    press(window, Qt.Key.Key_X)
    wait_for(lambda: shows(window, "fp32"), "the chosen one runs")


def test_figures_of_another_runtime_are_not_shown(live_window: Window) -> None:
    window = live_window
    wait_for(lambda: bool(window.inspector.cards["int8"].reading), "something is measured")
    press(window, Qt.Key.Key_1)
    wait_for(lambda: shows(window, "fp32") and bool(window.inspector.cards["fp32"].reading), "another is, too")
    window.networks.run_with(Runtime(2))
    wait_for(lambda: window.live.runtime.threads == 2, "two threads")
    window.write_figures()
    assert window.inspector.cards["int8"].reading is None
    wait_for(lambda: bool(window.inspector.cards["fp32"].reading), "it is measured anew")


def test_another_reference_shows_at_once_while_paused(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_C)
    wait_for(lambda: len(window.stage.tiles) > 1, "several variants are there")
    press(window, Qt.Key.Key_Space)
    window.commands.set_reference("int8")
    assert [tile.variant for tile in window.stage.tiles if tile.reference] == ["int8"]


def test_a_sole_variant_that_cannot_run_says_so_until_another_is_chosen(
    opened: Opener, shared_clip: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "models" / "int8.onnx").write_bytes(b"altered")
    window = opened(str(shared_clip("again.mkv")), variant="int8")
    window.settings.repeat = True
    wait_for(lambda: window.live.phase == "live" and "int8" in window.live.selection.refused, "it is refused")
    window.show_state()
    card = window.inspector.cards["int8"]
    assert card.refused
    assert not card.loading
    assert not card.isChecked()
    assert window.figures.hint() == "No variant runs · choose another"
    press(window, Qt.Key.Key_R)
    assert "no variant runs" in window.notices.shown[-1].text
    press(window, Qt.Key.Key_1)
    wait_for(lambda: shows(window, "fp32"), "another one runs")


def test_a_low_window_shows_the_newest_bar_alone(opened: Opener) -> None:
    window = opened("97")
    window.resize(1280, 900)
    for text in ("one", "two"):
        window.show_news(News(text))
    QApplication.processEvents()
    assert [bar.isVisible() for bar in window.notices.shown] == [True, True, True]
    window.resize(760, 480)
    QApplication.processEvents()
    assert [bar.isVisible() for bar in window.notices.shown] == [False, False, True]
    window.notices.shown[-1].dismiss()
    assert window.notices.shown[-1].isVisible()
