"""Labelled faces on disk, as evaluation and training share them: FER2013 and FER+ in their public CSV formats."""

import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from fer_live.terminal import stderr_through

FACE_SIDE: Final = 48  # pixels, FER2013
FER2013_LABELS: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # index = CSV number
FERPLUS_LABELS: Final = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
MOST_VOTES: Final = 1000  # for one label of a face, on which ten people voted
FERPLUS_COLUMNS: Final = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
# The same emotions as other data sets and file systems call them.
SYNONYMS: Final = {
    **{"anger": "angry", "disgusted": "disgust", "fearful": "fear", "afraid": "fear", "happiness": "happy"},
    **{"joy": "happy", "sadness": "sad", "surprised": "surprise"},
}


class DataError(Exception):
    """A data set cannot be read; the message says where and how to mend it."""


@dataclass(frozen=True)
class LabelledFaces:
    """Gray faces (n, 48, 48) uint8 with their label numbers (n,) int64, the labels' names, and each row's split.

    ``paths`` are the pictures that they were made of, row for row; empty where they came from a CSV.
    """

    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    splits: tuple[str, ...]
    paths: tuple[Path, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)


def splits_of(path: Path) -> list[str]:
    """What ``fer2013.csv`` names in its column Usage, sorted, in a fraction of the time that reading the faces takes.

    Of a folder, the sub-folders that are no labels themselves but hold some. Raises DataError for missing columns and
    a file that was cut within a row.
    """
    if path.is_dir():
        children = _folders(path)
        if any(_is_label(child) for child in children):
            return []
        return [child.name for child in children if any(map(_is_label, _folders(child)))]
    return sorted({row["Usage"] for _, row in _rows(path, ("emotion", "pixels", "Usage"))})


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
            given = [float(row[column]) for column in FERPLUS_COLUMNS]
        except ValueError:
            raise DataError(f"{path}, line {line}: a vote is not a number") from None
        if not all(0 <= vote <= MOST_VOTES for vote in given):
            raise DataError(f"{path}, line {line}: a vote is not a number from 0 to {MOST_VOTES}")
        votes.append(given)
        splits.append(row["Usage"])
    return np.array(votes, np.float32).reshape(-1, len(FERPLUS_LABELS)), tuple(splits)


@dataclass(frozen=True)
class LabelledPhotos:
    """Pictures on disk with their label numbers, and the labels' names, sorted."""

    paths: tuple[Path, ...]
    labels: tuple[int, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.paths)


