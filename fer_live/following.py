"""Faces are detected every few frames and followed in between: detection is the larger half of a frame.

Following is normalised cross-correlation (cv2's TM_CCOEFF_NORMED) of a face's middle, as it was when it was detected,
with its surroundings in this frame, on a small gray picture; the peak is refined by a parabola. The patch stays that
of the detection, so nothing drifts. benchmarks/following.py tells what this saves and what it costs.
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Box, Face, Point

if TYPE_CHECKING:
    from fer_live.faces import FaceFinder

LONGEST: Final = 10  # frames from one detection to the next, at most
PATCH: Final = 0.8  # side of the patch, in box sides: the face without hair and background
REACH: Final = 0.3  # how far from where it last was a face is looked for, in box sides
NEAR: Final = 3  # pixels of the small picture; so far it is looked for first, in two thirds of the time
SIDE: Final = 28  # about how many pixels a box's side has in the small picture
MATCH: Final = 0.9  # below this correlation the face turned, changed or is gone; at 0.85 boxes are worse
SMALLEST: Final = 8  # pixels of a patch's side

Gray = NDArray[np.float32]


def follow(finder: "FaceFinder", every: int) -> "FaceFinder | FollowingFinder":
    """``finder`` itself when every frame is to be detected (1), else a FollowingFinder over it."""
    return finder if every == 1 else FollowingFinder(finder, every)


class FollowingFinder:
    """Finds faces like the finder it wraps, which it runs only every ``every`` frames (2 to 10).

    In between, each face of the last detection keeps its size and its score; its box and eyes move with the picture.
    All faces are detected anew at once, in the same frame, when one of them looks different, moved further than 0.3 of
    its side, or reaches the frame's edge, and when the frame's size changes. So a face at the edge is detected in every
    frame. New faces are found at the next detection. Without any face, every frame is detected until ``every`` in a row
    had none, and then every ``every``-th: a face that was missed once is back with the next frame.

    Give it the frames of a source in their order. One thread; the wrapped finder stays its owner's to close.
    """

    def __init__(self, finder: "FaceFinder", every: int) -> None:
        if not 2 <= every <= LONGEST:
            raise ValueError(f"detect at least every {LONGEST} frames and at most every 2, not every {every}")
        self._finder, self._every = finder, every
        self._patches: list[_Patch] | None = None
        self._shape: tuple[int, ...] = ()
        self._since = self._empty = 0
        self.detections = 0  # frames that were detected so far

    def find(self, rgb: NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in a frame, largest first; boxes as the detector means them, not clipped to the frame."""
        self._since += 1
        faces = self._moved(rgb) if self._since < self._every and rgb.shape == self._shape else None
        return self._detect(rgb) if faces is None else faces

    def _detect(self, rgb: NDArray[np.uint8]) -> tuple[Face, ...]:
        faces = self._finder.find(rgb)
        self.detections += 1
        self._shape, self._since = rgb.shape, 0
        self._empty = 0 if faces else self._empty + 1
        patches = [_Patch.of(rgb, face) for face in faces]
        self._patches = [patch for patch in patches if patch is not None]
        if len(self._patches) < len(faces) or 0 < self._empty < self._every:
            self._patches = None  # the next frame is detected too
        return faces

    def _moved(self, rgb: NDArray[np.uint8]) -> tuple[Face, ...] | None:
        """The faces of the last detection where they are now; None when this frame must be detected."""
        if self._patches is None:
            return None
        faces = []
        for patch in self._patches:
            if not patch.move(rgb):
                return None
            faces.append(patch.face)
        return tuple(faces)


