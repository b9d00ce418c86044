"""Face crops: what a network sees of a frame lies in it as FER2013's faces lie in theirs."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Face
from fer_live.variant import InputSpec

# cv2's second thread waits spinning for work: on pictures this small it doubled the processor time and saved nothing.
cv2.setNumThreads(1)


def crop_face(rgb: NDArray[np.uint8], face: Face, spec: InputSpec) -> NDArray[np.uint8]:
    """The part of ``face`` that the network sees, (size, size) uint8 gray or (size, size, 3) RGB, upright by its eyes.

    It lies in the frame as the central part of a FER2013 face lies in that face. Anti-aliased when shrinking; beyond
    the frame's edge the border is repeated.
    """
    (left_x, left_y), (right_x, right_y) = face.eyes
    roll = math.atan2(right_y - left_y, right_x - left_x)
    cos, sin = math.cos(roll), math.sin(roll)
    side = spec.crop.side * (face.box.w + face.box.h) / 2
    x, y = face.box.centre
    x, y = x + sin * spec.crop.up * side, y - cos * spec.crop.up * side  # up along the face, not the picture
    seen = side * spec.size / spec.face
    # Large faces are first shrunk, so far that each pixel of the network still spans two a side: same labels, sooner.
    shrink = max(1, int(seen // (2 * spec.size)))
    margin = 2.5 * shrink  # a sample may want the next cell, and up to one is cut off
    part, x, y = _around(rgb, x, y, seen / 2 * (abs(cos) + abs(sin)) + margin)
    part = np.ascontiguousarray(part)  # read once, in order: twice as fast where the frame has left the cache
    if spec.channels == "gray":
        part = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    shrink = min(shrink, *part.shape[:2])
    if shrink > 1:
        part, x, y, seen = _shrunk(part, shrink), x / shrink, y / shrink, seen / shrink
    # Samples a side of each pixel: at most 1.25 of those of ``part`` apart. Closer ones cost time and change no label.
    finer = 1 if seen <= spec.size else max(2, round(seen / spec.size))
    step = seen / (spec.size * finer)  # pixels of ``part`` between two samples
    first = (1 - spec.size * finer) / 2 * step
    to_frame = np.array(
        [
            [cos * step, -sin * step, x + (cos - sin) * first - 0.5],  # a pixel's centre is at a half
            [sin * step, cos * step, y + (sin + cos) * first - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fine = (spec.size * finer, spec.size * finer)
    warped = cv2.warpAffine(part, to_frame, fine, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(warped, (spec.size, spec.size), interpolation=cv2.INTER_AREA), np.uint8)


def _around(rgb: NDArray[np.uint8], x: float, y: float, reach: float) -> tuple[NDArray[np.uint8], float, float]:
    """The part of the frame within ``reach`` of (x, y), to the left and right, above and below; x, y in it.

    Never empty: of a part wholly outside, the nearest edge of the frame remains.
    """
    height, width = rgb.shape[:2]
    left, right = _inside(x - reach, x + reach, width)
    top, bottom = _inside(y - reach, y + reach, height)
    return rgb[top:bottom, left:right], x - left, y - top


def _shrunk(part: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    """The means of whole cells of ``by`` x ``by`` pixels, from the upper left corner on."""
    rows, columns = (side // by for side in part.shape[:2])
    return np.asarray(cv2.resize(part[: rows * by, : columns * by], (columns, rows), interpolation=cv2.INTER_AREA))


def _inside(low: float, high: float, length: int) -> tuple[int, int]:
    start = min(max(math.floor(low), 0), length - 1)
    return start, max(start + 1, min(math.ceil(high), length))
