"""Waits for the window and takes pictures of it."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from fer_live.gui.window import Window

SIZES = {"small": (900, 560), "usual": (1280, 800), "large": (1920, 1080)}
COMMON = ("small", "usual")


def wait(seconds: float) -> None:
    """Let the window live on."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QApplication.processEvents()
        time.sleep(0.003)


def wait_until(so: Callable[[], bool], timeout_s: float = 20.0) -> None:
    """Until ``so()``; after ``timeout_s`` the picture shows what did not come."""
    until = time.perf_counter() + timeout_s
    while time.perf_counter() < until and not so():
        wait(0.05)


def wait_live(window: Window, runs: int = 1, timeout_s: float = 20.0) -> None:
    """Until pictures with ``runs`` variants are on the stage."""
    wait_until(lambda: window.live.phase == "live" and len(window.stage.tiles) == runs, timeout_s)


class Shooter:
    """Grabs the window, or a dialog above it, into files whose names contain ``only``."""

    def __init__(self, folder: Path, scratch: Path, window: Window, only: str) -> None:
        self.scratch, self.window = scratch, window
        self._folder, self._only = folder, only

    def __call__(self, name: str, of: QWidget | None = None) -> None:
        """One picture, of the window unless ``of`` is given."""
        self.window.write_figures()
        wait(0.05)
        if self._only in name:
            path = self._folder / f"{name}.png"
            (of or self.window).grab().save(str(path))
            sys.stdout.write(f"{path}\n")

    def dress(self, theme: str) -> None:
        """Light or dark."""
        self.window.settings.theme = theme  # type: ignore[assignment]  # "light" and "dark" are themes
        self.window.dress()

    def looks(
        self, name: str, of: Callable[[], QWidget | None] = lambda: None, sizes: tuple[str, ...] = COMMON
    ) -> None:
        """Pictures in light and dark and at ``sizes``."""
        for theme in ("light", "dark"):
            self.dress(theme)
            for size in sizes:
                self.window.resize(*SIZES[size])
                wait(0.3)
                self(f"{name}-{theme}-{size}", of())
