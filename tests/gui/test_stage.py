import ast
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

import fer_live.gui
from fer_live.frame import Box, Face, Frame, Prediction
from fer_live.gui import overlay, stage, theme, tiles, words
from fer_live.gui.overlay import Mark
from fer_live.gui.tiles import Tile

LABELS = ("angry", "happy", "neutral")


def frame(index: int = 0, width: int = 64, height: int = 48, value: int = 128) -> Frame:
    return Frame(index, time.perf_counter(), np.full((height, width, 3), value, np.uint8))


def tile(name: str, *marks: Mark) -> Tile:
    return Tile(name, name.upper(), 1, "#44c0a8", marks, labels=LABELS)


def face(x: float = 20, y: float = 14, side: float = 20, track: int = 1) -> Mark:
    return Mark(Box(x, y, side, side), track, "happy", 0.93, theme.emotion_colour("happy"))


near = st.floats(-500, 1500)
long = st.floats(1, 2000)


@given(near, near, long, long, long, st.floats(8, 60), long, long)
def test_a_chip_never_leaves_the_picture(
    x: float, y: float, w: float, h: float, chip_w: float, chip_h: float, picture_w: float, picture_h: float
) -> None:
    picture = QRectF(12, 12, picture_w, picture_h)
    taken = [QRectF(12, 12, picture_w / 2, 30)]
    chip = overlay.place_chip(QRectF(x, y, w, h), QSizeF(chip_w, chip_h), picture, taken)
    slack = 1e-6
    assert chip.left() >= picture.left() - slack
    assert chip.top() >= picture.top() - slack
    assert chip.right() <= picture.right() + slack
    assert chip.bottom() <= picture.bottom() + slack


def test_a_chip_stands_above_the_box_and_moves_below_it_where_there_is_no_room() -> None:
    picture, chip = QRectF(0, 0, 640, 480), QSizeF(90, 24)
    assert overlay.place_chip(QRectF(200, 200, 100, 100), chip, picture, []).bottom() <= 200
    assert overlay.place_chip(QRectF(200, 5, 100, 100), chip, picture, []).top() >= 105
    name = QRectF(200, 150, 100, 30)
    assert overlay.place_chip(QRectF(200, 180, 100, 100), chip, picture, [name]).top() >= 280


