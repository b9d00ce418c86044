"""The faces of a session, from its faces.csv: which were in view on which frames, and what each variant said."""

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_live.report.runs import Column, ReportError
from fer_live.stats import measurement
from fer_live.typed_json import LARGEST

_COLUMNS: Final = ("time_s", "frame", "track", "variant", "label")


@dataclass(frozen=True, eq=False)
class SeenFace:
    """One face while it kept its number; columns have an entry per frame on which it was in view.

    ``at_s`` counts from the session's first frame, ``frame`` numbers the frames of the session from 1. ``said`` has a
    column of labels per variant, "" where that variant did not run.
    """

    track: int
    at_s: Column
    frame: NDArray[np.int64]
    said: dict[str, NDArray[np.str_]]

    @cached_property
    def labels(self) -> frozenset[str]:
        """Every label it was given."""
        return frozenset(str(label) for column in self.said.values() for label in np.unique(column)) - {""}

    def told(self, order: tuple[str, ...]) -> NDArray[np.str_]:
        """On each frame, the label of the first variant in ``order`` that ran."""
        known = [self.said[name] for name in order if name in self.said]
        label = known[0].copy()
        for other in known[1:]:
            label = np.where(label == "", other, label)
        return label


def read_faces(path: Path) -> tuple[SeenFace, ...]:
    """Every face in a faces.csv, in the order in which they came into view; also of a file cut off in its last row.

    Raises ReportError naming the line that is broken, and FileNotFoundError.
    """
    times: list[float] = []
    variants: dict[str, int] = {}
    labels: dict[str, int] = {"": 0}
    rows = array("q")  # of four cells; flat, for there may be millions
    last = ("", "")
    for time_s, frame, track, variant, label in _cells(path):
        if (time_s, frame) != last:
            last = (time_s, frame)
            times.append(float(time_s))
        if track:
            said = labels.setdefault(label, len(labels))
            rows.extend((int(track), len(times), variants.setdefault(variant, len(variants)), said))
    if not rows:
        return ()
    table, words = np.frombuffer(rows, np.int64).reshape(-1, 4), np.array(list(labels))
    table = table[np.argsort(table[:, 0], kind="stable")]
    at_s = np.maximum.accumulate(np.array(times)) - times[0]
    cuts = np.flatnonzero(np.diff(table[:, 0])) + 1
    faces = [_face(part, at_s, list(variants), words) for part in np.split(table, cuts)]
    return tuple(sorted(faces, key=lambda face: (int(face.frame[0]), face.track)))


def _face(rows: NDArray[np.int64], at_s: Column, variants: list[str], words: NDArray[np.str_]) -> SeenFace:
    frame, place = np.unique(rows[:, 1], return_inverse=True)
    said = {}
    for number, name in enumerate(variants):
        mine = rows[:, 2] == number
        if mine.any():
            codes = np.zeros(frame.size, np.int64)
            codes[place[mine]] = rows[mine, 3]
            said[name] = words[codes]
    return SeenFace(int(rows[0, 0]), at_s[frame - 1], frame, said)


def _cells(path: Path) -> Iterator[list[str]]:
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(text for text in file if text.endswith("\n"))
            head = next(rows, [])
            missing = [name for name in _COLUMNS if name not in head]
            if missing:
                raise ValueError(f"it has no column {missing[0]}")
            places = [head.index(name) for name in _COLUMNS]
            for row in rows:
                line = rows.line_num
                cells = [row[place] for place in places]
                measurement(cells[0])
                if cells[2] and not 0 <= int(cells[2]) <= LARGEST:
                    raise ValueError(f"track {cells[2]} is no number of a face")
                yield cells
    except FileNotFoundError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReportError(f"{path.name} cannot be read, line {line}: {reason}") from error
    except IndexError as error:
        raise ReportError(f"{path.name} cannot be read, line {line}: it has too few cells") from error
