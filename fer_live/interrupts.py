"""Ctrl+C where a KeyboardInterrupt would break something: it waits, or is only noted; and it goes to no child."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130  # exit code, as a shell has it


@contextmanager
def held_back() -> Iterator[None]:
    """Ctrl+C takes effect behind the block, not inside it. Costs a few microseconds; keep the block short.

    Python handles signals in the main thread alone, so elsewhere there is nothing to hold back.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[0])


@contextmanager
def noted() -> Iterator[Callable[[], bool]]:
    """Ctrl+C, however often, raises nothing in the block; what is given says whether it came.

    For work that asks often and then ends in order. Outside the main thread and where Ctrl+C is ignored, it never came.
    """
    came = threading.Event()
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return
    signal.signal(signal.SIGINT, lambda number, frame: came.set())
    try:
        yield came.is_set
    finally:
        signal.signal(signal.SIGINT, handler)


@contextmanager
def ours_alone() -> Iterator[None]:
    """Processes that are begun in the block never get Ctrl+C: ``held_back`` keeps it from what begins them.

    A terminal sends it to all of them, and one that is still loading Python would end with a traceback.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which they inherit
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
