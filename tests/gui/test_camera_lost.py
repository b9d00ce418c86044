import threading
import time
from collections.abc import Callable
from pathlib import Path

from waiting import wait_for

from fer_live.camera import Camera, CameraError, ClipCamera, Source
from fer_live.engine import Engine
from fer_live.frame import Frame
from fer_live.gui import words
from fer_live.gui.live import Live
from fer_live.gui.selection import Selection
from fer_live.gui.window import Window
from fer_live.manifest import Manifest
from fer_live.settings import Settings


class Cable:
    """A real clip that looks like a webcam whose plug can be pulled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pulled = threading.Event()

    def open(self, source: Source, *, live: bool, loop: bool, mirror: bool) -> Camera:
        if self.pulled.is_set():
            raise CameraError("missing", "HD Webcam is not there.")
        return Plugged(self)


class Plugged:
    def __init__(self, cable: Cable) -> None:
        self._cable = cable
        self._clip = ClipCamera(str(cable.path), live=True, loop=True)
        self.title, self.mirror = "HD Webcam", False
        self.width, self.height, self.fps = self._clip.width, self._clip.height, self._clip.fps

    def read(self) -> Frame:
        frame = self._clip.read()  # which waits until it is due
        if self._cable.pulled.is_set():
            raise CameraError("lost", "HD Webcam stopped answering.")
        return frame

    def close(self) -> None:
        self._clip.close()


def test_a_camera_lost_and_back(qapp: object, manifest: Manifest, shared_clip: Callable[[str], Path]) -> None:
    cable = Cable(shared_clip("again.mkv"))
    live = Live(manifest, Selection(manifest), lambda: Engine(manifest, open_camera=cable.open))
    window = Window(live, Settings(source=str(cable.path), privacy_seen=True))
    window.show()
    wait_for(lambda: live.phase == "live", "pictures flow")
    cable.pulled.set()
    wait_for(lambda: live.phase == "lost", "the loss is noticed")
    assert window.message.sentence == words.lost("HD Webcam", stream=False)
    held = window.stage.frame
    assert held is not None
    assert window.topbar.start.text() == "Stop"
    time.sleep(0.3)
    cable.pulled.clear()
    wait_for(lambda: live.phase == "live" and window.stage.frame is not held, "it is back by itself")
    assert window.message.sentence is None
    cable.pulled.set()  # first, for a paused clip is not read, as a webcam would be
    window.commands.pause()
    wait_for(lambda: live.phase == "lost", "the loss is noticed while paused, too")
    cable.pulled.clear()
    wait_for(lambda: live.phase == "live", "it is back")
    assert live.paused
    assert window.message.sentence is None, "nothing waits for a picture that does not come"
    assert window.figures.hint().startswith("Paused")
    window.close()
    window.deleteLater()


def test_a_camera_is_not_opened_anew_when_clips_are_no_longer_repeated(
    qapp: object, manifest: Manifest, shared_clip: Callable[[str], Path]
) -> None:
    cable = Cable(shared_clip("again.mkv"))
    live = Live(manifest, Selection(manifest), lambda: Engine(manifest, open_camera=cable.open))
    window = Window(live, Settings(source=str(cable.path), privacy_seen=True, repeat=True))
    window.show()
    wait_for(lambda: live.phase == "live", "pictures flow")
    window.commands.watch(Source("webcam", "HD Webcam"))
    wait_for(lambda: live.phase == "live", "the camera's pictures flow")
    window.commands.repeat()
    assert not window.settings.repeat
    assert live.phase == "live"
    window.close()
    window.deleteLater()


def test_the_last_picture_of_one_source_is_not_shown_as_the_next_ones(
    live_window: Window, shared_clip: Callable[[str], Path], tmp_path: Path
) -> None:
    live, engine = live_window.live, live_window.live.engine
    assert engine is not None
    live_window._picture_timer.stop()
    live.newest()
    waiting, before = engine.results.get(live._seen, 5), live._seen
    assert waiting is not None
    assert waiting[0] > before
    live.start(Source("clip", str(tmp_path / "gone.mp4")), mirror=False, loop=False)
    live.phase = "waiting"  # it opened so fast that no picture was pulled meanwhile
    assert live.newest() is None
