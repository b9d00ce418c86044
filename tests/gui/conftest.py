"""The real window over the real engine; tiny networks, real clips."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from tiny_onnx import tiny_manifest
from waiting import Opener, wait_for

from fer_live.gui import app as gui
from fer_live.gui.window import Window
from fer_live.manifest import Manifest, load_manifest

NAMES = ("fp32", "pruned", "int8")


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    tiny_manifest(tmp_path / "models", NAMES)
    return load_manifest(tmp_path / "models")


@pytest.fixture
def opened(qapp: QApplication, manifest: Manifest, tmp_path: Path) -> Iterator[Opener]:
    """Opens windows as ``fer-live`` does, and closes them."""
    windows: list[Window] = []

    def open_window(source: str | None = None, **options: object) -> Window:
        window = gui.make_window(gui.GuiOptions(source=source, **options), manifest)  # type: ignore[arg-type]
        window.settings.recordings = str(tmp_path / "recordings")
        window.settings.pictures = str(tmp_path / "pictures")
        window.show()
        windows.append(window)
        return window

    yield open_window
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


@pytest.fixture
def live_window(opened: Opener, shared_clip: Callable[[str], Path]) -> Window:
    """A window in which labelled pictures of one person flow without end."""
    window = opened(str(shared_clip("again.mkv")))
    window.settings.repeat = True
    wait_for(lambda: window.live.phase == "live" and bool(window.stage.tiles), "pictures flow")
    return window
