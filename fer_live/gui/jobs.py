"""Work that must not hold up the window: one thread per job, asked for its outcome by the window's timer."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Job(Generic[T]):
    """Runs ``work`` in a daemon thread at once. The window polls ``done``; nothing is signalled."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        self._work = work
        self._outcome: T | None = None
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
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
