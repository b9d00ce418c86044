import csv
import errno
import io
import json
import shutil
import threading
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication
from test_camera_lost import Cable
from test_report_button import Desktop
from waiting import Opener, press, wait_for

from fer_live import growing, held
from fer_live.comparison import Interval, speedup, told
from fer_live.engine import Engine
from fer_live.gui import duel, duel_words, files
from fer_live.gui.duel_words import Said
from fer_live.gui.live import Live
from fer_live.gui.selection import Selection
from fer_live.gui.window import Window
from fer_live.manifest import Manifest, shipped
from fer_live.runtime import CPU, Runtime
from fer_live.settings import Settings
from fer_live.source import Source

FRAMES = 20  # five runs of four frames in each round


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duel, "FRAMES", FRAMES)


@pytest.fixture
def window(opened: Opener) -> Window:
    """The demo, whose every frame has a face, in three variants."""
    window = opened("demo", compare=("fp32", "pruned", "int8"))
    wait_for(lambda: window.live.phase == "live" and len(window.stage.tiles) == 3, "three tiles are there")
    return window


def _said(window: Window) -> Said:
    assert window.duels.panel.said is not None
    return window.duels.panel.said


def _ended(window: Window) -> Said:
    wait_for(lambda: not window.duels.running, "the duel has ended")
    assert window.duels.panel.isVisible()
    return _said(window)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _recomputed(rows: list[dict[str, str]], name: str, against: str) -> Interval | None:
    """The speed-up from nothing but frames.csv: a run ends where the order of the variants changes."""
    frames = [rows[at : at + 3] for at in range(0, len(rows), 3)]
    runs = [list(run) for _, run in groupby(frames, lambda frame: [row["variant"] for row in frame])]
    times = {
        variant: [
            np.median([float(row["process_ms"]) for frame in run for row in frame if row["variant"] == variant])
            for run in runs
        ]
        for variant in (name, against)
    }
    return speedup(times[against], times[name])


