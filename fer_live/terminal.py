"""What the commands say: results to standard output and nothing else there, words and progress to standard error."""

import argparse
import faulthandler
import json
import os
import shutil
import sys
from contextlib import suppress
from typing import NoReturn


class OutputError(Exception):
    """The result cannot be written where it should go: standard output, or the file that was named."""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, not after a page of usage."""

    def error(self, message: str) -> NoReturn:
        """End with code 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def say(text: str) -> None:
    """A result. BrokenPipeError when its reader has gone, OutputError when there is no room for it."""
    if sys.stdout is None:  # started with its output closed
        return
    try:
        # A file name may hold what the terminal's encoding cannot say.
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        sys.stdout.flush()
    except OSError as error:
        # Python would try the rest again at its exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise OutputError(f"the output cannot be written: {error.strerror}") from error


def tell(text: str) -> None:
    """One line for a person."""
    if sys.stderr is not None:
        sys.stderr.write(" ".join(text.split()) + "\n")


def told_missing(name: str, frames: int, missing: int) -> str:
    """A sentence on a clip called ``name`` of which ``frames`` could be read and ``missing`` more should be there."""
    return f"{name} is damaged or cut off: {missing} of the {frames + missing} frames that it says it has are missing"


def crash_loudly() -> None:
    """Where a library ends the process (``abort``, a bad address), say in which call, even while stderr goes elsewhere.

    Not on Windows, where Python tells of faults there that Qt and COM raise and handle.
    """
    if sys.platform == "win32" or faulthandler.is_enabled():
        return
    with suppress(OSError):  # started with its stderr closed
        faulthandler.enable(os.dup(2))


def as_json(value: object) -> str:
    """JSON text; refuses what JSON cannot say (NaN) instead of writing something else."""
    return json.dumps(value, indent=1, allow_nan=False)


class Progress:
    """A line on a terminal, written over and taken away at the end; silent when standard error goes elsewhere."""

    def __init__(self) -> None:
        self._shown = 0

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *fault: object) -> None:
        self._end()

    def show(self, text: str) -> None:
        """Replace the line; what the terminal has no room for is cut off, or it would stay behind."""
        if sys.stderr is not None and sys.stderr.isatty():
            text = text[: max(1, shutil.get_terminal_size().columns - 1)]
            sys.stderr.write("\r" + text.ljust(self._shown))
            sys.stderr.flush()
            self._shown = len(text)

    def _end(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
