import csv
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from tiny_onnx import faltering_model, tiny_manifest, tiny_variant

from fer_live.camera import Camera, CameraError, ClipCamera, Source
from fer_live.capture import Capture
from fer_live.engine import (
    CameraFailed,
    CameraLost,
    CameraOpened,
    CameraOpening,
    ClipEnded,
    Engine,
    EngineFailed,
    Event,
    RecordingStarted,
    RecordingStopped,
    VariantRefused,
    VariantsRunning,
)
from fer_live.faces import FaceFinder
from fer_live.following import FollowingFinder
from fer_live.frame import Frame, FrameResult
from fer_live.manifest import Manifest, shipped
from fer_live.record import Recorder

Clip = Callable[[str], Path]
E = TypeVar("E", bound=Event)
PATIENCE_S = 30.0
NAMES = ("fp32", "pruned", "int8")


class Desk:
    """Somebody at the window: reads results and events, and remembers the events."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.told: list[Event] = []
        self.waiting: list[Event] = []
        self.seen = 0

    def event(self, kind: type[E]) -> E:
        """The next event of that kind that was not asked for yet; the ones before it are remembered in ``told``."""
        until_s = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < until_s:
            self.waiting += self.engine.events()
            while self.waiting:
                self.told.append(self.waiting.pop(0))
                if isinstance(self.told[-1], kind):
                    return self.told[-1]
            time.sleep(0.005)
        raise AssertionError(f"no {kind.__name__}; told: {self.told}")

    def events(self) -> list[Event]:
        """Those that nobody asked for yet."""
        waiting, self.waiting = [*self.waiting, *self.engine.events()], []
        return waiting

    def result(self) -> FrameResult:
        """The next result."""
        newest = self.engine.results.get(self.seen, PATIENCE_S)
        assert newest, f"no result; told: {self.told + self.events()}"
        self.seen = newest[0]
        return newest[1]

    def result_of(self, names: tuple[str, ...]) -> FrameResult:
        """The next result with runs of exactly these variants."""
        for _ in range(500):
            result = self.result()
            if sorted(run.variant for run in result.runs) == sorted(names):
                return result
        raise AssertionError(f"no result of {names}; running: {self.engine.running}")


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path / "models")


@pytest.fixture
def desk(manifest: Manifest) -> Iterator[Desk]:
    made = Desk(Engine(manifest))
    yield made
    assert made.engine.stop(10)


def clip(path: Path) -> Source:
    return Source("clip", str(path))


def test_a_clip_is_shown_and_labelled(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    first = desk.result()
    assert first.frame.index == 0  # a clip waits until everything is loaded
    assert first.faces[0].track == 1
    assert first.runs[0].variant == "fp32"
    assert len(first.runs[0].predictions) == len(first.faces)
    assert desk.event(CameraOpened) == CameraOpened("again.mkv", 640, 480, 30.0)
    assert CameraOpening("again.mkv") in desk.told
    indexes = [desk.result().frame.index for _ in range(20)]
    assert indexes == sorted(set(indexes))


def test_faces_are_followed_between_detections(
    manifest: Manifest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[FollowingFinder] = []

    def remembered(finder: FaceFinder, every: int) -> FollowingFinder:
        made.append(FollowingFinder(finder, every))
        return made[-1]

    monkeypatch.setattr("fer_live.processing.follow", remembered)
    desk = Desk(Engine(manifest, detect_every=10))
    try:
        desk.engine.start(clip(shipped("assets") / "demo.mp4"), ["int8"])
        assert all(desk.result().faces for _ in range(12))
        desk.engine.record(tmp_path)
        folder = desk.event(RecordingStarted).folder
        assert json.loads((folder / "session.json").read_text())["detect_every"] == 10
    finally:
        assert desk.engine.stop(10)
    assert made[0].detections >= 1


def test_variants_are_switched_while_frames_flow(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.event(VariantsRunning)
    for names in (("int8",), NAMES, ("pruned", "fp32"), ("fp32",)):
        desk.engine.use(names)
        assert desk.event(VariantsRunning).names == names
        assert desk.engine.running == names
        result = desk.result_of(names)
        assert all(len(run.predictions) == len(result.faces) for run in result.runs)


def test_the_last_of_several_wishes_wins(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    for name in NAMES * 5:
        desk.engine.use([name])
    while desk.event(VariantsRunning).names != ("int8",):
        pass
    desk.result_of(("int8",))
    assert desk.engine.running == ("int8",)


def test_an_altered_variant_is_refused_and_the_old_one_goes_on(
    desk: Desk, shared_clip: Clip, manifest: Manifest
) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.result_of(("fp32",))
    path = manifest.variant("int8").path
    path.write_bytes(path.read_bytes() + b"x")
    desk.engine.use(["int8"])
    refused = desk.event(VariantRefused)
    assert refused.name == "int8"
    assert "altered" in refused.reason
    desk.engine.use(["fp32", "nonesuch"])
    assert "nonesuch" in desk.event(VariantRefused).reason
    assert desk.engine.running == ("fp32",)
    desk.result_of(("fp32",))


def test_without_any_variant_the_picture_runs(desk: Desk, shared_clip: Clip, manifest: Manifest) -> None:
    manifest.variant("int8").path.unlink()
    desk.engine.start(clip(shared_clip("again.mkv")), ["int8"])
    result = desk.result()
    assert result.faces
    assert result.runs == ()
    assert desk.event(VariantRefused).name == "int8"
    desk.engine.use(["pruned"])
    desk.result_of(("pruned",))


def test_a_variant_that_fails_on_a_face_is_dropped_and_the_others_go_on(
    manifest: Manifest, tmp_path: Path, shared_clip: Clip
) -> None:
    mine = tiny_variant(manifest.folder, "mine", faltering_model())
    desk = Desk(Engine(replace(manifest, variants=(*manifest.variants, mine))))
    try:
        desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "mine"])
        first = desk.result()  # no frame is lost
        assert (first.frame.index, [run.variant for run in first.runs]) == (0, ["fp32"])
        refused = desk.event(VariantRefused)
        assert (refused.name, "NaN or infinity" in refused.reason) == ("mine", True)
        assert desk.engine.running == ("fp32",)
        desk.engine.use(["mine"])  # alone: the picture runs on without labels
        assert desk.event(VariantRefused).name == "mine"
        result = desk.result_of(())
        assert result.faces
        desk.engine.use(["pruned"])
        desk.result_of(("pruned",))
    finally:
        assert desk.engine.stop(10)


def test_at_the_start_those_that_load_run(desk: Desk, shared_clip: Clip, manifest: Manifest) -> None:
    manifest.variant("int8").path.write_bytes(b"no ONNX")
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
    assert desk.event(VariantRefused).name == "int8"
    desk.result_of(("fp32",))


def test_the_source_is_switched_while_running(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.result()
    desk.engine.start(clip(shared_clip("no_face.mp4")), ["fp32"], mirror=True)
    while desk.event(CameraOpened).title != "no_face.mp4":
        pass
    while (result := desk.result()).frame.rgb.shape[:2] != (540, 960):
        pass
    assert result.faces == ()
    assert result.runs[0].predictions == ()
    assert desk.engine.rates().dropped >= 0


def test_mirror_while_running(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("four_faces.jpg")), ["fp32"])
    plain = desk.result().frame.rgb
    desk.engine.mirror(True)
    flipped = plain[:, ::-1]
    assert any(np.array_equal(desk.result().frame.rgb, flipped) for _ in range(100))


def test_paused_a_clip_stands_still(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    for _ in range(5):
        before = desk.result()
    desk.engine.pause(True)
    while newest := desk.engine.results.get(desk.seen, 0.5):  # the one that was under way
        desk.seen, before = newest
    desk.engine.pause(False)
    after = desk.result()
    assert 0 < after.frame.index - before.frame.index < 8  # the pause was 15 frames long
    assert not [event for event in desk.events() if isinstance(event, CameraLost)]


def test_a_clip_ends_and_plays_again(desk: Desk, shared_clip: Clip) -> None:
    picture = clip(shared_clip("grace_hopper.bmp"))
    desk.engine.start(picture, ["fp32"], loop=False)
    assert desk.event(ClipEnded).title == "grace_hopper.bmp"
    first = desk.result()
    desk.engine.start(picture, ["fp32"], loop=False)
    desk.event(ClipEnded)
    np.testing.assert_array_equal(desk.result().frame.rgb, first.frame.rgb)


def test_a_clip_that_repeats_can_be_told_to_end(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"], loop=True)
    assert desk.result().frame.index == 0
    desk.engine.loop(False)
    desk.event(ClipEnded)
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"], loop=False)
    desk.engine.loop(True)
    last = desk.result().frame.index
    while last < 80:  # it has 78
        last = desk.result().frame.index


def test_a_clip_that_is_gone_when_it_repeats_is_told(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    shutil.copy(shared_clip("again.mkv"), tmp_path / "short.mkv")
    desk.engine.start(clip(tmp_path / "short.mkv"), ["fp32"], loop=True)
    desk.result()
    (tmp_path / "short.mkv").unlink()
    failed = desk.event(CameraFailed)
    assert failed.kind == "missing"
    assert "short.mkv" in failed.reason
    assert CameraLost not in map(type, desk.told)


def test_in_one_recording_no_two_frames_have_one_number(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    source = clip(shared_clip("again.mkv"))
    desk.engine.start(source, ["fp32"])
    desk.result()
    desk.engine.record(tmp_path)
    folder = desk.event(RecordingStarted).folder
    desk.result()
    desk.engine.start(source, ["fp32"])  # as Again does
    desk.event(CameraOpened)
    for _ in range(5):
        desk.result()
    desk.engine.stop_recording()
    desk.event(RecordingStopped)
    with (folder / "frames.csv").open(newline="") as file:
        frames = [int(row["frame"]) for row in csv.DictReader(file)]
    assert frames == sorted(set(frames))


def test_close_source_leaves_the_last_result_and_a_new_start_works(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.result()
    desk.engine.close_source()
    while newest := desk.engine.results.get(desk.seen, 0.5):
        desk.seen = newest[0]
    assert desk.engine.results.get(0) is not None
    desk.engine.start(clip(shared_clip("bird.mkv")), ["fp32"])
    desk.result()


def test_measured_capacity_and_rates(desk: Desk, shared_clip: Clip) -> None:
    assert desk.engine.capacity("fp32") is None
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
    for _ in range(30):
        result = desk.result()
    measured = desk.engine.capacity("int8")
    assert measured
    assert measured.n >= 25
    assert 0 < measured.classify_ms_p50 < measured.process_ms_p50
    assert measured.capacity_fps == pytest.approx(1000 / measured.process_ms_p50)
    assert desk.engine.capacity("pruned") is None
    rates = desk.engine.rates()
    assert rates.camera_fps > 0
    assert rates.processed_fps > 0
    assert result.latency_ms > 0


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "frames.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_recording_holds_what_was_shown(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
    desk.result_of(("fp32", "int8"))
    desk.engine.record(tmp_path / "sessions")
    folder = desk.event(RecordingStarted).folder
    state = desk.engine.recording
    assert state
    assert state.folder == folder
    shown = {result.frame.index: result for result in (desk.result() for _ in range(15))}
    desk.engine.stop_recording()
    stopped = desk.event(RecordingStopped)
    assert (stopped.folder, stopped.reason) == (folder, "")
    assert desk.engine.recording is None
    rows = rows_of(folder)
    assert stopped.rows == len(rows) >= 2 * 10
    checked = 0
    for row in rows:
        if (result := shown.get(int(row["frame"]))) is None:
            continue
        run = result.runs[int(row["place"]) - 1]
        assert row["variant"] == run.variant
        assert row["label"] == run.predictions[0].label
        assert float(row["detect_ms"]) == pytest.approx(result.detect_ms, abs=1e-3)
        assert int(row["faces"]) == len(result.faces)
        checked += 1
    assert checked >= 20
    assert (folder / "summary.csv").is_file()
    assert (folder / "session.json").is_file()


def test_a_recording_is_compared_with_the_reference_asked_for(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["pruned", "int8"])
    desk.result_of(("pruned", "int8"))
    desk.engine.record(tmp_path, "pruned")
    folder = desk.event(RecordingStarted).folder
    for _ in range(10):
        desk.result()
    desk.engine.stop_recording()
    desk.event(RecordingStopped)
    assert json.loads((folder / "session.json").read_text())["reference"] == "pruned"
    assert {row["agrees"] for row in rows_of(folder) if row["variant"] == "pruned"} == {"1"}
    assert {row["agrees"] for row in rows_of(folder)} <= {"0", "1"}
    with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    assert rows["pruned"]["speedup"] == "1.000"
    assert float(rows["int8"]["speedup"]) > 0


def test_the_summary_of_a_recording_is_waited_for(
    manifest: Manifest, shared_clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a whole day: otherwise the window would be gone before it is written."""
    close = Recorder.close

    def slowly(recorder: Recorder) -> Path:
        time.sleep(0.5)
        return close(recorder)

    monkeypatch.setattr(Recorder, "close", slowly)
    desk = Desk(Engine(manifest))
    desk.engine.start(clip(shared_clip("again.mkv")), ["int8"])
    desk.engine.record(tmp_path)
    folder = desk.event(RecordingStarted).folder
    desk.result()
    assert desk.engine.stop(0.2)
    assert (folder / "summary.csv").is_file()


