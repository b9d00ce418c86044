import numpy as np
import pytest

from fer_live import held
from fer_live.camera import EndOfClip
from fer_live.frame import Frame
from fer_live.held import FEWEST, Gathering, HeldCamera


def _frame(number: int, side: int = 4) -> Frame:
    return Frame(number, number / 30, np.full((side, side, 3), number, np.uint8))


def test_as_many_are_taken_as_wanted() -> None:
    gathering = Gathering(20)
    for number in range(25):
        assert gathering.enough == (number >= 20)
        gathering.take(_frame(number))
    assert [frame.index for frame in gathering.frames] == list(range(20))
    assert not gathering.starved


def test_big_frames_are_fewer_but_never_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    for most, taken in ((30, 30), (2, FEWEST)):
        monkeypatch.setattr(held, "MOST_BYTES", most * 100 * 100 * 3)
        gathering = Gathering(90)
        for number in range(90):
            gathering.take(_frame(number, 100))
        assert len(gathering) == taken


def test_a_slow_source_gives_fewer_and_a_dead_one_none(monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = Gathering(90)
    for number in range(FEWEST):
        gathering.take(_frame(number))
    assert not gathering.enough
    monkeypatch.setattr(held, "WITHIN_S", -1.0)
    assert gathering.enough
    assert not gathering.starved
    assert Gathering(90).starved
    assert not Gathering(90).enough


def test_held_frames_are_read_as_from_a_camera() -> None:
    frames = [_frame(number) for number in (7, 8, 9)]
    camera = HeldCamera("HD Webcam", frames)
    assert (camera.title, camera.width, camera.height, camera.frames) == ("HD Webcam", 4, 4, 3)
    assert [camera.read() for _ in frames] == frames
    with pytest.raises(EndOfClip):
        camera.read()
    camera.close()
