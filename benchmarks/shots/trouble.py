"""What goes wrong, from causes as real as they can be made here: cameras, streams, disks, faults."""

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import cv2
from PySide6.QtWidgets import QApplication

from benchmarks.shots.shooter import Shooter, wait, wait_live, wait_until
from fer_live import webcam
from fer_live.camera import Camera, CameraError, ClipCamera, open_camera
from fer_live.classifier import OnnxClassifier
from fer_live.frame import Frame
from fer_live.gui.window import Window
from fer_live.manifest import load_manifest
from fer_live.model_options import OwnModel
from fer_live.own_models import add_model
from fer_live.source import CameraInfo, Source

NAME = "HD Webcam C525"
NOWHERE = 63  # a number that no camera has: cv2 really tries it and really gets no picture


def spoil(scratch: Path) -> None:
    """Settings cut off by a crash, and a network of the user's own whose file was altered since."""
    (scratch / "settings.json").write_text('{"schema": ')
    fp32 = load_manifest().variants[0]
    copy = scratch / "my_network.onnx"
    copy.write_bytes(fp32.path.read_bytes())
    added = add_model(OwnModel(copy, "mine", "My network", fp32.labels, 44, "gray", 0.5, 0.5, output="fer2013"))
    with added.path.open("ab") as file:
        file.write(b"altered")


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Walk through the troubles."""
    wait_live(window)
    shot.looks("39-spoiled-start")
    while window.notices.shown:
        window.commands.back()
    shoot_sources(window, shot)
    shoot_address(window, shot)
    shoot_loss(window, shot, clip)
    shoot_disk(window, shot, clip)
    shoot_fault(window, shot, clip)


def shoot_sources(window: Window, shot: Shooter) -> None:
    """Cameras that are busy or not allowed, clips and streams that are none."""
    text = shot.scratch / "notes.txt.mp4"
    text.write_text("This is a shopping list: bread, milk, eggs.\n" * 20)
    with _listed(""):
        _watch(window, shot, "40-camera-busy", Source("webcam", NAME))
    with _listed(f"/dev/video{NOWHERE}"):
        _watch(window, shot, "41-camera-not-allowed", Source("webcam", NAME))
    _watch(window, shot, "42-no-such-camera", Source("webcam", str(NOWHERE)))
    _watch(window, shot, "43-text-as-clip", Source("clip", str(text)))
    _watch(window, shot, "44-clip-gone", Source("clip", str(shot.scratch / "a" / "clip that was moved.mp4")))
    _watch(window, shot, "45-stream-dead", Source("url", "rtsp://me:secret@127.0.0.1:9/front/door"))


def shoot_address(window: Window, shot: Shooter) -> None:
    """The question for an address, which holds what was asked for before."""
    window.commands.watch(Source("url", "rtsp://127.0.0.1:9/front/door"))
    window.commands.address()
    box = QApplication.activeModalWidget()
    shot.looks("45-address", lambda: box, ("usual",))
    if box is not None:
        box.close()


def shoot_loss(window: Window, shot: Shooter, clip: Source) -> None:
    """A camera that opens slowly, gives pictures, is unplugged while it records, and comes back."""
    cable = Cable(Path(clip.value))
    with _opened_by(window, cable.open):
        window.commands.watch(Source("webcam", NAME))
        wait(0.6)
        shot.looks("46-opening")
        cable.ready.set()
        wait_live(window)
        window.commands.record()
        wait(1)
        cable.plugged.clear()
        wait_until(lambda: window.live.phase == "lost")
        wait(0.5)
        shot.looks("47-lost-while-recording")
        cable.plugged.set()
        wait_until(lambda: window.live.phase == "live")
        wait(0.5)
        shot("48-back")
        window.commands.start()
        wait_until(lambda: bool(window.notices.shown))
        shot.looks("48-stopped-after-recording")
        window.commands.back()


def shoot_disk(window: Window, shot: Shooter, clip: Source) -> None:
    """A disk that fills up while it records, and folders that cannot be written."""
    window.commands.watch(clip)
    wait_live(window)
    window.commands.record()
    wait(1.5)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        wait_until(lambda: bool(window.notices.shown), 60)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    shot.looks("50-disk-full")
    own = window.settings
    before = own.recordings, own.pictures
    own.recordings = own.pictures = str(shot.scratch / "models" / "manifest.json" / "recordings")
    window.commands.record()
    wait(1)
    window.commands.snapshot()
    wait(1)
    shot.looks("51-three-notices")
    own.recordings, own.pictures = before
    while window.notices.shown:
        window.commands.back()


def shoot_fault(window: Window, shot: Shooter, clip: Source) -> None:
    """A network that raises in the middle of everything, and then a camera whose driver does."""
    fault = "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running Conv node."
    with mock.patch.object(OnnxClassifier, "classify", side_effect=RuntimeError(fault)):
        wait_until(lambda: window.live.phase == "failed")
    shot.looks("52-process-fault")
    with _opened_by(window, mock.Mock(side_effect=SystemError("<built-in function VideoCapture> returned NULL"))):
        _watch(window, shot, "53-capture-fault", Source("webcam", NAME))
    window.commands.watch(clip)
    wait_live(window)
    shot("54-going-on-again")


def _watch(window: Window, shot: Shooter, name: str, source: Source) -> None:
    """Try to watch a source that does not open."""
    window.commands.watch(source)
    wait_until(lambda: window.live.phase == "failed")
    wait(0.2)
    shot.looks(name)


@contextmanager
def _listed(path: str) -> Iterator[None]:
    """The system lists one camera that cannot be opened."""
    found = CameraInfo(NOWHERE, NAME, cv2.CAP_V4L2, path)
    with mock.patch.object(webcam, "find_camera", return_value=found):
        yield


@contextmanager
def _opened_by(window: Window, opener: object) -> Iterator[None]:
    """Sources are opened by ``opener``, the engine's own seam for it."""
    engine = window.live.engine
    assert engine is not None
    engine._open_camera = opener
    try:
        yield
    finally:
        engine._open_camera = open_camera


class Cable:
    """A clip that looks like a webcam: it opens once it is ``ready`` and gives pictures while it is ``plugged``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.ready, self.plugged = threading.Event(), threading.Event()
        self.plugged.set()

    def open(self, source: Source, *, live: bool, loop: bool, mirror: bool) -> Camera:
        """As ``camera.open_camera`` does."""
        self.ready.wait()
        if not self.plugged.is_set():
            raise CameraError("missing", f"{NAME} is not there.")
        return Plugged(self, self._path)


class Plugged(ClipCamera):
    """The clip behind a cable."""

    def __init__(self, cable: Cable, path: Path) -> None:
        super().__init__(str(path), live=True, loop=True)
        self.title, self._cable = NAME, cable

    def read(self) -> Frame:
        """The next frame; lost when the cable is out."""
        if not self._cable.plugged.is_set():
            raise CameraError("lost", f"{NAME} stopped answering. Check its cable.")
        return super().read()
