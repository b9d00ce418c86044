"""Work that must not hold up the window: one thread per job, asked for its outcome by the window's timer."""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

T = TypeVar("T")
_begun: "WeakSet[Job[Any]]" = WeakSet()


def end_all(timeout_s: float) -> bool:
    """Wait for every job, also of a dialog that is gone; False when one did not end in time.

    One that is inside onnxruntime when the interpreter goes would abort the process.
    """
    until_s = time.perf_counter() + timeout_s
    ended = [job.join(max(until_s - time.perf_counter(), 0.0)) for job in list(_begun)]
    return all(ended)


class Job(Generic[T]):
    """Runs ``work`` in a daemon thread at once. The window polls ``done``; nothing is signalled."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self._work = work
        self._outcome: T | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        _begun.add(self)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return not self._thread.is_alive()

    def outcome(self) -> T:
        """What ``work`` returned; raises what it raised. Only once ``done``."""
        if self._fault is not None:
            raise self._fault
        return self._outcome  # type: ignore[return-value]  # None only where T admits it

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it did not come in time."""
        self._thread.join(timeout_s)
        return self.done

    def _run(self) -> None:
        try:
            self._outcome = self._work()
        except Exception as fault:  # noqa: BLE001  # the top of a thread; outcome() raises it in the main thread
            self._fault = fault
