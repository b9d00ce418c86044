import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fer_live.frame import FrameResult
from fer_live.gui.window import Window

PATIENCE_S = 30.0
Opener = Callable[..., Window]


def wait_for(so: Callable[[], bool], what: str) -> None:
    """Let the window live until ``so()``."""
    until = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < until:
        QApplication.processEvents()
        if so():
            return
        time.sleep(0.003)
    pytest.fail(f"waited in vain until {what}")


def shows(window: Window, *names: str) -> bool:
    return tuple(tile.variant for tile in window.stage.tiles) == names


def press(window: Window, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)
    QApplication.processEvents()


def results_until(
    window: Window, run: Callable[[list[FrameResult]], bool], monkeypatch: pytest.MonkeyPatch
) -> list[FrameResult]:
    """The results that the window shows until ``run``, which is given those so far, says that it is enough."""
    seen: list[FrameResult] = []
    newest = window.live.newest

    def watched() -> FrameResult | None:
        result = newest()
        if result is not None:
            seen.append(result)
        return result

    monkeypatch.setattr(window.live, "newest", watched)
    wait_for(lambda: run(seen), "enough was seen")
    monkeypatch.setattr(window.live, "newest", newest)
    return seen
