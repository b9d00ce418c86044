"""What was seen in one clip: a CSV that grows by whole frames, and beside it a JSON of how it was made.

A run that was killed goes on after the last whole frame in the CSV: the part of a frame behind it is cut off. Only the
same clip, variants and detector go on in the same file; one that was altered since or is finished is never written to,
and never two processes to the same.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fer_live.face_rows import face_rows, head, labels_of
from fer_live.frame import FrameResult
from fer_live.growing import FolderError, GrowingTable, RecordError, head_row, reason, write_json
from fer_live.locked import InUse, locked
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Variant
from fer_live.runtime import CPU
from fer_live.typed_json import parsed, plain

SCHEMA: Final = 2
_OURS: Final = {"schema", "clip", "modified_ns", "variants"}  # by which a JSON is known to be one of a clip's table


class TableError(Exception):
    """The folder holds a table of the same name that was made differently or altered since. One line."""


@dataclass(frozen=True)
class ClipFacts:
    """What a table depends on. ``size`` and ``modified_ns`` are the clip file's: another film is another table."""

    clip: str
    size: int
    modified_ns: int
    full_range: bool
    variants: tuple[Variant, ...]
    provider: str = CPU

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that a variant may give, each once."""
        return labels_of(self.variants)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the same for the same facts."""
        kept = {"clip": self.clip, "size": self.size, "modified_ns": self.modified_ns, "full_range": self.full_range}
        return {"schema": SCHEMA, **kept, "provider": self.provider, "variants": list(map(_answering, self.variants))}


@dataclass(frozen=True)
class Known:
    """What a table holds: where its last whole frame ends (in bytes; 0: begin anew), and its counts up to there.

    ``missing`` frames of a finished one should have been in the clip. ``at_s`` is the last whole frame's time in it.
    """

    end: int = 0
    frames: int = 0
    at_s: float = -1.0
    without_face: int = 0
    last_track: int = 0
    finished: bool = False
    missing: int = 0


class ClipTable:
    """The table ``NAME.csv`` of a clip in ``folder``, begun or taken up again where ``before`` ends. One thread.

    ``frames`` is how many whole frames it holds, ``at_s`` the last one's time in the clip, ``without_face`` how many of
    them have none, ``last_track`` the highest number a face got, ``finished`` whether the clip was seen to its end.
    """

    def __init__(self, folder: Path, name: str, facts: ClipFacts, before: Known) -> None:
        """Open it in a folder that is there, ``ours_to_write``; ``before`` is what ``known`` says, not finished.

        FolderError when nothing can be written.
        """
        self.path, self._about = folder / f"{name}.csv", folder / f"{name}.json"
        self._facts = facts
        try:
            if not before.end:
                write_json(self._about, {**facts.to_dict(), "finished": False})
            self._table = GrowingTable(self.path, head(facts.labels), before.end)
        except OSError as error:
            raise _unwritable(folder, error) from error
        self.frames, self.at_s, self.without_face = before.frames, before.at_s, before.without_face
        self.last_track, self.finished = before.last_track, False

    def write(self, result: FrameResult) -> None:
        """Add the next frame, whose time in the clip is ``result.frame.captured_at``; RecordError on a full disk."""
        ran = {run.variant: run for run in result.runs}
        runs = [ran[variant.name] for variant in self._facts.variants]
        self.at_s = result.frame.captured_at
        self._table.add(face_rows(self.at_s, self.frames, result.faces, runs, self._facts.labels))
        self.frames += 1
        self.without_face += not result.faces
        self.last_track = max([self.last_track, *(face.track for face in result.faces)])
        if self._table.due:
            self._flush()

    def close(self, finished: bool, missing: int = 0) -> None:
        """Write what waits; ``finished`` says that the clip has no more frames, ``missing`` how many it should have.

        RecordError on a full disk.
        """
        try:
            self._flush()
            if finished:
                counts = {"finished": True, "frames": self.frames, "frames_without_face": self.without_face}
                counts["frames_missing"] = missing
                write_json(
                    self._about,
                    {**self._facts.to_dict(), **counts, "machine": machine_facts(), "versions": versions()},
                )
                self.finished = True
        except OSError as error:
            raise RecordError(f"cannot write {self._about}: {reason(error)}") from error
        finally:
            self._table.close()

    def _flush(self) -> None:
        try:
            self._table.flush()
        except OSError as error:
            raise RecordError(f"stopped: {reason(error)}; the whole frames so far are kept in {self.path}") from error


