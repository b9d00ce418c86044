import io
import sys

import pytest

from fer_live.terminal import Progress


class Screen(io.StringIO):
    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


def test_progress_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(tty=True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "12")
    with Progress() as progress:
        progress.show("a line that is too long")
        progress.show("short")
    assert screen.getvalue() == "\ra line that\rshort      \r     \r"


def test_progress_is_not_for_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Screen(tty=False)
    monkeypatch.setattr(sys, "stderr", pipe)
    with Progress() as progress:
        progress.show("round 1")
    assert pipe.getvalue() == ""