class _Patch:
    """What a face looked like when it was detected, shrunken by a whole number, and where it is now."""

    def __init__(self, face: Face, shrink: int, sight: Gray, corner: tuple[int, int]) -> None:
        self.face = self._detected = face
        self._shrink, self._sight, self._corner = shrink, sight, corner
        self._reach = max(2, round(REACH * face.box.w / shrink))
        self._first: Point = corner

    @classmethod
    def of(cls, rgb: NDArray[np.uint8], face: Face) -> "_Patch | None":
        """None when the face cannot be followed: it reaches over the frame's edge, or is too small or featureless."""
        shrink = max(1, round(face.box.w / SIDE))
        columns, rows = (round(PATCH * side / shrink) for side in (face.box.w, face.box.h))
        if not _inside(face.box, rgb) or min(columns, rows) < SMALLEST:
            return None
        x, y = face.box.centre
        corner = round(x - columns * shrink / 2), round(y - rows * shrink / 2)
        patch = cls(face, shrink, _small(rgb, corner, columns, rows, shrink)[0], corner)
        # Found in its own frame, so that the parabola's bias falls out and a face that stands still does.
        found = patch._found(rgb)
        if found is None:
            return None
        patch._first = found
        return patch

    def move(self, rgb: NDArray[np.uint8]) -> bool:
        """Go to where the face is in this frame; False when it is not to be seen within reach and the frame."""
        found = self._found(rgb)
        if found is None:
            return False
        self.face = _shifted(self._detected, found[0] - self._first[0], found[1] - self._first[1])
        return _inside(self.face.box, rgb)

    def _found(self, rgb: NDArray[np.uint8]) -> Point | None:
        """Where the patch's corner is in this frame, to a part of a pixel; it is looked for there the next time."""
        near = self._within(rgb, min(NEAR, self._reach))
        return self._within(rgb, self._reach) if near is None and self._reach > NEAR else near

    def _within(self, rgb: NDArray[np.uint8], reach: int) -> Point | None:
        """The same within ``reach`` pixels of the small picture around where it was; None when it is not there."""
        (rows, columns), shrink = self._sight.shape, self._shrink
        corner = self._corner[0] - reach * shrink, self._corner[1] - reach * shrink
        around, left, top = _small(rgb, corner, columns + 2 * reach, rows + 2 * reach, shrink)
        if around.shape[0] < rows + 2 or around.shape[1] < columns + 2:
            return None
        fit = np.asarray(cv2.matchTemplate(around, self._sight, cv2.TM_CCOEFF_NORMED), np.float32)
        _, best, _, (column, row) = cv2.minMaxLoc(fit)
        if not (best >= MATCH and 0 < column < fit.shape[1] - 1 and 0 < row < fit.shape[0] - 1):
            return None  # at the rim, it may lie further out
        self._corner = left + shrink * column, top + shrink * row
        x = column + _peak(fit[row, column - 1 : column + 2])
        y = row + _peak(fit[row - 1 : row + 2, column])
        return left + shrink * x, top + shrink * y


def _small(
    rgb: NDArray[np.uint8], corner: tuple[int, int], columns: int, rows: int, shrink: int
) -> tuple[Gray, int, int]:
    """The gray means of ``shrink`` x ``shrink`` cells from ``corner`` (x, y) on, and the first one's x and y.

    Only cells that lie wholly in the frame; there may be none.
    """
    height, width = rgb.shape[:2]
    (left, right), (top, bottom) = _cells(corner[0], columns, shrink, width), _cells(corner[1], rows, shrink, height)
    if left >= right or top >= bottom:
        return np.empty((0, 0), np.float32), left, top
    part = np.ascontiguousarray(rgb[top:bottom, left:right])  # as in ``crop_face``
    gray = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
    size = (right - left) // shrink, (bottom - top) // shrink
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32), left, top


def _cells(start: int, count: int, shrink: int, length: int) -> tuple[int, int]:
    """First pixel and end of those of ``count`` cells from ``start`` on that lie within ``length`` pixels."""
    before = max(0, math.ceil(-start / shrink))
    after = max(0, math.ceil((start + count * shrink - length) / shrink))
    return start + before * shrink, start + (count - after) * shrink


def _peak(values: NDArray[np.float32]) -> float:
    """Where between -0.5 and 0.5 the parabola through three values, the middle one the largest, has its top."""
    before, here, after = (float(value) for value in values)
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else min(max((before - after) / (2 * bend), -0.5), 0.5)


def _shifted(face: Face, x: float, y: float) -> Face:
    (left_x, left_y), (right_x, right_y) = face.eyes
    box = replace(face.box, x=face.box.x + x, y=face.box.y + y)
    return replace(face, box=box, eyes=((left_x + x, left_y + y), (right_x + x, right_y + y)))


def _inside(box: Box, rgb: NDArray[np.uint8]) -> bool:
    height, width = rgb.shape[:2]
    return box.x >= 0 and box.y >= 0 and box.x + box.w <= width and box.y + box.h <= height
