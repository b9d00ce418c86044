"""The charts' dock in the real window, over the real engine."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from waiting import Opener, press, results_until, wait_for

from fer_live.frame import FrameResult
from fer_live.gui import app as gui
from fer_live.gui import duel, theme
from fer_live.gui.cards import Reading
from fer_live.gui.dock import CHARTS, RESTING
from fer_live.gui.window import Window
from fer_live.manifest import load_manifest
from fer_live.recent.minute import SPAN_S, Minute
from fer_live.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]


def open_charts(window: Window, *names: str) -> None:
    """Open the dock with room for these charts, and wait until each was drawn."""
    window.resize(1920, 1080)
    window.dock.want(names or tuple(CHARTS))
    press_g(window)
    wait_for(lambda: set(window.dock.panes) >= set(window.dock.shown), "the charts are made")
    drawn_anew(window)


def press_g(window: Window) -> None:
    wait_for(window.isActiveWindow, "keys reach the window")
    press(window, Qt.Key.Key_G)


def drawn_anew(window: Window) -> None:
    counts = {name: window.dock.panes[name].drawn for name in window.dock.shown}
    wait_for(lambda: all(window.dock.panes[name].drawn > counts[name] for name in counts), "the charts are drawn anew")


def words_of(window: Window, name: str) -> str:
    return window.dock.panes[name].accessibleDescription()


def test_charts_of_the_demo_show_what_the_window_was_given(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    manifest = load_manifest()
    window = gui.make_window(gui.GuiOptions(source="demo", compare=manifest.names[:4]), manifest)
    window.settings.repeat = True
    window.show()
    try:
        wait_for(lambda: window.live.phase == "live" and len(window.stage.tiles) == 4, "four tiles are there")
        open_charts(window)
        window.figures.minute = Minute()
        faces = lambda seen: sum(bool(result.faces) for result in seen) >= 12  # noqa: E731
        seen = results_until(window, faces, monkeypatch)
        press(window, Qt.Key.Key_Space)
        wait_for(lambda: window.live.paused, "it is paused")
        check_against(window, seen)
    finally:
        window.close()
        window.deleteLater()


def check_against(window: Window, seen: list[FrameResult]) -> None:
    """The dock says what can be worked out by hand from the results; more may have come before the pause."""
    minute, names = window.figures.minute, window.live.running
    with_face = [result for result in seen if result.faces]
    for name in names:
        took = [run.classify_ms for result in with_face for run in result.runs if run.variant == name]
        assert minute.times(name)[1].tolist()[: len(took)] == took
    assert minute.taken >= len(seen)
    drawn = dict.fromkeys(CHARTS, -1)

    def still() -> bool:
        before = dict(drawn)
        drawn.update({name: pane.drawn for name, pane in window.dock.panes.items()})
        QTest.qWait(300)
        return before == drawn

    wait_for(still, "a pause holds the charts still")
    times = {name: minute.times(name)[1] for name in names}
    told = words_of(window, "distribution")
    for name in names:
        p50 = float(np.median(times[name]))
        shown = told.split(f"{window.live.manifest.variant(name).title} p50 ")[1].split(" ms")[0]
        assert float(shown.replace(",", "")) == pytest.approx(p50, rel=0.06, abs=0.5)
    counts = minute.pairs.between(names[0], names[1], minute.now_s)
    assert counts.compared == times[names[0]].size
    title = [window.live.manifest.variant(name).title for name in names]
    assert f"{title[0]} and {title[1]} {100 * (counts.share or 0):.1f}" in words_of(window, "agreement")
    assert all(one in words_of(window, "emotions") for one in title)
    assert all(one in words_of(window, "tradeoff") for one in title)


def test_the_key_and_the_button_open_and_close_the_dock_and_it_is_remembered(opened: Opener) -> None:
    window = opened()
    assert not window.dock.isVisible()
    press_g(window)
    assert window.dock.isVisible()
    assert window.topbar.charts.isChecked()
    window.dock.want(["agreement"])
    window.close()
    again = gui.make_window(gui.GuiOptions(), window.live.manifest)
    assert load_settings()[0].charts_wanted == ["agreement"]
    assert again.settings.charts
    assert again.dock.isVisibleTo(again)
    assert again.dock.wanted == ["agreement"]
    again.dock.close_button.click()
    assert not again.dock.isVisibleTo(again)
    assert not again.topbar.charts.isChecked()
    again.close()
    assert not load_settings()[0].charts


def test_hidden_charts_draw_nothing(live_window: Window) -> None:
    window = live_window
    open_charts(window, "latency", "emotions")
    assert set(window.dock.panes) == {"latency", "emotions"}
    window.dock.toggle("emotions")
    hidden, before = window.dock.panes["emotions"], window.dock.panes["emotions"].drawn
    assert not hidden.isVisible()
    drawn_anew(window)
    assert hidden.drawn == before
    press(window, Qt.Key.Key_G)
    counts = {name: pane.drawn for name, pane in window.dock.panes.items()}
    taken = window.figures.minute.taken
    wait_for(lambda: window.figures.minute.taken > taken + 5, "pictures flow")
    QTest.qWait(250)
    assert {name: pane.drawn for name, pane in window.dock.panes.items()} == counts
    press(window, Qt.Key.Key_G)
    drawn_anew(window)
    window.commands.full()
    assert not window.dock.isVisible()
    window.commands.full()
    assert window.dock.isVisible()


def test_a_duel_leaves_the_charts_at_rest(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duel, "ROUNDS", 60)
    window = opened("demo", compare=("fp32", "int8"))
    window.settings.repeat = True
    wait_for(lambda: len(window.stage.tiles) == 2, "two tiles are there")
    open_charts(window, "latency")
    press(window, Qt.Key.Key_D)
    said = window.duels.panel
    wait_for(lambda: said.said is not None and "Round" in said.said.status, "it measures")
    window.dock.want(["latency", "emotions"])
    QTest.qWait(250)
    assert set(window.dock.panes) == {"latency"}
    press(window, Qt.Key.Key_Escape)
    wait_for(lambda: set(window.dock.panes) == {"latency", "emotions"}, "the charts go on")
    drawn_anew(window)


def test_charts_opened_in_a_duel_wait_for_its_end(opened: Opener) -> None:
    window = opened()
    window.live.hold(True)
    window.show_state()
    press_g(window)
    assert RESTING in [label.text() for label in window.dock.findChildren(QLabel) if label.isVisible()]
    QTest.qWait(250)
    assert not window.dock.panes
    window.live.hold(False)
    window.show_state()
    wait_for(lambda: bool(window.dock.panes), "the charts are made")


def test_a_tick_draws_one_chart_at_most(live_window: Window) -> None:
    window = live_window
    open_charts(window)
    assert window.dock.shown == tuple(CHARTS)
    window.dock._timer.stop()
    assert window.dock._timer.interval() >= 100
    drawn: list[str] = []
    for _ in CHARTS:
        before = {name: pane.drawn for name, pane in window.dock.panes.items()}
        window.dock.tick()
        drawn += [name for name, pane in window.dock.panes.items() if pane.drawn > before[name]]
    assert sorted(drawn) == sorted(set(drawn))
    assert drawn


def test_a_theme_is_taken_on_at_once(live_window: Window) -> None:
    window = live_window
    window.settings.theme = "light"
    window.dress()
    open_charts(window, "tradeoff")
    pane = window.dock.panes["tradeoff"]
    for look in (theme.LIGHT, theme.DARK, theme.LIGHT):
        window.settings.theme = look.name  # type: ignore[assignment]  # light or dark
        window.dress()
        QApplication.processEvents()
        assert pane.plot.widget.grab().toImage().pixelColor(60, 12) == QColor(look.raised)


def test_what_is_missing_is_said_in_words(live_window: Window) -> None:
    window = live_window
    open_charts(window)
    window.dock._timer.stop()
    empty = replace(window.figures.for_charts(), minute=Minute(), readings={})
    for pane in window.dock.panes.values():
        pane.refresh(empty)
    assert words_of(window, "latency") == words_of(window, "distribution") == "Nothing measured yet"
    assert words_of(window, "emotions") == "No face in the last minute"
    assert words_of(window, "agreement") == "Only one variant runs"
    assert words_of(window, "tradeoff") == "Nothing measured yet"
    window.dock.panes["agreement"].refresh(replace(empty, running=("fp32", "int8")))
    assert words_of(window, "agreement") == "Nothing compared yet"


def test_little_room_shows_what_was_chosen_last(opened: Opener) -> None:
    window = opened()
    window.resize(900, 560)
    press_g(window)
    wait_for(lambda: "latency" in window.dock.panes, "the chart is made")
    assert window.dock.shown == ("latency",)
    QTest.mouseClick(window.dock.chips["agreement"], Qt.MouseButton.LeftButton)
    assert window.dock.shown == ("agreement",)
    assert [name for name, chip in window.dock.chips.items() if chip.isChecked()] == ["agreement"]
    QTest.mouseClick(window.dock.chips["agreement"], Qt.MouseButton.LeftButton)
    assert window.dock.shown == ("agreement",), "the last one stays"
    window.resize(1920, 1080)
    QApplication.processEvents()
    assert window.dock.shown == tuple(CHARTS)
    window.resize(760, 480)
    QApplication.processEvents()
    assert window.live.phase == "failed"
    assert not window.dock.isVisible(), "the message's buttons need the room"
    window.shelf.give_way(asked=False)
    QApplication.processEvents()
    assert window.dock.isVisible()
    assert window.dock.geometry().bottom() <= window.shelf.height()
    assert window.stage.height() >= window.stage.minimumHeight()


def test_labels_of_dots_keep_clear_of_each_other() -> None:
    from fer_live.gui.charts.tradeoff import place_label

    area, taken = QRectF(0, 0, 300, 200), [QRectF(110, 90, 80, 20)]
    for _ in range(3):
        place = place_label(QPointF(100, 100), 5, (20, 30), area, taken)
        assert area.contains(place)
        assert not any(place.intersects(other) for other in taken)
        taken.append(place)


def test_names_are_kept_apart_and_inside() -> None:
    from fer_live.gui.charts.ink import kept_apart

    assert kept_apart([50.0, 20.0, 21.0, 99.0], 15, 7, 93) == [50.0, 20.0, 35.0, 93.0]
    assert kept_apart([90.0, 91.0], 15, 7, 93) == [78.0, 93.0]
    assert kept_apart([], 15, 7, 93) == []


def test_a_variant_without_accuracy_is_named_and_not_placed(live_window: Window) -> None:
    window = live_window
    open_charts(window, "tradeoff")
    window.dock._timer.stop()
    seen = window.figures.for_charts()
    first, *others = seen.manifest.variants
    manifest = replace(seen.manifest, variants=(replace(first, metrics=()), *others))
    readings = {variant.name: Reading(2.0, 300.0) for variant in manifest.variants}
    pane = window.dock.panes["tradeoff"]
    pane.refresh(replace(seen, manifest=manifest, readings=readings))
    placed = [variant.title for variant in others if variant.accuracy is not None]
    assert all(title in pane.accessibleDescription() for title in placed)
    assert first.title not in pane.accessibleDescription().replace("PRUNED", "")


def test_an_old_minute_does_not_grow_old_while_paused(live_window: Window) -> None:
    window = live_window
    wait_for(lambda: window.figures.minute.times("int8")[0].size > 3, "something was measured")
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: window.live.paused, "it is paused")
    QTest.qWait(100)
    minute = window.figures.minute
    now, count = minute.now_s, minute.times("int8")[0].size
    QTest.qWait(200)
    assert (minute.now_s, minute.times("int8")[0].size) == (now, count)
    assert minute.since_s == now - SPAN_S
    press(window, Qt.Key.Key_Space)
    wait_for(lambda: minute.now_s > now, "it goes on")


def test_the_window_starts_without_pyqtgraph() -> None:
    program = "import sys, fer_live.gui.app\nsys.stdout.write(str('pyqtgraph' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False"


def test_pyqtgraph_uses_the_windows_qt() -> None:
    program = (
        "import sys, warnings; warnings.simplefilter('error')\nimport fer_live.gui.charts.kinds, pyqtgraph\n"
        "others = [name for name in sys.modules if name.startswith(('PyQt5', 'PyQt6', 'PySide2'))]\n"
        "sys.stdout.write(f'{pyqtgraph.Qt.QT_LIB} {others}')"
    )
    env = os.environ | {"PYQTGRAPH_QT_LIB": "PyQt5"}
    python = [sys.executable, "-c", program]
    done = subprocess.run(python, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "PySide6 []"
    assert done.stderr == ""


def test_closing_while_the_library_loads_leaves_no_thread(opened: Opener) -> None:
    window = opened()
    press_g(window)
    assert window.dock.isVisible()
    window.close()
    assert not window.dock._timer.isActive()