def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A duel that is still running when the test has seen enough of it."""
    monkeypatch.setattr(duel, "ROUNDS", 60)
    monkeypatch.setattr(duel, "FRAMES", 200)


def _measuring(window: Window) -> None:
    wait_for(lambda: "Round" in _said(window).status, "it measures")


def test_a_duel_ends_in_verdicts_that_its_files_confirm(window: Window) -> None:
    press(window, Qt.Key.Key_D)
    assert window.duels.panel.isVisible()
    assert _said(window).title == "PRUNED and INT8 against FP32"
    shares: list[float] = []

    def done() -> bool:
        share = _said(window).share
        if share is not None and share not in shares:
            shares.append(share)
        return not window.duels.running

    before = window.stage.frame
    wait_for(done, "the duel has ended")
    assert len(shares) >= 2
    assert shares == sorted(shares)
    said = _said(window)
    assert (said.running, said.reports) == (False, True)
    assert said.status == f"Measured on {3 * FRAMES} frames of demo.mp4 in 3 rounds (its first {FRAMES})."
    assert said.folder is not None
    rows = _rows(said.folder / "frames.csv")
    summary = {row["variant"]: row for row in _rows(said.folder / "summary.csv")}
    assert [line.variant for line in said.lines] == ["pruned", "int8"]
    for line in said.lines:
        found, own = line.interval, summary[line.variant]
        again = _recomputed(rows, line.variant, "fp32")
        assert found is not None
        assert again is not None
        assert found.estimate == pytest.approx(again.estimate, 1e-2)
        # the file's rounding may swap two runs that are all but equal, and how wide it is comes from their ranks
        assert (found.low, found.high) == pytest.approx((again.low, again.high), 0.15)
        assert (found.low, found.high) == pytest.approx((float(own["speedup_low"]), float(own["speedup_high"])), 1e-3)
        assert line.text == told(line.variant.upper(), "FP32", found)
        assert f"same label on {float(own['agreement']) * 100:.1f} % of the frames" in line.detail
    assert "rotating order" in said.notes[0]
    assert said.notes[1].startswith("Too little was measured to tell whether this machine kept its speed")
    session = json.loads((said.folder / "session.json").read_text())
    assert (session["mode"], session["reference"], session["threads"]) == ("bench", "fp32", 1)
    wait_for(lambda: window.stage.frame is not before and not window.live.held, "the live view goes on")
    press(window, Qt.Key.Key_Escape)
    assert not window.duels.panel.isVisible()


def test_nothing_disturbs_a_running_duel(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    _long(monkeypatch)
    press(window, Qt.Key.Key_D)
    _measuring(window)
    assert window.live.held
    held_frame = window.stage.frame
    for key in (Qt.Key.Key_1, Qt.Key.Key_C, Qt.Key.Key_Space, Qt.Key.Key_R, Qt.Key.Key_X, Qt.Key.Key_D):
        press(window, key)
    assert window.notices.shown[-1].text == duel_words.BUSY
    assert not window.live.paused
    assert window.live.selection.wanted == ("fp32", "pruned", "int8")
    assert window.live.active
    bar = window.topbar
    assert not any(part.isEnabled() for part in (bar.source, bar.start, bar.pause, bar.compare, bar.duel))
    assert not window.inspector.isEnabled()
    press(window, Qt.Key.Key_Escape)
    _ended(window)
    assert window.stage.frame is not None
    wait_for(lambda: window.stage.frame is not held_frame, "the live view goes on")
    assert all(part.isEnabled() for part in (bar.source, bar.start, bar.pause, bar.compare, bar.duel))
    assert window.inspector.isEnabled()


def test_neither_the_runtime_nor_the_models_change_while_a_duel_runs(
    window: Window, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    networks, before = window.networks, window.live.runtime
    with monkeypatch.context() as patched:
        _long(patched)
        press(window, Qt.Key.Key_D)
        _measuring(window)
    for change in (
        lambda: networks.run_with(Runtime(2)),
        lambda: networks.add(tmp_path / "own.onnx"),
        lambda: networks.ask_to_remove("int8"),
        lambda: networks.remove("int8"),
        networks.choose_file,
    ):
        for bar in list(window.notices.shown):
            bar.dismiss()
        change()
        assert [bar.text for bar in window.notices.shown] == [duel_words.BUSY]
    assert QApplication.activeModalWidget() is None
    assert window.live.wished_runtime == before
    press(window, Qt.Key.Key_Escape)
    _ended(window)
    networks.run_with(Runtime(2))
    wait_for(lambda: window.live.runtime == Runtime(2), "the networks run with two threads")
    press(window, Qt.Key.Key_D)
    said = _ended(window)
    assert said.folder is not None
    assert {(row["threads"], row["provider"]) for row in _rows(said.folder / "frames.csv")} == {("2", CPU)}
    assert "2 threads, CPU" in said.notes[0]


def test_cancel_keeps_what_was_measured_and_says_so(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    _long(monkeypatch)
    press(window, Qt.Key.Key_D)
    _measuring(window)
    window.duels.panel.cancel.click()
    said = _ended(window)
    assert said.status.startswith("Ended early. Measured on ")
    assert said.folder is not None
    counted = int(said.status.split("Measured on ")[1].split()[0].replace(",", ""))
    assert len(_rows(said.folder / "frames.csv")) == 3 * counted > 0
    assert {row["n"] for row in _rows(said.folder / "summary.csv")} == {str(counted)}


def test_cancelled_at_once_it_leaves_nothing(window: Window) -> None:
    press(window, Qt.Key.Key_D)
    press(window, Qt.Key.Key_Escape)
    assert _ended(window).status == "Ended early, before anything was measured."
    assert not Path(window.settings.recordings).exists()
    titles = [one.text() for one in window.duels.panel.findChildren(QAbstractButton) if not one.isHidden()]
    assert titles == ["Again", "Close"]


def test_closing_the_window_ends_the_duel_and_keeps_its_rows(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    _long(monkeypatch)
    press(window, Qt.Key.Key_D)
    _measuring(window)
    window.close()
    assert not [thread for thread in threading.enumerate() if thread.name in ("duel", "process", "capture")]
    (folder,) = Path(window.settings.recordings).iterdir()
    assert _rows(folder / "frames.csv")
    assert int(_rows(folder / "summary.csv")[0]["n"]) > 0


def test_its_report_and_folder_are_a_button_away(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop = Desktop()
    monkeypatch.setattr(files, "QDesktopServices", desktop)
    window.topbar.duel.click()
    folder = _ended(window).folder
    panel = window.duels.panel
    panel.folder.click()
    panel.report.click()
    wait_for(lambda: len(desktop.opened) == 2, "both are opened")
    assert desktop.opened == [str(folder), str(folder / "report.html")] if folder else False
    panel.again.click()
    assert window.duels.running
    assert _ended(window).folder != folder
    panel.close_.click()
    assert not panel.isVisible()


def test_a_variant_that_is_refused_is_named(window: Window, manifest: Manifest) -> None:
    with manifest.variant("pruned").path.open("ab") as file:
        file.write(b"altered")
    press(window, Qt.Key.Key_D)
    said = _ended(window)
    assert said.status.startswith("PRUNED cannot run: its file pruned.onnx is altered")
    assert said.folder is None
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before, "the live view goes on")


def test_where_nothing_can_be_written_is_said(window: Window, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    window.settings.recordings = str(tmp_path / "file" / "recordings")
    press(window, Qt.Key.Key_D)
    assert _ended(window).status.startswith("Cannot record into ")


def test_a_full_disk_ends_it_and_its_rows_are_kept(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    append, written = growing._append, []

    def append_until_full(file: io.FileIO, rows: list[list[object]]) -> None:
        written.append(len(rows))
        if len(written) > 2:  # the header, then rows once
            raise OSError(errno.ENOSPC, "No space left on device")
        append(file, rows)

    monkeypatch.setattr(growing, "_append", append_until_full)
    _long(monkeypatch)
    press(window, Qt.Key.Key_D)
    status = _ended(window).status
    assert status.startswith(f"Recording stopped: the disk is full; {written[1]} rows are kept in ")
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before, "the live view goes on")


def test_a_fault_that_nobody_foresaw_is_said_and_logged(
    window: Window, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("fer_live.bench.run_bench", broken)
    press(window, Qt.Key.Key_D)
    assert _ended(window).status == "The duel stopped on a fault: ZeroDivisionError: odd"
    assert "ZeroDivisionError: odd" in caplog.text


def test_a_clip_that_is_gone_is_said(opened: Opener, tmp_path: Path) -> None:
    clip = tmp_path / "holiday.mp4"
    shutil.copy(shipped("assets") / "demo.mp4", clip)
    window = opened(str(clip))
    window.settings.repeat = True
    wait_for(lambda: window.live.phase == "live", "pictures flow")
    clip.unlink()
    press(window, Qt.Key.Key_D)
    assert "holiday.mp4" in _ended(window).status


def test_frames_without_a_face_make_no_duel(opened: Opener, shared_clip: Callable[[str], Path]) -> None:
    window = opened(str(shared_clip("no_face.mp4")))
    wait_for(lambda: window.live.phase == "live", "pictures flow")
    press(window, Qt.Key.Key_D)
    said = _ended(window)
    assert said.status.startswith("No face was found in ")
    assert (said.lines, said.reports) == ((), False)


@pytest.fixture
def webcam(qapp: object, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Window, Cable]:
    """A window on a webcam whose plug can be pulled."""
    monkeypatch.setattr(held, "FRAMES", 20)
    cable = Cable(shipped("assets") / "demo.mp4")
    live = Live(manifest, Selection(manifest), lambda: Engine(manifest, open_camera=cable.open))
    window = Window(live, Settings(source="demo", privacy_seen=True, recordings=str(tmp_path / "recordings")))
    window.show()
    wait_for(lambda: live.phase == "live", "the engine is there")
    window.commands.watch(Source("webcam", "HD Webcam"))
    wait_for(lambda: live.phase == "live", "pictures flow")
    return window, cable


def test_a_webcam_gives_its_frames_once_for_all(webcam: tuple[Window, Cable]) -> None:
    window, _ = webcam
    press(window, Qt.Key.Key_D)
    assert _said(window).status.startswith("Taking pictures of HD Webcam: ")
    said = _ended(window)
    assert said.status == "Measured on 60 frames of HD Webcam in 3 rounds."
    assert said.folder is not None
    rows = _rows(said.folder / "frames.csv")
    numbers = {name: [int(row["frame"]) for row in rows if row["variant"] == name] for name in ("fp32", "int8")}
    assert numbers["fp32"] == numbers["int8"]
    first = numbers["fp32"][:20]
    assert first == list(range(first[0], first[0] + 20))
    assert numbers["fp32"] == 3 * first
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before, "the live view goes on")
    window.close()


def test_a_variant_refused_while_pictures_are_taken_is_not_in_the_title(webcam: tuple[Window, Cable]) -> None:
    window, _ = webcam
    window.commands.set_compare(compare=True)
    press(window, Qt.Key.Key_D)
    assert _said(window).title == "PRUNED and INT8 against FP32"
    window.live.selection.adopt(("fp32", "int8"))
    said = _ended(window)
    assert said.title == "INT8 against FP32"
    assert [line.variant for line in said.lines] == ["int8"]
    window.close()


def test_a_webcam_that_stops_meanwhile_is_told(webcam: tuple[Window, Cable], monkeypatch: pytest.MonkeyPatch) -> None:
    window, cable = webcam
    monkeypatch.setattr(held, "FRAMES", 5000)
    press(window, Qt.Key.Key_D)
    cable.pulled.set()
    assert _ended(window).status == "HD Webcam sent too few pictures for a duel. Check it and try again."
    press(window, Qt.Key.Key_D)
    assert window.notices.shown[-1].text == duel_words.NOT_LIVE
    window.close()


def test_taking_pictures_can_be_cancelled_and_the_window_closed(
    webcam: tuple[Window, Cable], monkeypatch: pytest.MonkeyPatch
) -> None:
    window, _ = webcam
    monkeypatch.setattr(held, "FRAMES", 5000)
    press(window, Qt.Key.Key_D)
    press(window, Qt.Key.Key_Escape)
    assert _ended(window).status == "Ended early, before anything was measured."
    press(window, Qt.Key.Key_D)
    window.close()
