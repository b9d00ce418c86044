import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from fer_live.camera import Camera, CameraInfo, Source, open_camera
from fer_live.capture import Capture
from fer_live.events import CameraLost, CameraOpened, CameraOpening, Event
from fer_live.frame import Frame

PATIENCE_S = 30.0
HERE = Source("webcam", "0")


class Driver:
    """A webcam's driver that hangs until ``go_on``; ``fault`` is what a read raises then."""

    title, width, height, fps, mirror = "HD Webcam", 64, 48, 30.0, False

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()
        self.fault: Exception | None = None
        self.reads = self.closed = 0

    def open(self, source: Source, *, live: bool, loop: bool, mirror: bool) -> Camera:
        return self

    def read(self) -> Frame:
        time.sleep(0.002)
        self.reads += 1
        assert self.go_on.wait(PATIENCE_S)
        if self.fault is not None:
            raise self.fault
        return Frame(0, time.perf_counter(), np.zeros((48, 64, 3), np.uint8))

    def close(self) -> None:
        self.closed += 1

    def hang(self) -> None:
        """From now on, until ``go_on``; returns when it does."""
        self.go_on.clear()
        before = self.reads
        wait_for(lambda: self.reads > before)


def wait_for(so: Callable[[], bool]) -> None:
    until_s = time.perf_counter() + PATIENCE_S
    while not so():
        assert time.perf_counter() < until_s
        time.sleep(0.002)


def watch(
    driver: Driver, post: Callable[[Event], None], before: Capture | None = None, source: Source = HERE
) -> Capture:
    return Capture(source, driver.open, post, loop=False, mirror=False, before=before)


def test_a_driver_that_answers_just_as_it_counts_as_lost_is_told_to_be_back_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fer_live.capture.STALE_S", 0.02)
    driver, told = Driver(), list[Event]()

    def post(event: Event) -> None:
        if isinstance(event, CameraLost):
            driver.go_on.set()
            capture.frames.get(seen, 0.3)  # the answer comes before this has been told
        told.append(event)

    capture = watch(driver, post)
    assert capture.frames.get(0, PATIENCE_S)
    driver.hang()
    seen, _ = capture.frames.get(0) or (0, None)
    time.sleep(0.03)
    capture.watch()
    wait_for(lambda: len(told) == 4)
    capture.stop()
    assert capture.join(PATIENCE_S)
    assert [type(event) for event in told] == [CameraOpening, CameraOpened, CameraLost, CameraOpened]


def test_a_fault_of_a_source_that_was_left_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    driver, told = Driver(), list[Event]()
    capture = watch(driver, told.append)
    assert capture.frames.get(0, PATIENCE_S)
    driver.hang()
    capture.stop()
    driver.fault = ZeroDivisionError("odd")
    driver.go_on.set()
    assert capture.join(PATIENCE_S)
    assert [type(event) for event in told] == [CameraOpening, CameraOpened]
    assert "ZeroDivisionError: odd" in caplog.text
    assert driver.closed == 1


def test_one_that_hangs_is_waited_for_also_when_others_came_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_live.capture.STALE_S", 0.02)
    hanging, captures = Driver(), list[Capture]()
    for driver in (hanging, Driver(), Driver()):
        captures.append(watch(driver, lambda event: None, captures[-1] if captures else None))
        assert captures[-1].frames.get(0, PATIENCE_S)
        if driver is hanging:
            driver.hang()
        captures[-1].stop()
    assert captures[1].join(0.02) is captures[2].join(0.02) is False
    hanging.go_on.set()
    assert captures[2].join(PATIENCE_S)


class Plugs:
    """The webcams of this machine; ``seen`` are the numbers opened. cv2's own, but for the pictures."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *there: CameraInfo) -> None:
        self.there, self.seen, self.asked = list(there), list[int](), 0
        monkeypatch.setattr("fer_live.capture.RETRY_S", 0.002)
        monkeypatch.setattr("fer_live.webcam._check_allowed", lambda info: None)
        monkeypatch.setattr("fer_live.source.list_cameras", self.listed)
        monkeypatch.setattr("fer_live.webcam.cv2", SimpleNamespace(**{**vars(cv2), "VideoCapture": self.open}))

    def listed(self) -> list[CameraInfo]:
        self.asked += 1
        return self.there

    def open(self, index: int, backend: int) -> SimpleNamespace:
        self.seen.append(index)
        opened = next(info for info in self.there if info.index == index)
        return SimpleNamespace(
            **{"set": lambda *_: True, "get": lambda _: 30.0, "release": lambda: None},
            **{"grab": lambda: opened in self.there, "retrieve": lambda: (True, np.zeros((4, 4, 3), np.uint8))},
        )


def _webcam(index: int, name: str, path: str) -> CameraInfo:
    return CameraInfo(index, name, cv2.CAP_ANY, path)


@pytest.mark.parametrize(
    ("text", "there", "left"),
    [
        ("2", [_webcam(0, "HD Webcam", "A"), _webcam(2, "HD Webcam", "B")], [_webcam(0, "HD Webcam", "A")]),
        ("0", [_webcam(0, "USB", "A"), _webcam(1, "Built-in", "B")], [_webcam(0, "Built-in", "B")]),
        ("HD Webcam", [_webcam(0, "HD Webcam", "A")], [_webcam(2, "HD Webcam C270", "B")]),
    ],
    ids=["two alike", "numbers move up", "its name is a part of another's"],
)
def test_another_webcam_never_takes_the_place_of_a_lost_one(
    monkeypatch: pytest.MonkeyPatch, text: str, there: list[CameraInfo], left: list[CameraInfo]
) -> None:
    plugs, told = Plugs(monkeypatch, *there), list[Event]()
    capture = Capture(Source("webcam", text), open_camera, told.append, loop=False, mirror=False)
    wait_for(lambda: bool(plugs.seen))
    assert capture.frames.get(0, PATIENCE_S)
    plugs.there = left
    wait_for(lambda: CameraLost in map(type, told))
    asked = plugs.asked
    wait_for(lambda: plugs.asked > asked + 2)
    assert len(plugs.seen) == 1
    number = 7  # it comes back under another
    plugs.there = [*left, replace(next(info for info in there if info.index == plugs.seen[0]), index=number)]
    wait_for(lambda: len(plugs.seen) == 2)
    capture.stop()
    assert capture.join(PATIENCE_S)
    assert plugs.seen[1] == number


def test_a_clip_that_is_paused_just_as_it_is_left_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    class Late(threading.Event):
        """Begins to wait after all that happens meanwhile."""

        def wait(self, timeout: float | None = None) -> bool:
            waiting.set()
            assert go_on.wait(PATIENCE_S)
            return super().wait(timeout)

    late = SimpleNamespace(Event=Late, Lock=threading.Lock, Thread=threading.Thread)
    monkeypatch.setattr("fer_live.capture.threading", late)
    capture = watch(Driver(), lambda event: None, source=Source("clip", "a.mp4"))
    capture.play(True)
    assert waiting.wait(PATIENCE_S)
    capture.stop()
    capture.play(False)
    go_on.set()
    assert capture.join(PATIENCE_S)