@given(st.integers(1, 4), st.floats(100, 3000), st.floats(100, 2000), st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_are_equal_keep_the_aspect_and_do_not_overlap(
    count: int, width: float, height: float, frame_w: int, frame_h: int
) -> None:
    area = QRectF(0, 0, width, height)
    places = tiles.grid(area, count, QSizeF(frame_w, frame_h))
    assert len(places) == count
    assert len({(place.width(), place.height()) for place in places}) == 1
    for number, place in enumerate(places):
        assert area.adjusted(-1, -1, 1, 1).contains(place) or place.isEmpty()
        assert not any(place.intersects(other) for other in places[number + 1 :])
        shape = place.width() / frame_w * frame_h
        assert place.height() == pytest.approx(shape, abs=1.01 * max(1, frame_h / frame_w, frame_w / frame_h))


def test_a_chip_without_a_clear_place_covers_as_little_as_can_be() -> None:
    picture, box, chip = QRectF(0, 0, 120, 100), QRectF(20, 30, 60, 40), QSizeF(80, 20)
    taken = [QRectF(0, 0, 120, 28), QRectF(0, 70, 40, 30), QRectF(60, 30, 60, 40)]
    assert overlay.place_chip(box, chip, picture, taken).top() == 74  # below, where the least is taken


def test_a_low_score_reads_unsure_in_gray() -> None:
    seen = Face(Box(0, 0, 9, 9), 0.9, ((1, 1), (5, 1)), 1)
    unsure = overlay.mark(seen, Prediction(LABELS, (0.39, 0.31, 0.30)))
    sure = overlay.mark(seen, Prediction(LABELS, (0.2, 0.41, 0.39)))
    assert (unsure.text, unsure.colour) == ("unsure", theme.UNSURE)
    assert (sure.text, sure.colour) == ("happy 0.41", theme.EMOTIONS["happy"])


def test_the_tile_that_says_another_word_than_the_reference_differs() -> None:
    angry = Mark(Box(0, 0, 9, 9), 1, "angry", 0.9, "#d55e00")
    marked = tiles.compared((tile("a", face()), tile("b", angry), tile("c", face())), "a")
    assert [(one.reference, one.differs) for one in marked] == [(True, False), (False, True), (False, False)]


def test_tiles_differ_only_where_each_could_have_said_the_others_word() -> None:
    def said(name: str, word: str, *labels: str) -> Tile:
        return replace(tile(name, replace(face(), word=word)), labels=labels)

    reference = said("a", "happy", *LABELS)
    for one, differs in (
        (said("b", "angry", *LABELS), True),
        (said("b", "angry", "angry", "sad"), False),  # it does not know the reference's
        (said("b", "calm", "calm", *LABELS), False),  # the reference does not know it
        (said("b", words.UNSURE, *LABELS), True),
        (said("b", "happy", "happy"), False),
    ):
        assert tiles.compared((reference, one), "a")[1].differs is differs, one


def test_a_face_that_goes_fades_and_then_is_gone(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.resize(320, 240)
    shown.show_frame(frame(0), [tile("a", face())])
    with_face = shown.grab().toImage()
    shown.show_frame(frame(1), [tile("a")])
    assert shown.fading
    now = time.perf_counter()
    monkeypatch.setattr(stage.time, "perf_counter", lambda: now + 1)
    without = shown.grab().toImage()
    assert not shown.fading
    assert with_face != without


@pytest.mark.parametrize("times", [1, 40])  # a webcam's picture and a phone's, which is painted without a copy
def test_the_picture_is_the_frame_in_its_colours_and_shape(qtbot: QtBot, times: int) -> None:
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.resize(424, 424)
    rgb = np.zeros((48 * times, 64 * times, 3), np.uint8)
    rgb[:, : 32 * times], rgb[:, 32 * times :] = (250, 10, 20), (10, 20, 250)
    shown.show_frame(Frame(0, 0.0, rgb), [tile("a")])
    place = shown.places()[0]
    assert (place.width(), place.height()) == (400, 300)
    picture = shown.grab().toImage()
    left = picture.pixelColor(round(place.left() + 60), round(place.center().y()))
    right = picture.pixelColor(round(place.right() - 60), round(place.center().y()))
    assert (left.red(), left.green(), left.blue()) == (250, 10, 20)
    assert (right.red(), right.green(), right.blue()) == (10, 20, 250)
    assert picture.pixelColor(10, 10) == QColor(theme.current().window)


def test_what_the_tiles_show_can_be_heard(qtbot: QtBot) -> None:
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.show_figures([tile("fp32", face()), replace(tile("int8", face()), differs=True), tile("fp16")])
    assert shown.accessibleDescription() == "FP32: happy 0.93; INT8: happy 0.93, differs; FP16: no face"
    shown.show_frame(frame(), shown.tiles)
    shown.gray_out()
    shown.show_figures(shown.tiles)
    assert shown.accessibleDescription() == ""


def test_a_lost_picture_stays_in_gray_without_boxes(qtbot: QtBot) -> None:
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.resize(424, 424)
    rgb = np.full((48, 64, 3), (200, 30, 30), np.uint8)
    shown.show_frame(Frame(0, 0.0, rgb), [tile("a", face())])
    shown.gray_out()
    picture = shown.grab().toImage()
    place = shown.places()[0]
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(round(place.left()) + 20, round(place.right()) - 20, 7)
        for y in range(round(place.top()) + 20, round(place.bottom()) - 20, 7)
    }
    assert len(colours) == 1
    assert QColor(colours.pop()).saturation() < 20


def test_five_thousand_frames_are_shown_without_a_signal(qtbot: QtBot) -> None:
    """PySide6 6.12.0 on Python 3.11 aborts after some thousand emits: the view may have no signal of its own."""
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.resize(160, 120)
    canvas = QImage(160, 120, QImage.Format.Format_RGB32)
    for index in range(5000):
        shown.show_frame(frame(index, 32, 24), [tile("a", face(track=1 + index % 3))])
        if index % 10 == 0:
            painter = QPainter(canvas)
            shown.paint_tiles(painter)
            painter.end()
    assert shown.frame is not None
    assert shown.frame.index == 4999


def test_no_part_of_the_window_defines_or_emits_a_signal() -> None:
    folder = Path(fer_live.gui.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                assert node.attr != "emit", f"{path.name}:{node.lineno}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("Signal", "pyqtSignal"), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("size", [(560, 430), (1200, 900), (300, 240)])
def test_pills_lie_clear_of_a_tiles_figures(qtbot: QtBot, size: tuple[int, int]) -> None:
    shown = stage.Stage()
    qtbot.addWidget(shown)
    shown.resize(*size)
    figured = [replace(tile("fp32"), capacity_fps=31.2, classify_ms=26.5)] * 4
    shown.show_frame(frame(width=640, height=480), figured)
    shown.set_hint("Paused · press Space to go on")
    shown.set_recording("REC 00:01")
    first = shown.places()[0]
    statuses = [area for area, _, _ in shown._statuses(shown.places())]
    assert len(statuses) == 2
    assert not statuses[0].intersects(statuses[1])
    if first.width() >= tiles.ROOMY_PX:
        width = tiles.figures_width(figured[0])
        corner = QRectF(first.right() - tiles.INSET_PX - width, first.top() + tiles.INSET_PX, width, tiles.FIGURES_PX)
        assert not any(area.intersects(corner) for area in statuses)
