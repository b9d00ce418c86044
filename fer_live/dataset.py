"""Labelled faces on disk: FER2013 and FER+ in their public CSV formats. Knows numpy only; evaluation and training share it."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

FACE_SIDE: Final = 48  # pixels, FER2013
FER2013_LABELS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # index = CSV number
FERPLUS_LABELS: Final = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
FERPLUS_COLUMNS: Final = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


class DataError(Exception):
    """A data set cannot be read; the message says where and how to mend it."""


@dataclass(frozen=True)
class LabelledFaces:
    """Gray faces (n, 48, 48) uint8 with their label numbers (n,) int64, the labels' names, and each row's split."""

    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    splits: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def read_fer2013(path: Path, split: str | None = None) -> LabelledFaces:
    """Kaggle's ``fer2013.csv`` (columns emotion, pixels, Usage); all rows, or those whose Usage is ``split``.

    Raises DataError with the line number for missing columns, short pixel rows, unknown labels and an empty split.
    """
    faces: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    splits: list[str] = []
    seen: set[str] = set()
    for line, row in _rows(path, ("emotion", "pixels", "Usage")):
        seen.add(row["Usage"])
        if split is not None and row["Usage"] != split:
            continue
        faces.append(_pixels(row["pixels"], path, line))
        labels.append(_label(row["emotion"], path, line))
        splits.append(row["Usage"])
    if not faces:
        known = ", ".join(sorted(seen)) or "none"
        wanted = f"no rows with Usage {split!r}" if split is not None else "no rows"
        raise DataError(f"{path}: {wanted} (splits in this file: {known})")
    return LabelledFaces(np.stack(faces), np.array(labels, np.int64), FER2013_LABELS, tuple(splits))


def read_ferplus(path: Path) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """FER+'s ``fer2013new.csv``: votes (n, 8) in FERPLUS_LABELS order, row for row with fer2013.csv, and the splits.

    "unknown" and "NF" (no face) are left out, so a row's votes may sum to less than ten, or to zero.
    """
    votes: list[list[float]] = []
    splits: list[str] = []
    for line, row in _rows(path, ("Usage", *FERPLUS_COLUMNS)):
        try:
            votes.append([float(row[column]) for column in FERPLUS_COLUMNS])
        except (TypeError, ValueError):
            raise DataError(f"{path}, line {line}: a vote is not a number") from None
        splits.append(row["Usage"])
    return np.array(votes, np.float32).reshape(-1, len(FERPLUS_LABELS)), tuple(splits)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line numbers; DataError when the file or one of ``columns`` is missing."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path}: no column {', '.join(missing)} (expected {', '.join(columns)})")
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error


def _pixels(text: str | None, path: Path, line: int) -> NDArray[np.uint8]:
    try:
        values = np.array((text or "").split(), dtype=np.int64)
    except ValueError:
        raise DataError(f"{path}, line {line}: a pixel is not a whole number") from None
    if values.size != FACE_SIDE**2:
        raise DataError(f"{path}, line {line}: {values.size} pixels instead of {FACE_SIDE**2}")
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{path}, line {line}: a pixel is outside 0..255")
    return values.astype(np.uint8).reshape(FACE_SIDE, FACE_SIDE)


def _label(text: str | None, path: Path, line: int) -> int:
    if text is None or text not in {str(number) for number in range(len(FER2013_LABELS))}:
        raise DataError(f"{path}, line {line}: unknown label {text!r} (0..{len(FER2013_LABELS) - 1} are known)")
    return int(text)
