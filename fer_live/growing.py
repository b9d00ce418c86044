"""Files that a kill or a full disk leaves whole: a CSV that grows by whole batches of rows, others written beside.

Excel and pandas read the tables as they are: commas, dots, UTF-8, one header row.
"""

import csv
import errno
import io
import json
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from fer_live.typed_json import plain

MOST_KEPT: Final = 40  # characters of a name, up to four bytes each, where one has room for 255
FLUSH_S: Final = 0.5  # rows wait this long at most before they reach the system

Row = Sequence[Any]


class RecordError(Exception):
    """A recording cannot be started or cannot go on: no such folder, no right to write, a full disk."""


class FolderError(RecordError):
    """Nothing can be done in the very folder that was named, and nothing was; another one mends it."""


class GrowingTable:
    """A CSV to which rows are added. One thread.

    Rows wait until they are flushed, and what was added together reaches the file together or not at all; ``rows``
    counts those that did. Raises OSError only.
    """

    def __init__(self, path: Path, head: Sequence[str], end: int = 0) -> None:
        """Begin it anew with the row ``head``, or go on behind its first ``end`` bytes."""
        self.path, self.rows = path, 0
        self._waiting: list[Row] = []
        self._flushed_at = time.perf_counter()
        self._file = path.open("r+b" if end else "wb", buffering=0)
        try:
            self._file.truncate(end)
            self._file.seek(end)
            if not end:
                _append(self._file, [head])
        except OSError:
            self._file.close()
            raise

    @property
    def due(self) -> bool:
        """Whether rows have waited long enough; asked after each batch, so that a second is the longest."""
        return time.perf_counter() - self._flushed_at >= FLUSH_S

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._file.closed

    def add(self, rows: Iterable[Row]) -> None:
        """Rows for the next flush."""
        self._waiting.extend(rows)

    def flush(self) -> None:
        """Write what waits; on a fault it is given up, and the file ends as it did before."""
        waiting, self._waiting = self._waiting, []
        self._flushed_at = time.perf_counter()
        _append(self._file, waiting)
        self.rows += len(waiting)

    def close(self) -> None:
        """Close the file; what still waits is lost. May be called twice."""
        self._file.close()


def in_the_way(folder: Path) -> Path | None:
    """The file that lies where ``folder``, which need not be there yet, or one above it would be; None: no such."""
    above = (folder.absolute(), *folder.absolute().parents)
    there = next((path for path in above if os.path.lexists(path)), folder)  # no error where it is forbidden to look
    return None if os.path.isdir(there) else there


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside, then rename it: a fault leaves the one that was there and nothing beside it. OSError.

    Several threads and programs may write the same file: it is always the whole of one of theirs.
    """
    partial = path.with_name(f"{path.name[:MOST_KEPT]}-{secrets.token_hex(8)}.part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    except BaseException:  # Ctrl+C too: the next one would not write over it
        with suppress(OSError):  # the first fault is the one to tell
            partial.unlink()
        raise


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write plain values or dataclasses with ``write_whole``."""
    write_whole(path, f"{json.dumps(plain(value), indent=1)}\n".encode())


def head_row(head: Row) -> bytes:
    """The bytes with which a GrowingTable with this ``head`` begins."""
    return _bytes_of([head])


def reason(error: OSError) -> str:
    """What an OSError means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return "a file is in the way"
    return error.strerror or str(error)


def _append(file: io.FileIO, rows: Iterable[Row]) -> None:
    """Whole rows or none: what a full disk cut off is taken back."""
    content = memoryview(_bytes_of(rows))
    start = file.tell()
    try:
        while content:
            content = content[file.write(content) :]
    except OSError:
        with suppress(OSError):  # the first fault is the one to tell
            file.truncate(start)
            file.seek(start)
        raise


def _bytes_of(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
