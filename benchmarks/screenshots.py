"""Pictures of the real window in its states, offscreen: ``python -m benchmarks.screenshots FOLDER [--source CLIP]``.

Plays the clip that ships unless told otherwise, so the pictures can be made anew anywhere. ``QT_SCALE_FACTOR=2`` draws
them for a dense screen; ``--font`` picks the family (default: the system's).
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from fer_live.gui import app as gui
from fer_live.gui.add_model import AddModelDialog
from fer_live.gui.duel_words import Said
from fer_live.gui.remembered import find_source
from fer_live.gui.window import Window
from fer_live.manifest import load_manifest
from fer_live.source import Source

SIZES = {"small": (900, 560), "usual": (1280, 800), "large": (1920, 1080)}


def wait(seconds: float) -> None:
    """Let the window live on."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QApplication.processEvents()
        time.sleep(0.003)


def wait_live(window: Window, runs: int = 1, timeout_s: float = 20.0) -> None:
    """Until pictures with ``runs`` variants are on the stage."""
    until = time.perf_counter() + timeout_s
    while time.perf_counter() < until and (window.live.phase != "live" or len(window.stage.tiles) != runs):
        wait(0.05)


def wait_until(so: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Until ``so()``."""
    until = time.perf_counter() + timeout_s
    while time.perf_counter() < until and not so():
        wait(0.05)


def wait_until_it_says(dialog: AddModelDialog, text: str) -> None:
    """Until the file was looked at, or tried."""
    wait_until(lambda: text in dialog.status.text())


def wait_drawn(window: Window, timeout_s: float = 20.0) -> None:
    """Until every chart on view was filled anew."""
    until, since = time.perf_counter() + timeout_s, time.perf_counter()
    panes, dock = window.dock.panes, window.dock
    while time.perf_counter() < until and not all(
        name in panes and panes[name].drawn_at > since for name in dock.shown
    ):
        wait(0.05)


class Shooter:
    """Grabs the window into numbered files."""

    def __init__(self, folder: Path, window: Window, only: str) -> None:
        self.folder, self._window, self._only = folder, window, only

    def short_clip(self, clip: Source) -> Path:
        """The first second of the clip, so that it ends soon."""
        import cv2

        reader = cv2.VideoCapture(clip.value)
        size = (int(reader.get(cv2.CAP_PROP_FRAME_WIDTH)), int(reader.get(cv2.CAP_PROP_FRAME_HEIGHT)))
        path = Path(tempfile.mkdtemp()) / "holiday.avi"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30.0, size)
        for _ in range(30):
            writer.write(reader.read()[1])
        writer.release()
        return path

    def __call__(self, name: str) -> None:
        """One picture."""
        self._window.write_figures()
        wait(0.05)
        if self._only in name:
            path = self.folder / f"{name}.png"
            self._window.grab().save(str(path))
            sys.stdout.write(f"{path}\n")


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Walk through the states."""
    commands, live = window.commands, window.live
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
    window.settings.theme = "dark"
    window.dress()
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
    shoot_duel(window, shot)
    commands.pause()
    wait(0.3)
    shot("09-paused-dark")
    commands.pause()
    refuse(window)
    wait(0.5)
    shot("10-refused-dark")
    commands.back()
    commands.set_compare(compare=True)
    wait(2)
    for name, size in SIZES.items():
        window.resize(*size)
        wait(1)
        shot(f"11-compare-{name}")
    commands.set_compare(compare=False)
    for name, size in SIZES.items():
        window.resize(*size)
        wait(1.5)
        shot(f"12-single-{name}")
    window.resize(1280, 720)
    commands.watch(empty)
    wait(7)
    shot("13-no-face")
    commands.watch(Source("webcam", "97"))
    wait(1.5)
    shot("14-no-camera")
    window.settings.theme = "light"
    window.dress()
    shot("15-no-camera-light")
    commands.watch(clip)
    wait_live(window)
    live.engine._events.append(lost(live.title))
    wait(0.2)
    shot("16-lost")
    commands.watch(clip)
    wait_live(window)
    commands.start()
    wait(0.2)
    shot("17-stopped")
    window.settings.repeat = False
    end = shot.short_clip(clip)
    commands.watch(Source("clip", str(end)))
    wait(4)
    shot("18-ended")
    commands.help()
    wait(0.3)
    dialog = QApplication.activeModalWidget() or window
    dialog.grab().save(str(shot.folder / "19-keys.png"))
    dialog.close()
    shoot_networks(window, shot, clip)


def shoot_networks(window: Window, shot: Shooter, clip: Source) -> None:
    """The menu of providers and threads, and a network of one's own: a copy of one that ships, with its two outputs."""
    window.settings.repeat = True
    window.commands.watch(clip)
    wait_live(window)
    wait(2)
    panel = window.inspector.variants
    panel.runtime.menu_.popup(panel.runtime.mapToGlobal(panel.runtime.rect().bottomLeft()))
    wait(0.3)
    panel.runtime.menu_.grab().save(str(shot.folder / "22-runtime-menu.png"))
    panel.runtime.menu_.close()
    file = Path(tempfile.mkdtemp()) / "my_network.onnx"
    shutil.copyfile(window.live.manifest.variants[0].path, file)
    for name in ("light", "dark"):
        window.settings.theme = name
        window.dress()
        dialog = window.networks.add(file)
        wait_until_it_says(dialog, "It runs")
        dialog.grab().save(str(shot.folder / f"23-add-model-{name}.png"))
        dialog.form.labels.setText("happy, sad")
        wait_until_it_says(dialog, "2 labels")
        dialog.grab().save(str(shot.folder / f"24-add-model-refused-{name}.png"))
        dialog.form.labels.setText(", ".join(window.live.manifest.variants[0].labels))
        wait_until_it_says(dialog, "It runs")
        if name == "light":
            dialog.reject()
    dialog.accept()
    wait_until(lambda: "my_network" in window.live.running)
    for name, size in SIZES.items():
        window.resize(*size)
        wait(1)
        shot(f"25-own-model-{name}")
    window.networks.ask_to_remove(window.live.manifest.names[-1])
    wait(0.3)
    box = QApplication.activeModalWidget() or window
    box.grab().save(str(shot.folder / "26-remove.png"))
    box.close()


def shoot_charts(window: Window, shot: Shooter) -> None:
    """Walk through the charts: one variant and four, light and dark, small, usual and large, empty."""
    commands = window.commands
    commands.got_it()
    commands.charts()
    wait(3)
    wait_live(window)
    window.resize(*SIZES["usual"])
    window.figures.minute = type(window.figures.minute)()
    wait(1.5)
    shot("27-charts-first-seconds-light")
    wait(16)
    shot("28-charts-single-light")
    commands.set_compare(compare=True)
    wait_live(window, 4)
    wait(24)
    for theme in ("light", "dark"):
        window.settings.theme = theme
        window.dress()
        for name, size in SIZES.items():
            window.resize(*size)
            wait(1)
            wait_drawn(window)
            shot(f"29-charts-compare-{name}-{theme}")
    window.resize(*SIZES["small"])
    for name in window.dock.chips:
        if name not in window.dock.shown:
            window.dock.toggle(name)
        wait_drawn(window)
        shot(f"30-charts-{name}-small-dark")
    commands.set_compare(compare=False)
    wait_live(window)
    window.resize(*SIZES["usual"])
    wait(8)
    shot("31-charts-single-dark")
    window.dock.want(["agreement", "tradeoff"])
    wait_drawn(window)
    shot("32-charts-nothing-to-compare-dark")


def shoot_duel(window: Window, shot: Shooter) -> None:
    """A duel while it runs and at its end, large and small, dark and light."""

    def wait_duel(so: Callable[[Said], bool]) -> None:
        until = time.perf_counter() + 300
        while time.perf_counter() < until and window.duels.running and not so(window.duels.panel.said or Said("", "")):
            wait(0.05)

    def all_looks(name: str) -> None:
        for theme in ("light", "dark"):
            window.settings.theme = theme
            window.dress()
            for size, pixels in SIZES.items():
                window.resize(*pixels)
                wait(0.3)
                shot(f"{name}-{theme}-{size}")

    window.commands.set_compare(compare=True)
    wait_live(window, 4)
    window.commands.duel()
    wait_duel(lambda said: any(line.interval for line in said.lines))
    all_looks("20-duel-running")
    wait_duel(lambda said: False)
    wait(1)
    all_looks("21-duel-ended")
    window.commands.back()
    window.commands.set_compare(compare=False)
    wait_live(window)


def lost(title: str) -> object:
    """The event that a camera sends when it is unplugged."""
    from fer_live.events import CameraLost

    return CameraLost(title, "")


def refuse(window: Window) -> None:
    """Alter the second variant's file (a copy), then ask for it."""
    variant = window.live.manifest.variants[1]
    with variant.path.open("ab") as file:
        file.write(b"altered")
    window.commands.choose(variant.name)


def main() -> int:
    """Parse, copy the models aside, shoot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--empty", default="demo", help="a clip without faces")
    parser.add_argument("--font", default="")
    parser.add_argument("--charts", action="store_true", help="the charts' states instead of the window's")
    parser.add_argument("--only", default="", help="part of the names of the pictures wanted")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["FER_LIVE_CONFIG"], os.environ["FER_LIVE_DATA"] = scratch, str(Path(scratch) / "data")
        models = Path(scratch) / "models"
        shutil.copytree(load_manifest().folder, models)
        app = gui.make_application()
        if options.font:
            app.setFont(QFont(options.font))
        window = gui.make_window(gui.GuiOptions(source=options.source, models=models), load_manifest(models))
        window.settings.recordings = str(Path(scratch) / "recordings")
        window.settings.repeat = True
        window.settings.theme = "light"
        window.dress()
        window.show()
        wait(0.1)
        shot = Shooter(options.folder, window, options.only)
        if options.charts:
            shoot_charts(window, shot)
        else:
            shoot(window, shot, find_source(options.source), find_source(options.empty))
        window.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
