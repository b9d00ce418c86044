"""Which faces an evaluation scores: their labels from where they are asked for, and those that a network knows."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_live.dataset import (
    FACE_SIDE,
    FERPLUS_LABELS,
    DataError,
    LabelledFaces,
    read_crop,
    read_fer2013,
    read_ferplus,
    read_folder,
    splits_of,
)
from fer_live.near_copies import near_copies
from fer_live.variant import InputSpec


def read_faces(data: Path, split: str | None, votes: Path | None, *, ferplus: bool) -> tuple[LabelledFaces, int]:
    """The faces to score, and how many more had no clear label. Raises DataError, also for several splits at once.

    ``data`` is fer2013.csv or a folder; ``ferplus`` takes the majority of the FER+ ``votes`` instead of its labels.
    """
    if split is None:
        check_one_split(data)
    if ferplus:
        return _ferplus_faces(data, split, votes)
    return _own_faces(data, split), 0


def check_one_split(data: Path) -> None:
    """DataError where faces of several splits would be scored together, or a folder's splits taken for labels."""
    splits = splits_of(data)
    if data.is_dir() and splits:
        where = f"with --split or as {data / splits[0]}"
        raise DataError(f"{data} has folders of labels in {', '.join(splits)}; name the one to score, {where}")
    if len(splits) > 1:  # learned faces would flatter
        raise DataError(f"{data} has the splits {', '.join(splits)}; choose the one to score with --split")


def without_copies(faces: LabelledFaces, data: Path, other: str) -> tuple[LabelledFaces, int]:
    """Those of ``faces`` that have no near copy in split ``other`` of ``data``, and how many have one.

    Raises DataError when there is no such split, and when every face has a near copy.
    """
    known = _own_faces(data, other)
    rows = np.flatnonzero(near_copies(faces.faces, known.faces) < 0)
    if not len(rows):
        raise DataError(f"{data}: every face has a near copy in {other}")
    splits, paths = tuple(faces.splits[row] for row in rows), tuple(faces.paths[row] for row in rows if faces.paths)
    return LabelledFaces(faces.faces[rows], faces.labels[rows], faces.names, splits, paths), len(faces) - len(rows)


def shown(faces: LabelledFaces, rows: NDArray[np.intp], spec: InputSpec) -> NDArray[np.uint8]:
    """The faces of ``rows`` for a network that sees ``spec``: (n, 48, 48) gray, as they are.

    Pictures of a folder are read once more for one that wants colour, (n, face, face, 3) RGB, or more pixels, (n,
    face, face) gray. DataError when they have gone meanwhile.
    """
    colour = spec.channels == "rgb"
    if not faces.paths or not (colour or spec.face > FACE_SIDE):
        return faces.faces[rows]
    return np.stack([read_crop(faces.paths[row], spec.face, colour=colour) for row in rows])


def matched(
    labels: NDArray[np.int64], names: tuple[str, ...], known: tuple[str, ...], *, of: str
) -> tuple[NDArray[np.intp], NDArray[np.int64], dict[str, int]]:
    """Rows whose label's name is ``known``, their label numbers among these, and the count of the others by name.

    Raises DataError, naming the variant they are ``of``, when there is no such row.
    """
    numbers = np.array([known.index(name) if name in known else -1 for name in names], np.int64)
    truth = numbers[labels]
    chosen = np.flatnonzero(truth >= 0)
    others = {name: int((labels == row).sum()) for row, name in enumerate(names) if numbers[row] < 0}
    if not len(chosen):
        told = f"no label of the data ({', '.join(names)}) is one of {of}'s ({', '.join(known)})"
        raise DataError(f"{told}; leave it out with --variants")
    return chosen, truth[chosen], {name: count for name, count in others.items() if count}


def _own_faces(data: Path, split: str | None) -> LabelledFaces:
    return read_folder(data, split) if data.is_dir() else read_fer2013(data, split)


def _ferplus_faces(data: Path, split: str | None, votes_path: Path | None) -> tuple[LabelledFaces, int]:
    if votes_path is None:
        raise DataError("the FER+ labels need --votes with the path of fer2013new.csv")
    if data.is_dir():
        raise DataError(f"--labels ferplus has votes on the faces of fer2013.csv, not on those of {data}")
    everything, (votes, splits) = read_fer2013(data), read_ferplus(votes_path)
    if splits != everything.splits:
        raise DataError(f"{votes_path} does not match {data}: their Usage columns differ row by row")
    in_split = np.array([split in (None, one) for one in splits])
    if not in_split.any():
        raise DataError(f"{data}: no rows with Usage {split!r} (splits: {', '.join(sorted(set(splits)))})")
    clear = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) == 1
    chosen = np.flatnonzero(in_split & clear)
    faces = LabelledFaces(
        everything.faces[chosen], votes[chosen].argmax(axis=1), FERPLUS_LABELS, tuple(splits[row] for row in chosen)
    )
    return faces, int(in_split.sum()) - len(chosen)
