import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from fer_live.camera import Camera, Source
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
