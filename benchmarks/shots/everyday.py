"""What everybody sees: one face, several variants, recording, the sizes, no camera, the end of a clip."""

import time
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.shots.shooter import SIZES, Shooter, wait, wait_live, wait_until
from fer_live.gui.window import Window
from fer_live.source import Source


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Walk through the states."""
    commands = window.commands
    shot("01-start")
    wait_live(window)
    wait(3)
    shot("02-one-face")
    commands.got_it()
    wait(1)
    shot("03-one-face-light")
    commands.set_compare(compare=True)
    wait_live(window, 4)
    wait(3)
    shot("04-compare-light")
    shot.dress("dark")
    wait(1)
    shot("05-compare-dark")
    commands.record()
    wait(2.2)
    shot("06-recording-dark")
    commands.record()
    wait(0.6)
    shot("07-recorded-dark")
    commands.back()
    commands.set_compare(compare=False)
    wait_live(window)
    wait(1.5)
    shot("08-one-face-dark")
    commands.pause()
    wait(0.3)
    shot("09-paused-dark")
    commands.pause()
    shoot_sizes(window, shot)
    shoot_ends(window, shot, clip, empty)


def shoot_sizes(window: Window, shot: Shooter) -> None:
    """One variant and four, in all sizes."""
    window.commands.set_compare(compare=True)
    wait(2)
    for name, size in SIZES.items():
        window.resize(*size)
        wait(1)
        shot(f"11-compare-{name}")
    window.commands.set_compare(compare=False)
    for name, size in SIZES.items():
        window.resize(*size)
        wait(1.5)
        shot(f"12-single-{name}")
    window.resize(1280, 720)


def shoot_ends(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Nobody in view, no such camera, stopped, ended, and the help."""
    commands = window.commands
    commands.watch(empty)
    wait_until(lambda: window.live.phase == "live")
    window.live.last_face_at = time.perf_counter() - 10
    shot("13-no-face")
    commands.watch(Source("webcam", "97"))
    wait(1.5)
    shot("14-no-camera")
    shot.dress("light")
    shot("15-no-camera-light")
    commands.watch(clip)
    wait_live(window)
    commands.start()
    wait(0.2)
    shot("17-stopped")
    window.settings.repeat = False
    commands.watch(Source("clip", str(short_clip(clip, shot.scratch / "holiday.avi"))))
    wait_until(lambda: window.live.phase == "ended")
    shot("18-ended")
    window.settings.repeat = True
    commands.help()
    wait(0.3)
    dialog = QApplication.activeModalWidget()
    shot.looks("19-keys", lambda: dialog, ("usual",))
    if dialog is not None:
        dialog.close()


def short_clip(clip: Source, path: Path) -> Path:
    """The first second of the clip, so that it ends soon."""
    import cv2

    reader = cv2.VideoCapture(clip.value)
    size = (int(reader.get(cv2.CAP_PROP_FRAME_WIDTH)), int(reader.get(cv2.CAP_PROP_FRAME_HEIGHT)))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, size)
    for _ in range(30):
        writer.write(reader.read()[1])
    writer.release()
    return path
