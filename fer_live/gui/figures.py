"""The slow clock: what is read four times a second, taken from the engine and put into words."""

import os
import time

from fer_live.frame import FrameResult, Prediction
from fer_live.gui import words
from fer_live.gui.cards import Reading
from fer_live.gui.charts.seen import Seen
from fer_live.gui.live import Live
from fer_live.gui.shown import Shower, Shown
from fer_live.gui.statusbar import Figures
from fer_live.machine import ProcessMeter
from fer_live.recent.minute import Minute
from fer_live.table import counted

NO_FACE_S = 3.0
MEMORY_S = 1.0


class FigureTaker:
    """Collects figures between two writings. Main thread."""

    def __init__(self, live: Live, shower: Shower) -> None:
        self._live, self._shower = live, shower
        self._watched = live.source, live.runtime
        self._detect_ms: float | None = None
        self._shown: Shown | None = None
        self._track = 0
        self._meter = ProcessMeter()
        self._metered_at = time.perf_counter()
        self._cpu_percent: float | None = None
        self._rss_mb: float | None = None
        self.spark_due = False
        self.minute = Minute()

    def take(self, result: FrameResult, shown: Shown) -> None:
        """Remember the newest result."""
        self._forget_past()
        before = self._detect_ms
        self._detect_ms = result.detect_ms if before is None else 0.9 * before + 0.1 * result.detect_ms
        self._shown = shown
        self.minute.take(result)
        self._track = result.faces[0].track if result.faces else 0

    def measure(self) -> None:
        """Ask the engine what its variants take, and once a second what the app costs."""
        self._forget_past()
        if self._live.engine is not None and self._flows:
            for name in self._live.running:
                if measured := self._live.engine.capacity(name):
                    self._shower.readings[name] = Reading(measured.classify_ms_p50, measured.capacity_fps)
                else:  # no face for a while
                    self._shower.readings.pop(name, None)
        now = time.perf_counter()
        self.spark_due = now - self._metered_at >= MEMORY_S
        if self.spark_due:
            self._cpu_percent = self._meter.cpu_percent / (os.cpu_count() or 1)
            self._rss_mb = self._meter.rss_mb
            self._meter, self._metered_at = ProcessMeter(), now

    def _forget_past(self) -> None:
        """What was measured on another source, or with another runtime, says nothing of this one."""
        watched = self._live.source, self._live.runtime
        if watched == self._watched:
            return
        if watched[0] != self._watched[0]:
            self._detect_ms, self._shown, self._track = None, None, 0
        self._watched = watched
        self._shower.readings.clear()

    def for_status(self) -> Figures:
        """The status bar's figures; rates only while pictures flow."""
        live = self._live
        cost = Figures(cpu_percent=self._cpu_percent, rss_mb=self._rss_mb)
        if live.engine is None or not self._flows:
            return cost
        rates = live.engine.rates()
        known = self._shower.readings
        return Figures(
            camera_fps=rates.camera_fps,
            processed_fps=rates.processed_fps,
            capacity_fps=tuple(known[name].capacity_fps for name in live.running if name in known),
            detect_ms=self._detect_ms,
            dropped=rates.dropped,
            cpu_percent=self._cpu_percent,
            rss_mb=self._rss_mb,
        )

    def for_charts(self) -> Seen:
        """What the charts are drawn from."""
        live = self._live
        running = tuple(name for name in live.running if name in live.manifest.names)  # one may just have been removed
        reference = live.selection.reference_among(running)
        return Seen(live.manifest, self.minute, running, reference, self._shower.readings)

    def for_face(self) -> tuple[str, Prediction | None]:
        """The heading and the prediction of the main face."""
        live = self._live
        if self._shown is None or live.phase != "live":
            return "FACE", None
        name = live.selection.reference_among(tuple(self._shown.main))
        said = self._shown.main.get(name)
        if said is None or name not in live.manifest.names:
            return "FACE", None
        heading = f"FACE {self._track}" if self._track else "FACE"
        if len(self._shown.main) > 1:
            heading += f" · {live.manifest.variant(name).title.upper()}"
        if said.score < words.UNSURE_BELOW:
            heading += f" · {words.UNSURE.upper()}"
        return heading, said

    def recording(self) -> str:
        """Time and rows of the running recording, or ""."""
        state = self._live.engine.recording if self._live.engine else None
        return f"{self.recording_time()}   {counted(state.rows, 'row')}" if state else ""

    def recording_time(self) -> str:
        """How long the running recording has run; that it waits, when nothing is written."""
        state = self._live.engine.recording if self._live.engine else None
        if state is None:
            return ""
        return words.clock(time.perf_counter() - state.started_at) if self._flows and self._live.running else "waiting"

    @property
    def _flows(self) -> bool:
        """Whether pictures come and are shown."""
        return self._live.phase == "live" and not self._live.paused and not self._live.held

    def hint(self) -> str:
        """The small line at the foot of the picture."""
        if self._live.phase != "live" or self._live.held:
            return ""
        if self._live.paused:
            return "Paused · press Space to go on"
        if not self._live.running and self._live.selection.refused.issuperset(self._live.selection.wanted):
            return "No variant runs · choose another"
        return "No face in view" if time.perf_counter() - self._live.last_face_at > NO_FACE_S else ""
