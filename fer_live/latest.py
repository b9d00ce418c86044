"""Latest: a slot in which the newest item wins; the one place where threads of the app meet."""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Holds only the newest item put in. Any number of writers and readers, any thread.

    Items are numbered from 1. The item and its number change under one lock, so no reader is given one twice.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        self._item: T | None = None
        self._closed = False

    def put(self, item: T) -> None:
        """Replace the item and wake all readers. Does nothing once closed."""
        with self._changed:
            if self._closed:
                return
            self._number += 1
            self._item = item
            self._changed.notify_all()

    def get(self, seen: int, timeout_s: float = 0.0) -> tuple[int, T] | None:
        """The newest item with its number if that is above ``seen``, waiting up to ``timeout_s`` for one.

        None when nothing newer came in time or the slot is closed. ``number - seen - 1`` items were missed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._number > seen, timeout_s)
            if self._closed or self._number <= seen or self._item is None:
                return None
            return self._number, self._item

    def close(self) -> None:
        """Wake every waiting reader for good; later ``put`` calls are dropped and the last item is let go."""
        with self._changed:
            self._closed = True
            self._item = None
            self._changed.notify_all()
