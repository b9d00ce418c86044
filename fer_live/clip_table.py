"""What was seen in one clip: a CSV that grows by whole frames, and beside it a JSON of how it was made.

A run that was killed goes on after the last whole frame in the CSV: whatever stands behind it is cut off. Only the
same clip, variants and detector go on in the same file.
"""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from fer_live.face_rows import face_rows, head, labels_of
from fer_live.frame import FrameResult
from fer_live.growing import FolderError, GrowingTable, RecordError, reason, write_json
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Variant

SCHEMA: Final = 1


class TableError(Exception):
    """The folder holds a table of the same name that was made differently. One line."""


@dataclass(frozen=True)
class ClipFacts:
    """What a table depends on. ``size`` and ``modified_ns`` are the clip file's: another film is another table."""

    clip: str
    size: int
    modified_ns: int
    full_range: bool
    variants: tuple[Variant, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels that a variant may give, each once."""
        return labels_of(self.variants)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the same for the same facts."""
        variants = [{"name": v.name, "sha256": v.sha256, "labels": list(v.labels)} for v in self.variants]
        kept = {"clip": self.clip, "size": self.size, "modified_ns": self.modified_ns, "full_range": self.full_range}
        return {"schema": SCHEMA, **kept, "variants": variants}


@dataclass(frozen=True)
class Known:
    """What a table holds: where its last whole frame ends (in bytes; 0: begin anew), and its counts up to there."""

    end: int = 0
    frames: int = 0
    without_face: int = 0
    last_track: int = 0
    finished: bool = False


class ClipTable:
    """The table ``NAME.csv`` of a clip in ``folder``, begun or taken up again. One thread.

    ``frames`` is how many whole frames it holds, ``without_face`` how many of them have none, ``last_track`` the
    highest number a face got, ``finished`` whether the clip was seen to its end.
    """

    def __init__(self, folder: Path, name: str, facts: ClipFacts) -> None:
        """Open it; TableError when it was made differently, FolderError when nothing can be written."""
        self.path, self._about = folder / f"{name}.csv", folder / f"{name}.json"
        self._facts = facts
        try:
            folder.mkdir(parents=True, exist_ok=True)
            before = known(folder, name, facts)
            if not before.end:
                write_json(self._about, {**facts.to_dict(), "finished": False})
            self._table = GrowingTable(self.path, head(facts.labels), before.end)
        except OSError as error:
            raise FolderError(f"cannot write into {folder}: {reason(error)}; choose another folder") from error
        self.frames, self.without_face = before.frames, before.without_face
        self.last_track, self.finished = before.last_track, before.finished

    def write(self, result: FrameResult) -> None:
        """Add the next frame, whose time in the clip is ``result.frame.captured_at``; RecordError on a full disk."""
        ran = {run.variant: run for run in result.runs}
        runs = [ran[variant.name] for variant in self._facts.variants]
        at_s = result.frame.captured_at
        self._table.add(face_rows(at_s, self.frames, result.faces, runs, self._facts.labels))
        self.frames += 1
        self.without_face += not result.faces
        self.last_track = max([self.last_track, *(face.track for face in result.faces)])
        if self._table.due:
            self._flush()

    def close(self, finished: bool) -> None:
        """Write what waits; ``finished`` says that the clip has no more frames. RecordError on a full disk."""
        try:
            self._flush()
            if finished:
                counts = {"finished": True, "frames": self.frames, "frames_without_face": self.without_face}
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


def known(folder: Path, name: str, facts: ClipFacts) -> Known:
    """What a table holds already; nothing when there is none. TableError when it was made differently, OSError."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return Known()
    try:
        about = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        about = {}
    wanted = facts.to_dict()
    if not isinstance(about, dict) or {key: about.get(key) for key in wanted} != wanted:
        raise TableError(
            f"{path} was made of another clip, with other variants or options; delete it or give another folder"
        )
    return replace(_read_whole(path, len(facts.variants)), finished=about.get("finished") is True)


def _read_whole(path: Path, variants: int) -> Known:
    """Count whole frames: those that have all their rows, none of them cut off."""
    end = whole = rows = frames = without_face = last_track = track = 0
    with path.open("rb") as file:
        for line in file:
            end += len(line)
            if not line.endswith(b"\n"):
                break
            if not whole:
                whole = end
                continue
            try:
                cells = next(csv.reader([line.decode()]))
                frame, faces, track = int(cells[1]), int(cells[2]), max(track, int(cells[4] or 0))
            except (ValueError, IndexError, StopIteration, csv.Error):
                break
            if frame != frames:
                break
            rows += 1
            if rows == max(1, faces * variants):
                frames, without_face, last_track = frames + 1, without_face + (not faces), track
                whole, rows = end, 0
    return Known(whole, frames, without_face, last_track)


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
