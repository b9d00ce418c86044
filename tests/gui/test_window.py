import csv
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from waiting import press, results_until, shows, wait_for

from fer_live.frame import FrameResult
from fer_live.gui import snapshot, words
from fer_live.gui.jobs import Job
from fer_live.gui.window import Window
from fer_live.manifest import Manifest
from fer_live.runtime import Runtime


def test_keys_switch_the_variant_while_pictures_flow(live_window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    window = live_window
    assert shows(window, "int8")

    def switch(seen: list[FrameResult]) -> bool:
        if seen and window.live.selection.variant == "int8":
            press(window, Qt.Key.Key_1)
        return shows(window, "fp32") and seen[-1].runs[0].variant == "fp32"

    seen = results_until(window, switch, monkeypatch)
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
    window.inspector.variants.reference.setCurrentIndex(1)
    window.inspector.variants.reference.activated.emit(1)
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
    seen = results_until(window, lambda _: engine.recording is not None and engine.recording.rows > 300, monkeypatch)
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


def test_comparing_goes_on_without_one_that_cannot_be_loaded(live_window: Window, manifest: Manifest) -> None:
    window = live_window
    manifest.variant("pruned").path.unlink()
    press(window, Qt.Key.Key_C)
    wait_for(lambda: shows(window, "fp32", "int8"), "the others are compared")
    assert window.live.selection.compare
    assert ["PRUNED cannot run" in bar.text for bar in window.notices.shown].count(True) == 1
    assert window.inspector.cards["pruned"].refused


def test_what_runs_goes_on_when_it_cannot_be_loaded_anew(live_window: Window, manifest: Manifest) -> None:
    window = live_window
    manifest.variant("int8").path.unlink()
    window.networks.run_with(Runtime(2))
    wait_for(lambda: any("INT8 cannot be loaded anew" in bar.text for bar in window.notices.shown), "the bar says so")
    assert window.notices.shown[-1].text.endswith("It goes on with CPU, 1 thread.")
    assert window.live.wished_runtime == window.live.runtime == Runtime(1)
    card = window.inspector.cards["int8"]
    assert card.isChecked()
    assert not card.refused
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before and shows(window, "int8"), "it goes on")


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


def test_a_snapshot_that_cannot_be_saved_is_told_in_words(live_window: Window, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    live_window.settings.pictures = str(tmp_path / "file" / "pictures")
    press(live_window, Qt.Key.Key_S)
    assert live_window.notices.shown[-1].text == "The picture could not be saved: a file is in the way."


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


def test_a_snapshot_is_whole_although_the_window_is_closed_at_once(
    live_window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(image: QImage, path: Path) -> Job[Path]:
        def write() -> Path:
            time.sleep(1)  # a large picture on a slow disk
            image.save(str(path))
            return path

        return Job(write, "snapshot")

    monkeypatch.setattr(snapshot, "save", save)
    live_window.commands.snapshot()
    live_window.close()
    (path,) = Path(live_window.settings.pictures).iterdir()
    assert not QImage(str(path)).isNull()
