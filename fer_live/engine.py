"""The engine: a capture thread, a process thread and short-lived loaders; commands in, events and results out."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fer_live.camera import Source, open_camera
from fer_live.capacity import Measured, Rates
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
    of_source,
)
from fer_live.frame import Frame, FrameResult
from fer_live.latest import Latest
from fer_live.loader import NETWORKS, WARM_UP, Networks, VariantLoader
from fer_live.manifest import Manifest
from fer_live.processing import Processing
from fer_live.record import SessionFacts
from fer_live.recording import Recording, RecordingState
from fer_live.runtime import ON_CPU, Runtime

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


@dataclass(frozen=True)
class Conditions:
    """What classifications and detections are made with."""

    runtime: Runtime
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
        runtime: Runtime = ON_CPU,
        full_range: bool = False,
        detect_every: int = 1,
        open_camera: OpenCamera = open_camera,
        networks: Networks = NETWORKS,
    ) -> None:
        self._manifest, self._full_range, self._open_camera = manifest, full_range, open_camera
        self._detect_every = detect_every
        self._events: deque[Event] = deque()
        self._loader = VariantLoader(manifest, runtime, self._events.append, networks)
        self._recording = Recording(self._session_facts, self._events.append)
        self._process = Processing(
            self._loader, self._recording, self._events.append, full_range=full_range, detect_every=detect_every
        )
        self.results: Latest[FrameResult] = self._process.results
        self._last_capture: Capture | None = None  # may still hang in its driver after close_source
        self._stopped = False

    def start(self, source: Source, variants: Sequence[str], *, mirror: bool = False, loop: bool = True) -> None:
        """Open ``source`` in place of the present one and run ``variants``. Returns at once; events tell the rest.

        A recording of another source is stopped. A pause is ended.
        """
        if self._stopped:
            return
        before = self._last_capture
        if before is not None:
            if before.source != source:
                self._recording.wish(None, "the source was changed")
            before.stop()
            self._forget_source()
        # In one recording no two frames have one number.
        first = before.index if before is not None and self._recording.wanted else 0
        self._last_capture = Capture(
            source, self._open_camera, self._events.append, loop=loop, mirror=mirror, before=before, first=first
        )
        self._process.watch(self._last_capture)
        if tuple(variants) != self.running or self._loader.loading:
            self.use(variants)
        self._process.start()

    def use(self, variants: Sequence[str]) -> None:
        """Load these variants beside the running ones and swap; VariantsRunning or VariantRefused tells the outcome."""
        self._loader.use(variants)

    def run_with(self, runtime: Runtime) -> None:
        """Load the variants that run anew with ``runtime``, then swap; RuntimeRefused when its provider fails."""
        self._loader.run_with(runtime)

    def know(self, manifest: Manifest) -> None:
        """Take over a manifest with variants added or removed; not while a recording runs, whose files list them."""
        self._manifest = manifest
        self._loader.know(manifest)

    def pause(self, paused: bool) -> None:
        """No new results while paused. A clip stands still; a camera is read on, so that it does not go stale."""
        self._process.pause(paused)

    def mirror(self, on: bool) -> None:
        """Mirror the picture left to right from the next frame on."""
        if capture := self._process.capture:
            capture.mirror(on)

    def loop(self, on: bool) -> None:
        """From now on a clip begins anew at its end, or ends there."""
        if capture := self._process.capture:
            capture.loop(on)

    def close_source(self) -> None:
        """Close the camera or clip; the threads idle and the last result stays. A recording is stopped."""
        if capture := self._process.capture:
            self._process.watch(None)
            capture.stop()
            self._forget_source()
            self._recording.wish(None)

    def record(self, parent: Path, reference: str = "") -> None:
        """Record into a new folder below ``parent``, compared with ``reference`` (else the manifest's); events tell."""
        self._recording.wish(parent, reference=reference)

    def stop_recording(self) -> None:
        """Close the recording; RecordingStopped tells when its files are whole."""
        self._recording.wish(None)

    def events(self) -> list[Event]:
        """What happened since the last call, oldest first."""
        return [self._events.popleft() for _ in range(len(self._events))]

    def rates(self) -> Rates:
        """The rates of the present source over the last two seconds."""
        capture, now_s = self._process.capture, time.perf_counter()
        camera_fps = capture.meter.fps(now_s) if capture else 0.0
        return Rates(camera_fps, self._process.meter.fps(now_s), self._process.dropped)

    def tap(self, take: Callable[[Frame], None] | None) -> None:
        """Give ``take`` every frame that the present source sends from now on, in the capture thread; None ends it."""
        if capture := self._process.capture:
            capture.tap = take

    @property
    def manifest(self) -> Manifest:
        """The variants that can be loaded."""
        return self._manifest

    @property
    def conditions(self) -> Conditions:
        """What is measured here is measured with these."""
        return Conditions(self.runtime, self._full_range, self._detect_every)

    @property
    def running(self) -> tuple[str, ...]:
        """The names of the variants that classify now."""
        return tuple(classifier.variant.name for classifier in self._loader.running)

    @property
    def runtime(self) -> Runtime:
        """What the variants run with."""
        return self._loader.runtime

    @property
    def wished_runtime(self) -> Runtime:
        """What they will run with once they are loaded."""
        return self._loader.wished_runtime

    @property
    def providers(self) -> tuple[str, ...]:
        """Onnxruntime's providers that can be chosen here; empty until the first variants are loaded."""
        return self._loader.providers

    @property
    def recording_wanted(self) -> bool:
        """Whether a recording runs once what was asked for is done; ``recording`` follows a moment later."""
        return self._recording.wanted

    @property
    def recording(self) -> RecordingState | None:
        """The running recording, or None."""
        return self._recording.state

    def capacity(self, name: str) -> Measured | None:
        """What the variant ``name`` took over the last five seconds; None when it has not seen a face in them."""
        return self._process.measured.of(name)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End threads, camera and recording for good; False when one hangs after ``timeout_s``. May be called twice."""
        until_s = time.perf_counter() + timeout_s
        self._stopped = True
        self._process.stop()
        if self._last_capture is not None:
            self._last_capture.stop()
        ended = self._loader.join(timeout_s)
        ended = self._process.join(max(until_s - time.perf_counter(), 0.0)) and ended
        if self._last_capture is not None:
            ended = self._last_capture.join(max(until_s - time.perf_counter(), 0.0)) and ended
        self.results.close()
        return ended

    def _forget_source(self) -> None:
        """Tell nothing more of a source that was left: it would be taken for the next one's."""
        kept = [event for event in self.events() if not of_source(event)]
        self._events.extendleft(reversed(kept))  # before what happened meanwhile

    def _session_facts(self, reference: str) -> SessionFacts:
        capture = self._process.capture
        return SessionFacts(
            source=capture.title if capture else "",
            manifest=replace(self._manifest, reference=reference or self._manifest.reference),
            variants=self.running,
            threads=self.runtime.threads,
            warm_up=WARM_UP,
            mode="live",
            provider=self.runtime.provider,
            detect_every=self._detect_every,
        )
