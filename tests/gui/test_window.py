import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSlider, QWidget
from waiting import Opener, wait_for

from fer_live.frame import FrameResult
from fer_live.gui import theme, words
from fer_live.gui.keys import KEYS, KeysDialog
from fer_live.gui.window import Window
from fer_live.manifest import Manifest
from fer_live.settings import Settings, load_settings, save_settings

Clip = Callable[[str], Path]


def shows(window: Window, *names: str) -> bool:
    return tuple(tile.variant for tile in window.stage.tiles) == names


def press(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)
    QApplication.processEvents()


def indices(window: Window, run: Callable[[], bool], monkeypatch: pytest.MonkeyPatch) -> list[FrameResult]:
    """The results that the window shows until ``run`` says that it is enough."""
    seen: list[FrameResult] = []
    newest = window.live.newest

    def watched() -> FrameResult | None:
        result = newest()
        if result is not None:
            seen.append(result)
        return result

    monkeypatch.setattr(window.live, "newest", watched)
    wait_for(run, "enough was seen")
    monkeypatch.setattr(window.live, "newest", newest)
    return seen


def test_keys_switch_the_variant_while_pictures_flow(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    window = live_window
    assert shows(window, "int8")

    def switch() -> bool:
        if window.live.selection.variant == "int8":
            press(window, Qt.Key.Key_1)
        return shows(window, "fp32")

    seen = indices(window, switch, monkeypatch)
    assert {run.variant for result in seen for run in result.runs} == {"int8", "fp32"}
    assert all(len(result.runs) == 1 for result in seen)
    assert window.inspector.cards["fp32"].isChecked()
    assert not window.inspector.cards["int8"].isChecked()


def test_compare_shows_the_same_frame_once_per_variant(live_window: Window) -> None:
    window = live_window
    press(window, Qt.Key.Key_C)
    wait_for(lambda: shows(window, "fp32", "pruned", "int8"), "three tiles are there")
    places = window.stage.places()
    assert len({(place.width(), place.height()) for place in places}) == 1
    assert [tile.reference for tile in window.stage.tiles] == [True, False, False]
    wait_for(lambda: all(tile.capacity_fps for tile in window.stage.tiles), "every tile has its figures")
    boxes = {tuple(mark.box for mark in tile.marks) for tile in window.stage.tiles}
    assert len(boxes) == 1
    press(window, Qt.Key.Key_2)
    wait_for(lambda: shows(window, "fp32", "int8"), "one was taken away")
    press(window, Qt.Key.Key_3)
    assert "two variants at least" in window.notices.shown[-1].text
    window.inspector.reference.setCurrentIndex(1)
    window.inspector.reference.activated.emit(1)
    wait_for(lambda: [tile.reference for tile in window.stage.tiles] == [False, True], "the reference changed")
    press(window, Qt.Key.Key_C)
    wait_for(lambda: shows(window, "int8"), "one is shown again")


def test_a_recording_holds_what_was_shown_cell_by_cell(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    window = live_window
    engine = window.live.engine
    assert engine is not None
    press(window, Qt.Key.Key_C)
    wait_for(lambda: len(window.stage.tiles) == 3, "three tiles are there")
    press(window, Qt.Key.Key_R)
    wait_for(lambda: engine.recording is not None, "the recording runs")
    seen = indices(window, lambda: engine.recording is not None and engine.recording.rows > 300, monkeypatch)
    window.write_figures()
    assert re.fullmatch(r"00:\d\d   [\d,]+ rows", window.inspector.record.text())
    assert window.inspector.record.isChecked()
    press(window, Qt.Key.Key_R)
    wait_for(lambda: any("rows saved in" in bar.text for bar in window.notices.shown), "the window says where")
    (folder,) = (Path(window.settings.recordings)).iterdir()
    assert str(folder) in window.notices.shown[-1].text.replace("~", str(Path.home()))
    with (folder / "frames.csv").open(newline="", encoding="utf-8") as file:
        rows = {(int(row["frame"]), row["variant"], row["latency_ms"]): row for row in csv.DictReader(file)}
    checked = 0
    for result in seen:
        said = {run.variant: run.predictions[0].label for run in result.runs if run.predictions}
        for place, run in enumerate(result.runs, 1):
            row = rows.get((result.frame.index, run.variant, f"{result.latency_ms:.3f}"))
            if row is None:  # shown just before the recording began
                continue
            main = run.predictions[0] if run.predictions else None
            assert row["place"] == str(place)
            assert row["faces"] == str(len(result.faces))
            assert row["detect_ms"] == f"{result.detect_ms:.3f}"
            assert row["classify_ms"] == f"{run.classify_ms:.3f}"
            assert row["process_ms"] == f"{result.process_ms(run):.3f}"
            assert row["label"] == (main.label if main else "")
            assert row["score"] == (f"{main.score:.4f}" if main else "")
            assert row["agrees"] == (str(int(main.label == said["fp32"])) if main else "")
            checked += 1
    assert checked >= 30
    assert (folder / "summary.csv").is_file()
    assert (folder / "session.json").is_file()


def test_an_altered_model_is_refused_and_the_old_one_goes_on(live_window: Window, manifest: Manifest) -> None:
    window = live_window
    with manifest.variant("pruned").path.open("ab") as file:
        file.write(b"altered")
    press(window, Qt.Key.Key_2)
    wait_for(lambda: any("PRUNED cannot run" in bar.text for bar in window.notices.shown), "the bar says why")
    bar = window.notices.shown[-1]
    assert "altered" in bar.text
    assert "INT8 goes on" in bar.text
    assert "altered" in window.inspector.cards["pruned"].refused
    assert window.inspector.cards["int8"].isChecked()
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before and shows(window, "int8"), "the old one goes on")
    press(window, Qt.Key.Key_C)
    wait_for(lambda: shows(window, "fp32", "int8"), "the others are compared")
    press(window, Qt.Key.Key_Escape)
    assert bar not in window.notices.shown


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


def test_three_rates_are_shown_apart(live_window: Window) -> None:
    window = live_window
    wait_for(lambda: window.statusbar.text("capacity") != words.NONE, "capacity is measured")
    wait_for(lambda: window.statusbar.text("memory") != words.NONE, "the cost is measured")
    texts = {name: window.statusbar.text(name) for name in ("camera", "processed", "capacity", "detect", "dropped")}
    assert all(re.fullmatch(r"[\d,.]+ fps", texts[name]) for name in ("camera", "processed", "capacity")), texts
    assert re.fullmatch(r"[\d.]+ ms", texts["detect"])
    assert re.fullmatch(r"[\d,]+", texts["dropped"])


def test_the_main_faces_probabilities_are_shown_as_bars(live_window: Window) -> None:
    window = live_window
    wait_for(lambda: window.inspector.bars.prediction is not None, "there are bars")
    said = window.inspector.bars.prediction
    assert said is not None
    assert len(said.scores) == 7
    assert sum(said.scores) == pytest.approx(1, abs=1e-5)
    assert re.match(r"FACE \d+", window.inspector.face_title.text())


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


def test_a_snapshot_is_the_picture_with_its_overlay(live_window: Window) -> None:
    window = live_window
    wait_for(lambda: bool(window.stage.tiles[0].marks), "a face is shown")
    press(window, Qt.Key.Key_Space)
    QTest.qWait(300)
    press(window, Qt.Key.Key_S)
    wait_for(lambda: any(bar.text.startswith("Saved ") for bar in window.notices.shown), "the window says where")
    (path,) = Path(window.settings.pictures).iterdir()
    saved, frame = QImage(str(path)), window.stage.frame
    assert frame is not None
    assert (saved.width(), saved.height()) >= (frame.rgb.shape[1], frame.rgb.shape[0])
    colour = window.stage.tiles[0].marks[0].colour
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    saved.convertTo(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(saved.constBits(), np.uint8).reshape(saved.height(), saved.bytesPerLine())
    rgb = pixels[:, : saved.width() * 3].reshape(saved.height(), saved.width(), 3)
    assert (np.abs(rgb.astype(int) - wanted).max(axis=2) < 3).sum() > 100


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
