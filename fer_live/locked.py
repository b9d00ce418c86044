"""One at a time, among processes and threads, at files that several could change at once. The only user of filelock."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class InUse(Exception):
    """Somebody else holds the lock."""


@contextmanager
def locked(path: Path, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock that the file ``path`` stands for; it is made, and taken away at the end.

    InUse when somebody else holds it for ``wait_s`` more; OSError when it cannot be made. A process that is killed lets
    go of it: the file that then stays behind locks nothing.
    """
    from filelock import FileLock, Timeout  # brings asyncio, which is slow to load

    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait_s, poll_interval=0.02)
    except Timeout as error:
        raise InUse(str(path)) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows takes no open file away
            path.unlink()  # before it is let go of, else it could be the next one's
        lock.release()
