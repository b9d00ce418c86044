"""The engine: a capture thread, a process thread and short-lived loaders; commands in, events and results out."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fer_live.camera import Source, open_camera
from fer_live.capture import Capture, OpenCamera
from fer_live.events import (
    CameraFailed,
    CameraLost,
    CameraOpened,
    CameraOpening,
    ClipEnded,
    EngineFailed,
    Event,
    RecordingStarted,
    RecordingStopped,
    VariantRefused,
    VariantsRunning,
)
from fer_live.faces import FaceFinder
from fer_live.following import follow
from fer_live.frame import Frame, FrameResult
from fer_live.latest import Latest
from fer_live.loader import WARM_UP, VariantLoader
from fer_live.manifest import Manifest
from fer_live.pipeline import Pipeline
from fer_live.record import RowRates, SessionFacts
from fer_live.recording import Recording, RecordingState
from fer_live.stats import FpsMeter, summarise, typical
from fer_live.tracking import FaceTracker

__all__ = [
    "CameraFailed",
    "CameraLost",
    "CameraOpened",
    "CameraOpening",
    "ClipEnded",
    "Conditions",
    "Engine",
    "EngineFailed",
    "Event",
    "Measured",
    "Rates",
    "RecordingStarted",
    "RecordingState",
    "RecordingStopped",
    "VariantRefused",
    "VariantsRunning",
]

WINDOW_S = 5.0  # what a variant's measured capacity looks back on
IDLE_S = 0.2  # how long the process thread waits before it looks after commands and a stuck camera again

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rates:
    """What the camera gives, what is processed, and how many frames were passed over since the source was started."""

    camera_fps: float
    processed_fps: float
    dropped: int


@dataclass(frozen=True)
class Measured:
    """What a variant takes on this machine over the last ``n`` frames with a face: medians, and 1000 / process_ms.

    Where faces are followed between detections, the capacity counts these too (``stats.typical``).
    """

    n: int
    classify_ms_p50: float
    process_ms_p50: float
    capacity_fps: float


@dataclass(frozen=True)
class Conditions:
    """What classifications and detections are made with."""

    threads: int
    full_range: bool
    detect_every: int


class Engine:
    """Create once per app. All methods may be called from the main thread and only ``stop`` waits.

    ``results`` holds the newest FrameResult across all switches of source and variants; it is closed by ``stop``.
    A result's ``runs`` is empty only when no variant could be loaded.
    """

    def __init__(
        self,
        manifest: Manifest,
        *,
        threads: int = 1,
        full_range: bool = False,
        detect_every: int = 1,
        open_camera: OpenCamera = open_camera,
    ) -> None:
        self.results: Latest[FrameResult] = Latest()
        self._manifest, self._threads, self._full_range, self._open_camera = manifest, threads, full_range, open_camera
        self._detect_every = detect_every
        self._events: deque[Event] = deque()
        self._loader = VariantLoader(manifest, threads, self._events.append)
        self._recording = Recording(self._session_facts, self._events.append)
        self._capture: Capture | None = None
        self._last_capture: Capture | None = None  # may still hang in its driver after close_source
        self._mirror = False
        self._paused = False
        self._stopping = threading.Event()
        self._process: threading.Thread | None = None
        self._meter = FpsMeter()
        self._dropped = 0
        self._measured_lock = threading.Lock()
        self._measured: dict[str, deque[tuple[float, float, float]]] = {}

    def start(self, source: Source, variants: Sequence[str], *, mirror: bool = False, loop: bool = True) -> None:
        """Open ``source`` in place of the present one and run ``variants``. Returns at once; events tell the rest.

        A recording of another source is stopped. A pause is ended.
        """
        if self._stopping.is_set():
            return
        if self._last_capture is not None and self._last_capture.source != source:
            self._recording.wish(None, "the source was changed")
        self._paused, self._mirror = False, mirror
        before = self._last_capture
        if before is not None:
            before.stop()
        self._capture = self._last_capture = Capture(
            source, self._open_camera, self._events.append, loop=loop, mirror=mirror, before=before
        )
        if tuple(variants) != self.running or self._loader.loading:
            self.use(variants)
        if self._process is None:
            self._process = threading.Thread(target=self._run, name="process", daemon=True)
            self._process.start()

    def use(self, variants: Sequence[str]) -> None:
        """Load these variants beside the running ones and swap; VariantsRunning or VariantRefused tells the outcome."""
        self._loader.use(variants)

    def pause(self, paused: bool) -> None:
        """No new results while paused. A clip stands still; a camera is read on, so that it does not go stale."""
        self._paused = paused

    def mirror(self, on: bool) -> None:
        """Mirror the picture left to right from the next frame on."""
        self._mirror = on
        if self._capture is not None:
            self._capture.mirror(on)

    def close_source(self) -> None:
        """Close the camera or clip; the threads idle and the last result stays. A recording is stopped."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.stop()
            self._recording.wish(None)

    def record(self, parent: Path) -> None:
        """Start recording into a new folder below ``parent``; RecordingStarted or RecordingStopped tells the rest."""
        self._recording.wish(parent)

    def stop_recording(self) -> None:
        """Close the recording; RecordingStopped tells when its files are whole."""
        self._recording.wish(None)

    def events(self) -> list[Event]:
        """What happened since the last call, oldest first."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def rates(self) -> Rates:
        """The rates of the present source over the last two seconds."""
        capture, now_s = self._capture, time.perf_counter()
        camera_fps = capture.meter.fps(now_s) if capture else 0.0
        return Rates(camera_fps, self._meter.fps(now_s), self._dropped)

    def tap(self, take: Callable[[Frame], None] | None) -> None:
        """Give ``take`` every frame that the present source sends from now on, in the capture thread; None ends it."""
        if self._capture is not None:
            self._capture.tap = take

    @property
    def conditions(self) -> Conditions:
        """What is measured here is measured with these."""
        return Conditions(self._threads, self._full_range, self._detect_every)

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the variants that classify now."""
        return tuple(classifier.variant.name for classifier in self._loader.running)

    @property
    def recording(self) -> RecordingState | None:
        """The running recording, or None."""
        return self._recording.state

    def capacity(self, name: str) -> Measured | None:
        """What the variant ``name`` took over the last five seconds; None when it has not seen a face in them."""
        now_s = time.perf_counter()
        with self._measured_lock:
            rows = [row for row in self._measured.get(name, ()) if now_s - row[0] <= WINDOW_S]
        if not rows:
            return None
        classify, process = (summarise(row[column] for row in rows) for column in (1, 2))
        typical_ms = typical([row[2] for row in rows], self._detect_every)
        return Measured(len(rows), classify.p50, process.p50, 1000 / typical_ms)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End all threads, closing the camera and the recording; False when one still hangs after ``timeout_s``.

        May be called twice. The engine cannot be started again.
        """
        until_s = time.perf_counter() + timeout_s
        self._stopping.set()
        self._capture = None
        if self._last_capture is not None:
            self._last_capture.stop()
        ended = self._loader.join(timeout_s)
        if process := self._process:
            process.join(max(until_s - time.perf_counter(), 0.0))
            ended = ended and not process.is_alive()
        if self._last_capture is not None:
            ended = self._last_capture.join(max(until_s - time.perf_counter(), 0.0)) and ended
        self.results.close()
        return ended

    def _run(self) -> None:
        try:
            with FaceFinder(self._full_range) as finder:
                try:
                    self._process_all(Pipeline(follow(finder, self._detect_every), FaceTracker()))
                finally:
                    self._recording.obey()
                    self._recording.end()
        except Exception as fault:
            log.exception("the process thread failed")
            self._process = None  # told last, so that a start in answer to the event makes a new thread
            self._events.append(EngineFailed("process", f"{type(fault).__name__}: {fault}"))

    def _process_all(self, pipeline: Pipeline) -> None:
        read: Capture | None = None
        seen, counted = 0, False
        while not self._stopping.is_set():
            self._recording.obey()
            capture = self._capture
            if capture is None or self._paused or (not self.running and self._loader.loading):
                if capture is not None:
                    capture.play(False)
                counted = False
                self._stopping.wait(IDLE_S / 10)
                continue
            if capture is not read:
                read, seen, counted, self._dropped = capture, 0, False, 0
                self._meter.reset()
            capture.play(True)
            newest = capture.frames.get(seen, IDLE_S)
            capture.watch()
            if newest is None:
                continue
            number, frame = newest
            missed = number - seen - 1 if counted else 0  # frames passed over on purpose are not dropped ones
            seen, counted = number, True
            self._process_one(pipeline, capture, frame, missed)

    def _process_one(self, pipeline: Pipeline, capture: Capture, frame: Frame, missed: int) -> None:
        result = pipeline.process(frame, self._loader.running)
        self._dropped += missed
        self._meter.tick(result.done_at)
        self._measure(result)
        fps = self._meter.fps(result.done_at)
        self._recording.write(result, RowRates(capture.meter.fps(result.done_at), fps, self._dropped))
        if capture is self._capture and not self._paused:
            self.results.put(result)

    def _measure(self, result: FrameResult) -> None:
        with self._measured_lock:
            for run in result.runs if result.faces else ():
                rows = self._measured.setdefault(run.variant, deque())
                rows.append((result.done_at, run.classify_ms, result.process_ms(run)))
                while result.done_at - rows[0][0] > WINDOW_S:
                    rows.popleft()

    def _session_facts(self) -> SessionFacts:
        source = self._capture.title if self._capture else ""
        return SessionFacts(
            source, self._manifest, self.running, self._threads, WARM_UP, "live", detect_every=self._detect_every
        )
