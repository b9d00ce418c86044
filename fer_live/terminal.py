"""What the commands say: results to standard output and nothing else there, words and progress to standard error."""

import argparse
import faulthandler
import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import IO, Final, NoReturn

LONGEST: Final = 1000  # characters of a line for a person; a damaged file may hold any number
_stderr_lock = threading.Lock()


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
    """One line for a person; of a very long one, the beginning and the end."""
    line = " ".join(text.split())
    if len(line) > LONGEST:
        line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
    if sys.stderr is not None:
        sys.stderr.write(line + "\n")


def told_missing(name: str, frames: int, missing: int) -> str:
    """A sentence on a clip called ``name`` of which ``frames`` could be read and ``missing`` more should be there."""
    is_ = "is" if missing == 1 else "are"
    return f"{name} is damaged or cut off: {missing} of the {frames + missing} frames that it says it has {is_} missing"


def crash_loudly() -> None:
    """Where a library ends the process (``abort``, a bad address), say in which call, even while stderr goes elsewhere.

    Not on Windows, where Python tells of faults there that Qt and COM raise and handle.
    """
    if sys.platform == "win32" or faulthandler.is_enabled():
        return
    with suppress(OSError):  # started with its stderr closed
        faulthandler.enable(os.dup(2))


@contextmanager
def stderr_through(kept: Callable[[list[bytes]], list[bytes]]) -> Iterator[None]:
    """Of what anybody writes to stderr meanwhile, a library in C too, only the lines that ``kept`` gives back go out.

    File descriptor 2 is led into a file for the moment and the lines are written at the end, in any thread's name.
    Nothing is kept back where there is no such descriptor (pythonw) or no temporary folder: better noise than nothing.
    """
    with _stderr_lock:
        try:
            terminal = os.dup(2)
        except OSError:
            yield
            return
        with _temporary_file() as caught:
            if caught is None:
                os.close(terminal)
                yield
                return
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(caught.fileno(), 2)
            try:
                yield
            finally:
                if sys.stderr is not None:
                    sys.stderr.flush()
                os.dup2(terminal, 2)
                os.close(terminal)
                caught.seek(0)
                if told := b"".join(kept(caught.readlines())):
                    os.write(2, told)


def as_json(value: object) -> str:
    """JSON text; refuses what JSON cannot say (NaN) instead of writing something else."""
    return json.dumps(value, indent=1, allow_nan=False)


def _temporary_file() -> AbstractContextManager[IO[bytes] | None]:
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return nullcontext()


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
