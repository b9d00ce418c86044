import io
import sys

import pytest

from fer_live.terminal import OneLineParser, Progress, tell


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


def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    parser = OneLineParser("fer-live compress")
    parser.add_subparsers(required=True, metavar="STEP").add_parser("data")
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["date"])
    told = capsys.readouterr().err
    assert told.startswith("fer-live compress: argument STEP: invalid choice: 'date'")
    assert told.endswith("(see fer-live compress --help)\n")
    assert told.count("\n") == 1


def test_a_line_stays_one_line_that_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    tell(f"a.csv cannot be read:\n{'y' * 140_000}; delete it")
    told = capsys.readouterr().err
    assert told.startswith("a.csv cannot be read: yyy")
    assert told.endswith("; delete it\n")
    assert (told.count("\n"), len(told) < 1100) == (1, True)
