import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from fer_live.events import CameraOpened, ClipEnded, EngineFailed, Event
from fer_live.frame import Frame, FrameResult
from fer_live.gui.live import Live
from fer_live.gui.selection import Selection
from fer_live.latest import Latest
from fer_live.manifest import Manifest
from fer_live.source import CameraError, Source

PATIENCE_S = 30.0
CLIP, WEBCAM = Source("clip", "a.mp4"), Source("webcam", "0")


class Idle:
    """An engine that only remembers what it was asked for, made as soon as ``go_on``."""

    running: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()
        self.results: Latest[FrameResult] = Latest()
        self.told: list[Event] = []
        self.started: list[Source] = []
        self.closed = 0

    def made(self) -> "Idle":
        assert self.go_on.wait(PATIENCE_S)
        return self

    def start(self, source: Source, variants: object, **options: bool) -> None:
        self.started.append(source)

    def events(self) -> list[Event]:
        told, self.told = self.told, []
        return told

    def know(self, manifest: Manifest) -> None: ...

    def pause(self, paused: bool) -> None: ...

    def close_source(self) -> None:
        self.closed += 1

    def stop(self, timeout_s: float) -> bool:
        return True


@pytest.fixture
def engine() -> Iterator[Idle]:
    made = Idle()
    yield made
    made.go_on.set()


@pytest.fixture
def live(manifest: Manifest, engine: Idle) -> Live:
    return Live(manifest, Selection(manifest), engine.made)  # type: ignore[arg-type, return-value]


def poll_until(live: Live, so: Callable[[], bool]) -> None:
    until_s = time.perf_counter() + PATIENCE_S
    while not so():
        assert time.perf_counter() < until_s
        live.poll()
        time.sleep(0.002)


@pytest.mark.parametrize("fault", [None, CameraError("missing", "No camera found.")])
def test_a_source_chosen_while_another_is_looked_for_is_the_one(
    live: Live, fault: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def find(text: str) -> Source:
        assert go_on.wait(PATIENCE_S)
        if fault is not None:
            raise fault
        return WEBCAM

    monkeypatch.setattr("fer_live.gui.live.find_source", find)
    live.find("")
    live.start(CLIP, mirror=False, loop=False)
    go_on.set()
    poll_until(live, lambda: all(thread.name != "source finder" for thread in threading.enumerate()))
    live.poll()
    assert (live.source, live.phase, live.title) == (CLIP, "opening", "a.mp4")


def test_closing_while_the_engine_is_made_opens_no_camera(live: Live, engine: Idle) -> None:
    engine.go_on.clear()
    live.start(CLIP, mirror=False, loop=False)
    assert not live.close(0.05)  # still in the making
    engine.go_on.set()
    assert live.close(PATIENCE_S)
    assert engine.started == []


def test_no_camera_films_behind_a_failed_engine(live: Live, engine: Idle) -> None:
    live.start(CLIP, mirror=False, loop=False)
    poll_until(live, lambda: engine.started == [CLIP])
    engine.told = [EngineFailed("process", "ZeroDivisionError: odd")]
    live.poll()
    assert live.phase == "failed"
    assert engine.closed == 1


def test_the_last_picture_of_a_source_is_not_the_first_of_the_next(live: Live, engine: Idle) -> None:
    live.start(CLIP, mirror=False, loop=False)
    poll_until(live, lambda: engine.started == [CLIP])
    engine.results.put(FrameResult(Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8)), (), 1.0, (), 0.1))
    live.start(WEBCAM, mirror=False, loop=False)
    engine.told = [CameraOpened("HD Webcam", 2, 2, 30.0)]
    live.poll()
    assert live.newest() is None
    assert live.phase == "waiting"


def test_a_first_picture_that_comes_before_its_source_is_known_to_be_open_is_not_lost(live: Live, engine: Idle) -> None:
    live.start(CLIP, mirror=False, loop=False)
    poll_until(live, lambda: engine.started == [CLIP])
    engine.results.put(FrameResult(Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8)), (), 1.0, (), 0.1))
    engine.told = [CameraOpened("a.mp4", 2, 2, 30.0), ClipEnded("a.mp4")]  # just after the window had asked
    assert live.newest() is None
    live.poll()
    assert live.newest() is not None
    assert live.phase == "ended"


def test_faults_of_a_broken_installation_are_in_the_log(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> "Idle":
        raise ImportError("no libGL")

    monkeypatch.setattr("fer_live.gui.live.list_cameras", broken)
    monkeypatch.setattr("fer_live.gui.live.find_source", lambda text: CLIP)
    live = Live(manifest, Selection(manifest), broken)  # type: ignore[arg-type]
    live.begin("")
    poll_until(live, lambda: live.phase == "failed" and live.cameras == ())
    assert caplog.text.count("ImportError: no libGL") == 2
