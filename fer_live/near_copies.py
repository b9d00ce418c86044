"""Which faces are the same photograph as one of others: cropped, resized, lit or stamped otherwise, or mirrored.

Two steps. The middle of each face, shrunk to 16x16 pixels, is correlated with that of all others: this finds the same
crop. In the closest of the others the middle of the face is then searched for, in several sizes: this finds other
crops. How the thresholds were chosen: docs/decisions/014-near-copies.md.
"""

from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SURE: Final = 0.95  # correlation of two shrunk middles above which they are one photograph
FOUND: Final = 0.97  # the same of a middle and the place where it fits best
CLOSEST: Final = 12  # how many of the others each face is searched for in
LEAST: Final = 0.4  # shrunk middles that correlate less are not worth a search,
COARSE: Final = 0.7  # nor are those that correlate less at half size, wherever the middle is laid
SCALES: Final = (1.0, 1.1, 0.9, 1.2, 0.8)
EDGE: Final = 4  # pixels that are no part of a middle that is shrunk,
REACH: Final = 7  # and of one that is searched for, which may lie so far from its place
SHRUNK: Final = 16  # pixels
FLAT: Final = 2.0  # gray levels; a middle with a smaller standard deviation is no photograph
BLOCK: Final = 256  # faces at a time, each with 4 bytes per other face

_Picture = NDArray[np.float32]


def near_copies(faces: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.intp]:
    """For each of ``faces`` (n, 48, 48) gray the row of one of ``others`` (m, 48, 48) that is a copy, or -1: (n,).

    Exact copies count too, blank pictures never do. A crop that lies some seven pixels away, or is more than a fifth
    larger or smaller, is missed. FER2013's 3,589 and 28,709 faces take about ten seconds.
    """
    found = np.full(len(faces), -1, np.intp)
    shrunk = _shrunk(others)
    for turned in (faces, faces[:, :, ::-1]):
        for start in range(0, len(faces) if len(others) else 0, BLOCK):
            rows = start + np.flatnonzero(found[start : start + BLOCK] < 0)
            for row, likeness in zip(rows, _shrunk(turned[rows]) @ shrunk.T, strict=True):
                found[row] = _original(turned[row], others, likeness)
    return found


def _shrunk(faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A vector for each face, such that the product of two is their correlation; of a flat face it is 0."""
    middles = [_resized(face[EDGE:-EDGE, EDGE:-EDGE], SHRUNK / (face.shape[0] - 2 * EDGE)).ravel() for face in faces]
    vectors = np.array(middles, np.float32).reshape(-1, SHRUNK**2)
    vectors -= vectors.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths < FLAT * SHRUNK, np.inf, lengths)
    return vectors


def _original(face: NDArray[np.uint8], others: NDArray[np.uint8], likeness: NDArray[np.float32]) -> int:
    """The row of ``others`` that ``face`` is a copy of, or -1; ``likeness`` (m,) are correlations when shrunk."""
    nearest = int(likeness.argmax())
    if likeness[nearest] > SURE:
        return nearest
    middle = _middle(_softened(face))
    if middle.std() < FLAT:  # cv2 would find it everywhere
        return -1
    half = _resized(_middle(face), 0.5)
    closest = np.argpartition(likeness, -min(CLOSEST, len(others)))[-CLOSEST:]
    close = [row for row in closest if likeness[row] > LEAST and _best(_resized(others[row], 0.5), half) > COARSE]
    sizes = [_resized(middle, scale) for scale in SCALES] if close else []
    return next((int(row) for row in close if _found(_softened(others[row]), sizes)), -1)


def _middle(face: NDArray[Any]) -> NDArray[Any]:
    return face[REACH:-REACH, REACH:-REACH]


def _softened(face: NDArray[np.uint8]) -> _Picture:
    """Without the finest detail, which compression and resampling change."""
    return np.asarray(cv2.GaussianBlur(face.astype(np.float32), (0, 0), 1.0), np.float32)


def _resized(picture: NDArray[Any], scale: float) -> _Picture:
    resized = cv2.resize(np.ascontiguousarray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)


def _found(other: _Picture, sizes: Sequence[_Picture]) -> bool:
    return any(_best(other, part) > FOUND for part in sizes)


def _best(other: _Picture, part: _Picture) -> float:
    """The correlation of ``part`` with the place in ``other`` that is most like it."""
    return float(cv2.matchTemplate(other, part, cv2.TM_CCOEFF_NORMED).max())