def test_another_source_ends_the_recording(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.engine.record(tmp_path)
    desk.event(RecordingStarted)
    desk.result()
    desk.engine.start(clip(shared_clip("bird.mkv")), ["fp32"])
    assert desk.event(RecordingStopped).reason == "the source was changed"


def test_stop_closes_the_recording(manifest: Manifest, shared_clip: Clip, tmp_path: Path) -> None:
    engine = Engine(manifest)
    desk = Desk(engine)
    engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    engine.record(tmp_path / "sessions")
    folder = desk.event(RecordingStarted).folder
    desk.result()
    assert engine.stop(10)
    assert engine.stop()
    assert (folder / "summary.csv").is_file()
    assert rows_of(folder)
    assert engine.results.get(0) is None
    engine.start(clip(shared_clip("again.mkv")), ["fp32"])  # a window may still ask while it closes
    engine.close_source()


def test_a_folder_that_cannot_be_written(desk: Desk, shared_clip: Clip, tmp_path: Path) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    (tmp_path / "file").write_bytes(b"")
    desk.engine.record(tmp_path / "file")
    stopped = desk.event(RecordingStopped)
    assert stopped.rows == 0
    assert "cannot record" in stopped.reason
    desk.result()


@pytest.mark.skipif(sys.platform == "win32", reason="limits on the size of a file are POSIX")
def test_a_full_disk_stops_the_recording_and_not_the_app(desk: Desk, tmp_path: Path) -> None:
    import resource

    webcam = Webcams(np.zeros((48, 64, 3), np.uint8))
    engine = desk.engine = webcam.engine(desk)
    engine.start(Source("webcam", "0"), NAMES)
    desk.result()
    engine.record(tmp_path)
    folder = desk.event(RecordingStarted).folder
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        stopped = desk.event(RecordingStopped)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "the disk is full" in stopped.reason
    assert stopped.folder == folder
    assert len(rows_of(folder)) == stopped.rows > 0
    assert engine.recording is None
    desk.result()
    assert engine.stop(10)


class FakeWebcam:
    """A webcam in memory: gives one picture over and over until its cable is pulled."""

    fps = 30.0

    def __init__(self, plugs: "Webcams", name: str) -> None:
        self.title, self._plugs = name, plugs
        self.height, self.width = plugs.rgb.shape[:2]
        self.mirror = False
        self.index = 0

    def read(self) -> Frame:
        time.sleep(0.005)
        self._plugs.flowing.wait()
        if self._plugs.name != self.title:
            raise CameraError("lost", f"{self.title} stopped answering. Check its cable.")
        self.index += 1
        return Frame(self.index - 1, time.perf_counter(), self._plugs.rgb)

    def close(self) -> None:
        self._plugs.closed += 1


class Webcams:
    """What is plugged into the machine: one webcam under a number and a name, or none."""

    def __init__(self, rgb: np.ndarray) -> None:
        self.rgb = rgb
        self.number, self.name = "0", "HD Webcam"
        self.flowing = threading.Event()
        self.flowing.set()
        self.opened = self.closed = 0

    def open(self, source: Source, *, live: bool, loop: bool, mirror: bool) -> Camera:
        if source.value not in (self.number, self.name):
            raise CameraError("missing", f"{source.title} is not there.")
        self.opened += 1
        return FakeWebcam(self, self.name)

    def engine(self, desk: Desk) -> Engine:
        return Engine(desk.engine.manifest, open_camera=self.open)


@pytest.fixture
def webcams(shared_clip: Clip) -> Webcams:
    return Webcams(ClipCamera(str(shared_clip("grace_hopper.bmp")), live=False, loop=False).read().rgb)


def test_a_lost_camera_is_told_and_comes_back(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    first = desk.result()
    assert desk.event(CameraOpened).title == "HD Webcam"
    webcams.number, webcams.name = "", ""
    lost = desk.event(CameraLost)
    assert lost == CameraLost("HD Webcam", "HD Webcam stopped answering. Check its cable.")
    while newest := engine.results.get(desk.seen, 0.3):
        desk.seen, first = newest
    assert engine.results.get(0) is not None  # the last picture stays
    webcams.number, webcams.name = "0", "HD Webcam"
    assert desk.event(CameraOpened).title == "HD Webcam"
    again = desk.result()
    assert again.frame.index > first.frame.index
    assert [type(event) for event in desk.told].count(CameraLost) == 1
    assert engine.stop(10)
    assert webcams.opened == webcams.closed == 2


def test_a_driver_that_blocks_counts_as_lost(desk: Desk, webcams: Webcams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_live.capture.STALE_S", 0.3)
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    desk.event(CameraOpened)
    webcams.flowing.clear()
    assert "has sent no picture" in desk.event(CameraLost).reason
    webcams.flowing.set()
    desk.event(CameraOpened)
    desk.result()
    assert engine.stop(10)
    assert webcams.closed == 1


def test_a_driver_that_blocks_before_the_picture_is_wanted_counts_as_lost_too(
    desk: Desk, webcams: Webcams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_live.capture.STALE_S", 0.05)
    told: list[Event] = []
    capture = Capture(Source("webcam", "0"), webcams.open, told.append, loop=False, mirror=False)
    assert capture.frames.get(0, PATIENCE_S)
    webcams.flowing.clear()
    time.sleep(0.06)
    capture.play(True)  # as when the first network has loaded
    capture.watch()
    webcams.flowing.set()
    capture.stop()
    assert capture.join(PATIENCE_S)
    assert [type(event) for event in told] == [CameraOpening, CameraOpened, CameraLost]


def test_stop_does_not_wait_for_a_driver_that_hangs(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    webcams.flowing.clear()
    time.sleep(0.05)
    assert not engine.stop(0.2)
    webcams.flowing.set()
    assert engine.stop(10)


def test_what_happens_to_a_source_that_was_left_is_not_told(desk: Desk, webcams: Webcams, shared_clip: Clip) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    desk.event(CameraOpened)
    webcams.flowing.clear()
    time.sleep(0.05)
    engine.close_source()
    webcams.name = ""
    webcams.flowing.set()
    assert engine.stop(10)
    assert webcams.closed == 1
    assert not [event for event in desk.events() if isinstance(event, CameraLost | CameraOpened)]


def test_what_was_not_read_of_a_source_that_was_left_is_forgotten(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "7"), ["fp32"])
    until_s = time.perf_counter() + PATIENCE_S
    while engine.running != ("fp32",) and time.perf_counter() < until_s:
        time.sleep(0.005)
    assert engine.running == ("fp32",)
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    told = [type(event) for event in desk.events()]
    assert told == [VariantsRunning, CameraOpening, CameraOpened]
    engine.start(Source("webcam", "HD Webcam"), ["fp32"])
    desk.result()
    engine.close_source()
    assert desk.events() == []
    assert engine.stop(10)


def test_nothing_comes_after_a_pause(desk: Desk, webcams: Webcams, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    putting, paused, late = threading.Event(), threading.Event(), list[bool]()

    def put(result: FrameResult) -> None:
        putting.set()
        late.append(paused.wait(0.2))

    monkeypatch.setattr(engine.results, "put", put)
    assert putting.wait(PATIENCE_S)
    engine.pause(True)
    paused.set()
    assert engine.stop(10)
    assert late
    assert not any(late)


def test_a_face_of_another_source_gets_a_number_of_its_own(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    (face,) = desk.result().faces
    assert face.track == 1
    engine.start(Source("webcam", "HD Webcam"), ["fp32"])
    until_s = time.perf_counter() + PATIENCE_S
    while (face := desk.result().faces[0]).track == 1 and time.perf_counter() < until_s:
        pass
    assert face.track == 2
    assert engine.stop(10)


def test_no_camera(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "7"), ["fp32"])
    assert desk.event(CameraFailed) == CameraFailed("missing", "Camera 7 is not there.")
    engine.start(Source("webcam", "0"), ["fp32"])
    desk.result()
    assert engine.stop(10)


def test_an_unreadable_clip(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_bytes(b"no video")
    desk.engine.start(clip(tmp_path / "notes.mp4"), ["fp32"])
    failed = desk.event(CameraFailed)
    assert failed.kind == "unreadable"
    assert "notes.mp4" in failed.reason


@pytest.mark.parametrize("kind", ["clip", "webcam"])
def test_a_pause_is_no_interval_between_frames(
    desk: Desk, webcams: Webcams, shared_clip: Clip, tmp_path: Path, kind: str
) -> None:
    engine = desk.engine = webcams.engine(desk) if kind == "webcam" else desk.engine
    engine.start(Source("webcam", "0") if kind == "webcam" else clip(shared_clip("again.mkv")), ["int8"])
    desk.result_of(("int8",))
    engine.record(tmp_path)
    folder = desk.event(RecordingStarted).folder
    for paused in (False, True, False):
        engine.pause(paused)
        if paused:
            time.sleep(1.0)
        else:
            for _ in range(8):
                desk.result()
    engine.stop_recording()
    desk.event(RecordingStopped)
    for column in ("processed_fps", "capture_fps"):
        rates = [float(row[column]) for row in rows_of(folder)]
        assert min(rate for rate in rates if rate) > 3, rates  # a second between two frames is 1


def test_a_paused_webcam_is_read_on_and_nothing_is_counted_as_dropped(desk: Desk, webcams: Webcams) -> None:
    engine = desk.engine = webcams.engine(desk)
    engine.start(Source("webcam", "0"), ["fp32"])
    before = desk.result()
    engine.pause(True)
    while newest := engine.results.get(desk.seen, 0.3):
        desk.seen, before = newest
    dropped = engine.rates().dropped
    engine.pause(False)
    passed = desk.result().frame.index - before.frame.index
    assert passed > 10
    assert engine.rates().dropped - dropped < passed / 2
    assert engine.stop(10)


def test_an_unforeseen_fault_is_posted_by_each_thread(
    desk: Desk, webcams: Webcams, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> Camera:
        raise ZeroDivisionError("odd")

    engine = desk.engine = Engine(desk.engine.manifest, open_camera=broken)
    engine.start(Source("webcam", "0"), ["fp32"])
    assert desk.event(EngineFailed) == EngineFailed("capture", "ZeroDivisionError: odd")
    until_s = time.perf_counter() + PATIENCE_S
    while engine.running != ("fp32",) and time.perf_counter() < until_s:
        time.sleep(0.005)  # it loads beside, and is not to be broken too
    assert engine.running == ("fp32",)
    with monkeypatch.context() as patch:
        patch.setattr("fer_live.classifier.OnnxClassifier.warm_up", broken)
        engine.use(["int8"])
        assert desk.event(EngineFailed) == EngineFailed("loader", "ZeroDivisionError: odd")
    assert engine.stop(10)

    engine = desk.engine = webcams.engine(desk)
    desk.seen = 0
    with monkeypatch.context() as patch:
        patch.setattr("fer_live.pipeline.Pipeline.process", broken)
        engine.start(Source("webcam", "0"), ["fp32"])
        assert desk.event(EngineFailed) == EngineFailed("process", "ZeroDivisionError: odd")
    engine.start(Source("webcam", "0"), ["fp32"])  # and a new start makes it whole
    desk.result()
    assert engine.stop(10)
    assert caplog.text.count("ZeroDivisionError: odd") == 3


def test_events_are_given_once_and_in_order(desk: Desk, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.result()
    told = [type(event) for event in desk.events()]
    assert told.index(CameraOpening) < told.index(CameraOpened)
    assert VariantsRunning in told
    assert desk.events() == []


def test_importing_the_engine_is_cheap() -> None:
    import subprocess

    heavy = ("mediapipe", "onnxruntime", "torch", "PySide6")
    script = f"import sys, fer_live.engine; print([name for name in {heavy} if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout == "[]\n"
