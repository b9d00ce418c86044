"""Live: the engine as the window sees it. It turns events into a phase, a sentence and news; it knows no widget."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fer_live import events
from fer_live.frame import FrameResult
from fer_live.gui import phases, words
from fer_live.gui.jobs import Job
from fer_live.gui.news import News, recording_news, refusal_news
from fer_live.gui.phases import Phase
from fer_live.gui.remembered import find_source
from fer_live.gui.selection import Selection
from fer_live.gui.words import Sentence
from fer_live.manifest import Manifest
from fer_live.runtime import ON_CPU, Runtime
from fer_live.source import CameraError, CameraInfo, Source, list_cameras

if TYPE_CHECKING:
    from fer_live.engine import Engine

log = logging.getLogger(__name__)


class Live:
    """Main thread only; nothing blocks but ``close``. The engine is made in a thread: its libraries are slow."""

    def __init__(
        self, manifest: Manifest, selection: Selection, make_engine: "Callable[[], Engine]", wished: Runtime = ON_CPU
    ) -> None:
        self.manifest, self.selection = manifest, selection
        self.engine: Engine | None = None
        self.phase: Phase = "loading"
        self.sentence: Sentence | None = words.getting_ready()
        self.source: Source | None = None
        self.title = ""
        self.paused = self.held = False
        self.cameras: tuple[CameraInfo, ...] | None = None
        self.news: list[News] = []
        self.last_face_at = 0.0
        self._seen = 0
        self._mirror, self._loop, self._streams = False, False, False
        self._make_engine, self._wished = make_engine, wished
        self._making: Job[Engine] | None = None
        self._finding: Job[Source] | None = None
        self._listing: Job[list[CameraInfo]] | None = None

    @property
    def running(self) -> tuple[str, ...]:
        """The variants that really run."""
        return self.engine.running if self.engine else ()

    @property
    def runtime(self) -> Runtime:
        """What the networks run with, or will."""
        return self.engine.runtime if self.engine else self._wished

    @property
    def wished_runtime(self) -> Runtime:
        """What they will run with once they are loaded."""
        return self.engine.wished_runtime if self.engine else self._wished

    @property
    def providers(self) -> tuple[str, ...]:
        """Onnxruntime's providers here; empty until it is loaded."""
        return self.engine.providers if self.engine else ()

    @property
    def active(self) -> bool:
        """A source is open or being opened, so Stop makes sense."""
        return self.phase in phases.ACTIVE

    def begin(self, text: str) -> None:
        """Load the libraries, find the source behind ``text`` and list the cameras, all in threads."""
        self._making = Job(self._make_engine, "engine maker")
        self.find(text)
        self.list_cameras()

    def find(self, text: str) -> None:
        """Look for the source behind ``text`` in a thread; ``poll`` starts it."""
        self.phase, self.sentence = "loading", words.getting_ready()
        self._finding = Job(lambda: find_source(text), "source finder")

    def list_cameras(self) -> None:
        """Make the list of cameras anew in a thread."""
        if self._listing is None:
            self._listing = Job(list_cameras, "camera lister")

    def start(self, source: Source, *, mirror: bool, loop: bool) -> None:
        """Watch ``source``; said at once, done as soon as the engine is there."""
        self._poll_events()  # the last news of the source before, which would be misread from here on
        self.source, self.title, self.paused = source, source.title, False
        self._mirror, self._loop, self._streams = mirror, loop, source.kind == "url"
        self.phase, self.sentence = "opening", words.opening(self.title)
        if self.engine is not None:
            self.engine.pause(True)  # until the start: else the source before could still show a picture as this one's
            self._next_result()
            self.engine.start(source, self.selection.wanted, mirror=mirror, loop=loop)
        elif self._making is None:
            self._making = Job(self._make_engine, "engine maker")

    def stop(self) -> None:
        """Close the source."""
        if self.engine is not None:
            self.engine.close_source()
        self.phase, self.sentence, self.paused = "stopped", words.stopped(), False

    def pause(self, paused: bool) -> None:
        """Hold the picture, or go on."""
        if self.engine is not None and self.active:
            self.paused = paused
            self.engine.pause(paused)
            if paused and self.phase == "waiting":  # the first picture comes when it goes on
                self.phase, self.sentence = "live", None
            self.last_face_at = time.perf_counter()

    def repeat(self, on: bool) -> None:
        """From now on a clip begins anew at its end, or ends there."""
        self._loop = on
        if self.engine is not None:
            self.engine.loop(on)

    def hold(self, held: bool) -> None:
        """Classify nothing while a duel measures; afterwards it goes on as before."""
        self.held = held
        if self.engine is not None:
            self.engine.pause(held or self.paused)
        self.last_face_at = time.perf_counter()

    def use(self) -> None:
        """Run what the selection asks for."""
        if self.engine is not None and self.active:
            self.engine.use(self.selection.wanted)

    def run_with(self, runtime: Runtime) -> None:
        """Run the same variants on another provider or with other threads, as soon as they are loaded."""
        if self.engine is not None:
            self.engine.run_with(runtime)

    def know(self, manifest: Manifest) -> None:
        """Take over a manifest with variants added or removed."""
        self.manifest = manifest
        self.selection.know(manifest)
        if self.engine is not None:
            self.engine.know(manifest)

    def newest(self) -> FrameResult | None:
        """The newest result that has not been seen and may be shown, or None."""
        if self.phase == "opening":
            return None  # left for the next time: that the source is open was told after ``poll`` asked
        result = self._next_result()
        if result is None or self.held or self.phase not in ("live", "waiting", "ended"):
            return None  # the last pictures of a clip come after its end was told
        if self.phase == "waiting":
            self.phase, self.sentence, self.last_face_at = "live", None, time.perf_counter()
        if result.faces:
            self.last_face_at = time.perf_counter()
        return result

    def _next_result(self) -> FrameResult | None:
        if self.engine is None or (item := self.engine.results.get(self._seen)) is None:
            return None
        self._seen, result = item
        return result

    def poll(self) -> bool:
        """Move things on; whether something changed that the window should show."""
        return any((self._poll_jobs(), self._poll_events()))

    def close(self, timeout_s: float = 2.0) -> bool:
        """End everything; False when a thread still hangs."""
        until_s = time.perf_counter() + timeout_s
        jobs = [job for job in (self._making, self._finding, self._listing) if job is not None]
        ended = [job.join(max(until_s - time.perf_counter(), 0.0)) for job in jobs]  # a new engine has no threads
        return all([*ended, self.engine is None or self.engine.stop(timeout_s)])

    def _poll_jobs(self) -> bool:
        changed = False
        if self._making is not None and self._making.done:
            job, self._making, changed = self._making, None, True
            try:
                self.engine = job.outcome()
            except Exception as fault:  # a broken installation; the window says so instead of vanishing
                log.exception("the engine cannot be made")
                self.phase, self.sentence = "failed", words.broken("engine", f"{type(fault).__name__}: {fault}")
            else:
                self.engine.know(self.manifest)  # which may have grown while it was made
                if self.source is not None and self.phase == "opening":
                    self.start(self.source, mirror=self._mirror, loop=self._loop)
        if self._finding is not None and self._finding.done:
            finding, self._finding, changed = self._finding, None, True
            if self.phase == "loading":  # else another was chosen while this one was looked for
                try:
                    self.source = finding.outcome()
                except CameraError as fault:
                    self.phase, self.sentence = "failed", words.failed(fault.kind, str(fault))
                except Exception as fault:
                    log.exception("the source cannot be looked for")
                    self.phase, self.sentence = "failed", words.failed("unreadable", f"{type(fault).__name__}: {fault}")
        if self._listing is not None and self._listing.done:
            listing, self._listing, changed = self._listing, None, True
            try:
                self.cameras = tuple(listing.outcome())
            except Exception:  # a list that cannot be made is a list without cameras
                log.exception("the cameras cannot be listed")
                self.cameras = ()
        return changed

    def _poll_events(self) -> bool:
        happened: Sequence[events.Event] = self.engine.events() if self.engine else ()
        for event in happened:
            self._take(event)
        return bool(happened)

    def _take(self, event: events.Event) -> None:
        if change := phases.after(event, self.phase, paused=self.paused, stream=self._streams):
            self.phase, self.sentence, self.title = change.phase, change.sentence, change.title or self.title
        match event:
            case events.EngineFailed("loader", reason):
                self.news.append(News(f"The variant could not be loaded: {reason}", "error"))
                self._adopt(self.running)
            case events.EngineFailed(where, reason):
                if self.engine is not None:
                    self.engine.close_source()  # or the camera would go on filming behind the message
                self.phase, self.sentence = "failed", words.broken(where, reason)
            case events.VariantsRunning(names):
                self._adopt(names)
            case events.VariantRefused(name, reason):
                self._refuse(name, reason)
            case events.RuntimeRefused(_, kept, reason):
                self.news.append(News(f"{reason.rstrip('.')}. The networks go on with {kept}.", "error"))
            case events.RecordingStopped(folder, rows, reason):
                self.news.append(recording_news(folder, rows, reason))

    def _refuse(self, name: str, reason: str) -> None:
        self.news.append(refusal_news(self.manifest, self.running, self.runtime, name, reason))
        if name in self.running:  # it cannot be loaded anew; all go on as they were
            return
        self.selection.refused.add(name)
        if self.selection.rest_wanted(self.running):
            self.use()
        else:
            self._adopt(self.running)

    def _adopt(self, names: Sequence[str]) -> None:
        """What runs is what is wished, unless nothing is watched: then the wish waits for the next start."""
        if self.active:
            self.selection.adopt(names)
