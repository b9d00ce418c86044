"""The capture thread: one source from its start to its stop, its newest frame in a slot."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from fer_live.camera import Camera, CameraError, ClipCamera, EndOfClip, Source, WebCamera
from fer_live.events import CameraFailed, CameraLost, CameraOpened, CameraOpening, ClipEnded, EngineFailed, Event
from fer_live.frame import Frame
from fer_live.latest import Latest
from fer_live.stats import FpsMeter

RETRY_S = 1.0
STALE_S = 2.0  # a driver that blocks longer than this counts as lost

log = logging.getLogger(__name__)


class OpenCamera(Protocol):
    """How a source becomes a camera: ``camera.open_camera``, or a test's own."""

    def __call__(self, source: Source, *, live: bool, loop: bool, mirror: bool) -> Camera:
        """An open camera, or CameraError."""


class Capture:
    """Reads one source in a thread of its own until it is stopped. All methods may be called from any thread.

    ``frames`` holds the newest frame; their ``index`` counts from ``first`` and goes on when a lost camera comes back.
    ``before`` is the capture that this one follows: it is waited for a while, because both may use the same device.
    What happened is given to ``post`` in order, and nothing any more once ``stop`` has returned.
    """

    def __init__(
        self,
        source: Source,
        open_camera: OpenCamera,
        post: Callable[[Event], None],
        *,
        loop: bool,
        mirror: bool,
        before: "Capture | None" = None,
        first: int = 0,
    ) -> None:
        self.source = source
        self.title = source.title
        self.index = first  # of the next frame
        self.frames: Latest[Frame] = Latest()
        self.meter = FpsMeter()
        self.tap: Callable[[Frame], None] | None = None  # given every frame too, in this thread
        self._open_camera, self._events, self._loop, self._mirror, self._before = (
            open_camera,
            post,
            loop,
            mirror,
            before,
        )
        self._camera: Camera | None = None
        self._telling = threading.Lock()  # taken last; makes one step of asking whether this is stopped, and telling
        self._state = threading.Lock()  # guards what follows, and that what it says is told in the same order
        self._newest_s: float | None = None
        self._lost = False
        self._paused = True  # until play()
        self._playing = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def play(self, on: bool) -> None:
        """Let a clip run or stand still (it stands at first). A webcam or stream is read on, or it would go stale."""
        with self._state:
            if self._paused == (not on) or self._stopping.is_set():
                return
            self._paused = not on
            if self.source.kind == "clip":
                self._newest_s = None
                self.meter.reset()  # a pause is no interval between frames
            if on:
                self._playing.set()
            else:
                self._playing.clear()

    def mirror(self, on: bool) -> None:
        """Mirror the frames read from now on."""
        self._mirror = on
        if camera := self._camera:
            camera.mirror = on

    def loop(self, on: bool) -> None:
        """From now on a clip begins anew at its end, or ends there."""
        self._loop = on
        if isinstance(camera := self._camera, ClipCamera):
            camera.loop = on

    def watch(self) -> None:
        """Post CameraLost when no frame has come for two seconds although the camera is open: its driver blocks."""
        with self._state:
            waited = self._newest_s is not None and time.perf_counter() - self._newest_s > STALE_S
            if not waited or self._lost:
                return
            self._lost = True
            self._post(CameraLost(self.title, f"{self.title} has sent no picture for {STALE_S:.0f} seconds."))

    def stop(self) -> None:
        """Ask the thread to end, and close the slot. Does not wait."""
        with self._state, self._telling:
            self._stopping.set()
            self._playing.set()  # a clip that stands still would not see that it is over
        self.frames.close()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread and for those of the captures before; False when one still hangs in its driver.

        It is a daemon and holds up nothing else.
        """
        until_s = time.perf_counter() + timeout_s
        one: Capture | None = self
        while one is not None and one._ended(max(until_s - time.perf_counter(), 0.0)):
            one = one._before
        return one is None

    def _ended(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _post(self, event: Event) -> None:
        """Tell, unless stopped: what happens while a source is being left is nobody's business any more."""
        with self._telling:
            if not self._stopping.is_set():
                self._events(event)

    def _run(self) -> None:
        try:
            if self._before is not None and self._before._ended(STALE_S):
                self._before = self._before._before  # which may still hang
            try:
                self._read_all()
            finally:
                with self._state:
                    self._newest_s = None
                self._close()
        except Exception as fault:
            log.exception("the capture thread failed on %s", self.title)
            self._post(EngineFailed("capture", f"{type(fault).__name__}: {fault}"))

    def _read_all(self) -> None:
        if self._stopping.is_set():
            return
        self._post(CameraOpening(self.title))
        try:
            self._open(self.source)
        except CameraError as fault:
            self._post(CameraFailed(fault.kind, str(fault)))
            return
        while not self._stopping.is_set():
            if self.source.kind == "clip":
                self._playing.wait()
            try:
                frame = self._camera.read() if self._camera else None
            except EndOfClip:
                self._post(ClipEnded(self.title))
                return
            except CameraError as fault:
                if fault.kind != "lost":  # as a repeated clip whose file is gone: it does not come back by itself
                    self._post(CameraFailed(fault.kind, str(fault)))
                    return
                self._reopen(fault)
                continue
            if frame is not None:
                frame, self.index = replace(frame, index=self.index), self.index + 1
                self._give(frame)

    def _give(self, frame: Frame) -> None:
        with self._state:
            back, self._lost = self._lost, False
            if self.source.kind != "clip" or not self._paused:
                self._newest_s = frame.captured_at
            if back:
                self._tell_opened()
        self.meter.tick(frame.captured_at)
        self.frames.put(frame)
        if tap := self.tap:
            tap(frame)

    def _open(self, source: Source) -> None:
        self._camera = self._open_camera(source, live=True, loop=self._loop, mirror=self._mirror)
        self.mirror(self._mirror)  # it may have changed while the camera opened
        self.loop(self._loop)
        self.title = self._camera.title
        self._tell_opened()

    def _tell_opened(self) -> None:
        if camera := self._camera:
            self._post(CameraOpened(camera.title, camera.width, camera.height, camera.fps))

    def _reopen(self, fault: CameraError) -> None:
        """Tell that the camera is lost and try each second to have it back, until stopped."""
        # Another webcam may have its number, or its name, now: a recording that goes on is of this one.
        again = self._camera.source if isinstance(self._camera, WebCamera) else self.source
        self._close()
        with self._state:
            told, self._lost, self._newest_s = self._lost, True, None
        if not told:
            self._post(CameraLost(self.title, str(fault)))
        while not self._stopping.wait(RETRY_S):
            try:
                self._open(again)
            except CameraError as missing:
                log.info("%s is not back yet: %s", self.title, missing)
            else:
                with self._state:
                    self._lost = False
                return

    def _close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()