def find_photos(folder: Path, split: str | None = None) -> LabelledPhotos:
    """The pictures of a folder with a sub-folder per class (in any depth below it), under this project's label names.

    ``split`` names a folder between the two, such as ``test``. Raises DataError when there is nothing to read.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    children = [child.name for child in _folders(folder)]
    if split is not None and split not in children:
        raise DataError(f"{folder}: no sub-folder {split!r} (it has: {', '.join(children) or 'none'})")
    root = folder if split is None else folder / split
    found: list[tuple[Path, str]] = []
    for child in _folders(root):
        label = SYNONYMS.get(child.name.casefold(), child.name.casefold())
        found.extend((path, label) for path in _pictures(child))
    if not found and _is_label(root):
        raise DataError(f"{root} is the folder of one label; name {root.resolve().parent}, which has them all")
    if not found:
        raise DataError(f"{root}: no pictures in sub-folders (expected one sub-folder per label, such as {root}/happy)")
    names = tuple(sorted({label for _, label in found}))
    return LabelledPhotos(tuple(path for path, _ in found), tuple(names.index(label) for _, label in found), names)


def read_folder(folder: Path, split: str | None = None) -> LabelledFaces:
    """The face crops of a folder with a sub-folder per class as gray 48x48; other sizes are resized to it.

    Every split is called ``split`` or "". Raises DataError also for a picture that cannot be decoded.
    """
    photos = find_photos(folder, split)
    faces = np.stack([read_crop(path) for path in photos.paths])
    labels = np.array(photos.labels, np.int64)
    return LabelledFaces(faces, labels, photos.names, (split or "",) * len(photos), photos.paths)


def read_crop(path: Path, side: int = FACE_SIDE, *, colour: bool = False) -> NDArray[np.uint8]:
    """A face crop as (side, side) uint8 gray, or (side, side, 3) RGB in ``colour``; DataError if not decoded."""
    import cv2

    crop = read_photo(path) if colour else _decoded(path, cv2.IMREAD_GRAYSCALE)
    if crop.shape[:2] == (side, side):
        return crop
    how = cv2.INTER_CUBIC if min(crop.shape[:2]) < side else cv2.INTER_AREA
    return np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8)


def read_photo(path: Path) -> NDArray[np.uint8]:
    """A picture as (h, w, 3) uint8 RGB; DataError when it cannot be decoded."""
    import cv2

    return np.asarray(cv2.cvtColor(_decoded(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir())
    except OSError as error:
        _refuse(error, folder)


def _pictures(folder: Path) -> list[Path]:
    """Those in any depth below it, sorted."""
    walk = os.walk(folder, onerror=_refuse)  # which Path.rglob would not tell of: it leaves out what it may not read
    found = (Path(above, name) for above, _, names in walk for name in names)
    return sorted(path for path in found if path.suffix.lower() in PICTURES)


def _refuse(error: OSError, folder: Path | None = None) -> NoReturn:
    raise DataError(f"{folder or error.filename}: cannot be read ({error.strerror})") from error


def _is_label(folder: Path) -> bool:
    return folder.name.casefold() in {*FER2013_LABELS, *FERPLUS_LABELS, *SYNONYMS}


def _decoded(path: Path, how: int) -> NDArray[np.uint8]:
    import cv2

    try:
        encoded = np.fromfile(path, dtype=np.uint8)  # cv2.imread knows no Unicode paths on Windows
        with stderr_through(lambda lines: []):  # each decoder has complaints of its own
            decoded = cv2.imdecode(encoded, how) if encoded.size else None
    except (OSError, cv2.error) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    if decoded is None:
        raise DataError(f"{path}: not a picture that can be decoded; fetch it again or take it out")
    return np.asarray(decoded, np.uint8)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their line numbers; DataError when the file or one of ``columns`` is missing, or a row ends before."""
    usual = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise DataError(f"{path}: no column {', '.join(missing)} (expected {', '.join(columns)})")
            for row in reader:
                lacking = [column for column in columns if row[column] is None]
                if lacking:
                    raise DataError(
                        f"{path}, line {reader.line_num}: cut off before {lacking[0]}; fetch the file again"
                    )
                yield reader.line_num, row
    except OSError as error:
        raise DataError(f"{path}: cannot be read as CSV ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8; name a CSV file, saved as UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{path}: cannot be read as CSV ({error})") from error
    finally:
        csv.field_size_limit(usual)  # what other tables hold is read by its rules


def _pixels(text: str, path: Path, line: int) -> NDArray[np.uint8]:
    try:
        values = np.array(text.split(), dtype=np.int64)
    except (ValueError, OverflowError):
        raise DataError(f"{path}, line {line}: a pixel is not a whole number from 0 to 255") from None
    if values.size != FACE_SIDE**2:
        raise DataError(f"{path}, line {line}: {values.size} pixels instead of {FACE_SIDE**2}")
    if values.min() < 0 or values.max() > 255:
        raise DataError(f"{path}, line {line}: a pixel is outside 0..255")
    return values.astype(np.uint8).reshape(FACE_SIDE, FACE_SIDE)


def _label(text: str, path: Path, line: int) -> int:
    if text not in {str(number) for number in range(len(FER2013_LABELS))}:
        raise DataError(f"{path}, line {line}: unknown label {text!r} (0..{len(FER2013_LABELS) - 1} are known)")
    return int(text)
