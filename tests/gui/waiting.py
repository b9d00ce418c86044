import time
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication

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
