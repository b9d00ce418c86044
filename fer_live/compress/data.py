"""Import FER2013 with FER+ votes into one file for training, without the faces that would leak into a score."""

import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from fer_live.dataset import DataError, LabelledFaces, read_fer2013, read_ferplus
from fer_live.growing import reason, write_json
from fer_live.typed_json import parsed

VALIDATION: Final = 0.07  # part of Training kept for choosing epochs, ratios and calibration
HASH_LENGTH: Final = 16  # hex digits of SHA-256
EVALUATION_SPLITS: Final = ("PublicTest", "PrivateTest")
KNOWN_OVERLAP: Final = Path(__file__).with_name("privatetest_overlap.txt")


@dataclass(frozen=True)
class TrainingData:
    """Faces (n, 48, 48) uint8, FER2013 labels (n,) int64, and FER+ vote shares (n, 8) float32 (zeros: no votes)."""

    faces: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: NDArray[np.intp]) -> "TrainingData":
        """The chosen rows."""
        return TrainingData(self.faces[rows], self.labels[rows], self.votes[rows])

    def plus(self, other: "TrainingData") -> "TrainingData":
        """These rows and then those of ``other``."""
        fields = zip(vars(self).values(), vars(other).values(), strict=True)
        return TrainingData(*(np.concatenate(pair) for pair in fields))


@dataclass(frozen=True)
class ImportReport:
    """How many Training faces were kept, held out for validation, and dropped for which reason."""

    training: int
    validation: int
    dropped: dict[str, int]

    def __str__(self) -> str:
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.dropped.items())
        return f"{self.training} faces to train on, {self.validation} to validate on; dropped: {reasons}"


def face_hash(face: NDArray[np.uint8]) -> str:
    """First 16 hex digits of the SHA-256 of the face's 2,304 gray bytes, row by row."""
    return hashlib.sha256(np.ascontiguousarray(face).tobytes()).hexdigest()[:HASH_LENGTH]


def import_fer2013(fer2013_csv: Path, ferplus_csv: Path, out: Path) -> ImportReport:
    """Write ``out`` (.npz) from the two public CSV files; load it again with ``load``.

    Dropped from Training: pixels that recur bit for bit in an evaluation split of the file or among the known
    PrivateTest overlaps (that split may be absent from the file), repeats within Training, and pictures where FER+
    saw no face; near copies stay (docs/decisions/014-near-copies.md).
    The validation part is chosen by the hash of the pixels, so it does not depend on row order or seed.
    Beside it goes what it was made of (``came_from``). Raises DataError when the files do not belong together.
    """
    origin = _origin(fer2013_csv, ferplus_csv)
    table = read_fer2013(fer2013_csv)
    votes, splits = read_ferplus(ferplus_csv)
    if splits != table.splits:
        raise DataError(f"{ferplus_csv} does not match {fer2013_csv}: their Usage columns differ row by row")
    keep, dropped = _keep(table, votes)
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1.0)
    everything = TrainingData(table.faces, table.labels, shares.astype(np.float32))
    held_out = np.array([int(face_hash(table.faces[row]), 16) / 16**HASH_LENGTH < VALIDATION for row in keep], bool)
    training, validation = everything.take(keep[~held_out]), everything.take(keep[held_out])
    if never := set(range(len(table.names))) - set(training.labels.tolist()):
        names = ", ".join(table.names[label] for label in sorted(never))
        raise DataError(f"{fer2013_csv}: no face to train on is {names}; add some, or nothing can be learned of it")
    parts = {"training": training, "validation": validation}
    _write({f"{part}_{field}": getattr(data, field) for part, data in parts.items() for field in vars(data)}, out)
    write_json(_told(out), origin)
    return ImportReport(len(training), len(validation), dropped)


def came_from(out: Path, fer2013_csv: Path, ferplus_csv: Path | None) -> bool:
    """Whether ``out`` is known to have been imported from these very files, by the rules of today.

    None: whichever votes it was. DataError when they cannot be read.
    """
    try:
        told = parsed(_told(out).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # never written, or not to its end
        return False
    wanted = _origin(fer2013_csv, ferplus_csv)
    return out.exists() and isinstance(told, dict) and wanted == {name: told.get(name) for name in wanted}


def load(path: Path) -> tuple[TrainingData, TrainingData]:
    """(training, validation) as ``import_fer2013`` wrote them; DataError when the file is missing or another one."""
    try:
        with path.open("rb") as file, np.load(file) as arrays:
            parts = [
                TrainingData(*(arrays[f"{part}_{field}"] for field in ("faces", "labels", "votes")))
                for part in ("training", "validation")
            ]
    except (OSError, KeyError, ValueError, EOFError, BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not an imported data set ({error}); run fer-live compress data first") from error
    return parts[0], parts[1]


def _told(out: Path) -> Path:
    return out.with_suffix(".json")


def _origin(fer2013_csv: Path, ferplus_csv: Path | None) -> dict[str, str | float]:
    rules: dict[str, str | float] = {"overlap": _digest(KNOWN_OVERLAP), "validation": VALIDATION}
    votes = {} if ferplus_csv is None else {"ferplus": _digest(ferplus_csv)}
    return {"fer2013": _digest(fer2013_csv), **votes, **rules}


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error


def _write(arrays: dict[str, NDArray[np.generic]], out: Path) -> None:
    """Replace ``out``, unless it holds just this: its bytes name the folders of all that was learned from it."""
    if _holds(out, arrays):
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_suffix(".part.npz")
    try:
        np.savez_compressed(partial, **arrays)  # type: ignore[arg-type]
        _told(out).unlink(missing_ok=True)  # a kill between the two must not leave the old origin beside new faces
        partial.replace(out)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise OSError(f"{out} cannot be written ({reason(error)})") from error


def _holds(out: Path, arrays: dict[str, NDArray[np.generic]]) -> bool:
    try:
        with out.open("rb") as file, np.load(file) as known:
            return set(known) == set(arrays) and all(np.array_equal(known[name], arrays[name]) for name in arrays)
    except (OSError, ValueError, EOFError, BadZipFile, zlib.error):
        return False


def _keep(table: LabelledFaces, votes: NDArray[np.float32]) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Rows of Training worth learning from, and the count dropped for each reason."""
    hashes = [face_hash(face) for face in table.faces]
    rows = [row for row, split in enumerate(table.splits) if split == "Training"]
    if not rows:
        raise DataError("no rows with Usage Training")
    evaluation = {hashes[row] for row, split in enumerate(table.splits) if split in EVALUATION_SPLITS}
    evaluation |= set(_lines(KNOWN_OVERLAP))
    dropped = {"recur in an evaluation split": 0, "repeat within Training": 0, "without a face (no FER+ votes)": 0}
    keep: list[int] = []
    seen: set[str] = set()
    for row in rows:
        if hashes[row] in evaluation:
            dropped["recur in an evaluation split"] += 1
        elif hashes[row] in seen:
            dropped["repeat within Training"] += 1
        elif votes[row].sum() == 0:
            dropped["without a face (no FER+ votes)"] += 1
        else:
            keep.append(row)
        seen.add(hashes[row])
    if not keep:
        raise DataError("no row of Training is left to learn from: all are dropped, or nobody voted on any")
    return np.array(keep, np.intp), dropped


def _lines(path: Path) -> Iterable[str]:
    return (line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#"))
