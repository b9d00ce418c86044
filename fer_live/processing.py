"""The process thread: the newest frame of the watched source through the pipeline, into the recording and the slot."""

import logging
import threading
from collections.abc import Callable

from fer_live.capacity import CapacityMeter
from fer_live.capture import Capture
from fer_live.events import EngineFailed, Event
from fer_live.faces import FaceFinder
from fer_live.following import follow
from fer_live.frame import Frame, FrameResult
from fer_live.latest import Latest
from fer_live.loader import VariantLoader
from fer_live.pipeline import Pipeline
from fer_live.record import RowRates
from fer_live.recording import Recording
from fer_live.stats import FpsMeter
from fer_live.tracking import FaceTracker

SUMMARY_S = 10.0  # a slow disk, the recording of a day
IDLE_S = 0.2  # how long the process thread waits before it looks after commands and a stuck camera again

log = logging.getLogger(__name__)


class Processing:
    """Owns the face finder, the tracker and the pipeline, and writes the recording. All methods from any thread.

    ``results`` holds the newest FrameResult across all switches of source and variants; ``meter`` counts results and
    ``dropped`` the frames of the watched source that came while an older one was processed; ``measured`` knows what
    each variant took. Only ``join`` waits.
    """

    def __init__(
        self,
        loader: VariantLoader,
        recording: Recording,
        post: Callable[[Event], None],
        *,
        full_range: bool,
        detect_every: int,
    ) -> None:
        self.results: Latest[FrameResult] = Latest()
        self.meter = FpsMeter()
        self.measured = CapacityMeter(detect_every)
        self.dropped = 0
        self._loader, self._recording, self._post = loader, recording, post
        self._full_range, self._detect_every = full_range, detect_every
        self._wishes = threading.Lock()  # guards the two below, and that no result comes after they forbid it
        self._capture: Capture | None = None
        self._paused = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def capture(self) -> Capture | None:
        """The source that is watched."""
        return self._capture

    def watch(self, capture: Capture | None) -> None:
        """Process this source from now on, not paused; None: idle. The last result stays, and no other of the source
        before follows.
        """
        with self._wishes:
            self._paused = self._paused and capture is None
            self._capture = capture

    def pause(self, paused: bool) -> None:
        """No new results while paused. A clip stands still; a camera is read on, so that it does not go stale."""
        with self._wishes:
            self._paused = paused

    def start(self) -> None:
        """Start the thread, unless it runs: a fault may have ended it."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="process", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, for good. Does not wait."""
        self._stopping.set()
        self.watch(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread, which closes the recording; False when it has not ended in time.

        A recording's summary is waited for ``SUMMARY_S`` longer: without it hours would count as cut off.
        """
        thread = self._thread
        if thread is None:
            return True
        thread.join(timeout_s)
        if self._recording.state is not None:
            thread.join(SUMMARY_S)
        return not thread.is_alive()

    def _run(self) -> None:
        try:
            with FaceFinder(self._full_range) as finder:
                try:
                    self._process_all(finder)
                finally:
                    self._recording.obey()
                    self._recording.end()
        except Exception as fault:
            log.exception("the process thread failed")
            self._thread = None  # told last, so that a start in answer to the event makes a new thread
            self._post(EngineFailed("process", f"{type(fault).__name__}: {fault}"))

    def _process_all(self, finder: FaceFinder) -> None:
        read: Capture | None = None
        tracker = FaceTracker()
        pipeline = Pipeline(finder, tracker)
        seen, counted = 0, False
        while not self._stopping.is_set():
            capture = self._capture  # read first: a wish to end the recording comes before another source
            self._recording.obey()
            if capture is None or self._paused or (not self._loader.running and self._loader.loading):
                if capture is not None:
                    capture.play(False)
                counted = False
                self._stopping.wait(IDLE_S / 10)
                continue
            if capture is not read:
                if read is not None and read.source != capture.source:
                    self.measured.forget()
                read, seen, counted, self.dropped = capture, 0, False, 0
                tracker = FaceTracker(tracker.last_number)  # nobody is expected where somebody was in another picture
                pipeline = Pipeline(follow(finder, self._detect_every), tracker)
            capture.play(True)
            newest = capture.frames.get(seen, IDLE_S)
            capture.watch()
            if newest is None:
                continue
            number, frame = newest
            if not counted:
                self.meter.reset()  # a pause is no interval between frames
            missed = number - seen - 1 if counted else 0  # frames passed over on purpose are not dropped ones
            seen, counted = number, True
            self._process_one(pipeline, capture, frame, missed)

    def _process_one(self, pipeline: Pipeline, capture: Capture, frame: Frame, missed: int) -> None:
        result = self._result(pipeline, frame)
        self.dropped += missed
        self.meter.tick(result.done_at)
        self.measured.take(result)
        fps = self.meter.fps(result.done_at)
        self._recording.write(result, RowRates(capture.meter.fps(result.done_at), fps, self.dropped))
        with self._wishes:
            if capture is self._capture and not self._paused:
                self.results.put(result)

    def _result(self, pipeline: Pipeline, frame: Frame) -> FrameResult:
        """By those that run; one that fails on the faces is dropped, and the others do the frame anew."""
        from fer_live.onnx_session import RunError  # loaded with the first variant, and not before

        while True:
            try:
                return pipeline.process(frame, self._loader.running)
            except RunError as fault:
                self._loader.drop(fault)