@contextmanager
def ours_to_write(folder: Path, name: str) -> Iterator[None]:
    """Keep others from the table of ``name`` meanwhile; TableError when one is at it, FolderError when none can be."""
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(folder / f"{name}.lock"))
        except InUse as error:
            raise TableError(
                f"another fer-live is writing {folder / name}.csv; wait until it is done, or give another folder"
            ) from error
        except OSError as error:
            raise _unwritable(folder, error) from error
        yield


def known(folder: Path, name: str, facts: ClipFacts) -> Known:
    """What a table holds already; nothing when there is none. OSError, and TableError for what is not to be touched.

    That is a table that was made differently or altered since, and another program's JSON where ours would go.
    """
    path, beside = folder / f"{name}.csv", folder / f"{name}.json"
    about, wanted = _read_about(beside), facts.to_dict()
    if not path.exists():
        if about is not None and not about.keys() >= _OURS:
            raise TableError(f"{beside} was not made by fer_live and would be overwritten; give another folder")
        return Known()
    if about is None or {key: about.get(key) for key in wanted} != wanted:
        raise TableError(
            f"{path} was made of another clip, with other variants or options, or by an older fer_live; delete it or "
            "give another folder"
        )
    there = _read_whole(path, head_row(head(facts.labels)), len(facts.variants), about.get("finished") is True)
    if there.finished and there.frames != about.get("frames"):
        raise _altered(path)
    missing = about.get("frames_missing", 0)
    return replace(there, missing=missing) if there.finished and isinstance(missing, int) else there


def _read_about(path: Path) -> dict[str, Any] | None:
    """What stands in a JSON, nothing when that is no object; None when there is no such file."""
    try:
        about = parsed(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        return {}
    return about if isinstance(about, dict) else {}


def _read_whole(path: Path, first: bytes, variants: int, finished: bool) -> Known:
    """Count whole frames, those that have all their rows, behind the row ``first``.

    A kill leaves a part of one frame behind them, in what is ``finished`` there is none: TableError for all else, which
    somebody wrote.
    """
    end = whole = rows = frames = without_face = last_track = track = 0
    at_s = -1.0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            end += len(line)
            if not whole:
                if line != first:
                    raise _altered(path)
                whole = end
                continue
            try:
                cells = next(csv.reader([line.decode()]))
                told_s, frame, faces = float(cells[0]), int(cells[1]), int(cells[2])
                track = max(track, int(cells[4] or 0))
            except (ValueError, IndexError, StopIteration, csv.Error):
                raise _altered(path) from None
            if frame != frames:
                raise _altered(path)
            rows += 1
            if rows == max(1, faces * variants):
                frames, at_s, without_face, last_track = frames + 1, told_s, without_face + (not faces), track
                whole, rows = end, 0
    if finished and whole != path.stat().st_size:
        raise _altered(path)
    return Known(whole, frames, at_s, without_face, last_track, finished)


def _answering(variant: Variant) -> dict[str, Any]:
    """What decides the answers of a variant: the same file fed in another way is another network."""
    fed = {"labels": variant.labels, "head": variant.head, "heads": variant.heads, "input": variant.input}
    return {"name": variant.name, "sha256": variant.sha256, **plain(fed)}


def _unwritable(folder: Path, error: OSError) -> FolderError:
    return FolderError(f"cannot write into {folder}: {reason(error)}; choose another folder")


def _altered(path: Path) -> TableError:
    return TableError(f"{path} was altered since it was made; restore it, delete it, or give another folder")


def read_marks(path: Path) -> Iterable[tuple[int, list[dict[str, str]]]]:
    """(frame, its rows with a face) of a finished table, frame by frame. Raises OSError."""
    with path.open(newline="", encoding="utf-8") as file:
        frame, rows = 0, list[dict[str, str]]()
        for row in csv.DictReader(file):
            if int(row["frame"]) != frame:
                yield frame, rows
                frame, rows = int(row["frame"]), []
            if row["variant"]:
                rows.append(row)
        yield frame, rows


def last_frame(path: Path) -> tuple[int, float]:
    """The number of a finished table's last frame, and its time in the clip. Raises OSError."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = deque(csv.DictReader(file), maxlen=1)
    return (int(rows[0]["frame"]), float(rows[0]["time_s"])) if rows else (0, 0.0)
