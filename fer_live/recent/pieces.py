"""A line of measurements in pieces of equal length, and how measurements spread: what a chart draws instead of all."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from fer_live.recent.ring import Column

PIECE_S: Final = 0.5
GAP_S: Final = 1.0  # a line breaks where nothing was measured for longer
_KERNEL: Final = np.array((1.0, 4.0, 6.0, 4.0, 1.0)) / 16


@dataclass(frozen=True)
class Line:
    """A point per piece: its middle in seconds, and the least, median and largest value in it. NaN breaks the line."""

    at_s: Column
    low: Column
    middle: Column
    high: Column


def line(at_s: Column, values: Column) -> Line:
    """The values in pieces of ``PIECE_S``, whose edges are fixed in time, so that points stay as the line moves on."""
    if not at_s.size:
        return Line(at_s, values, values, values)
    piece = np.floor(at_s / PIECE_S)
    order = np.lexsort((values, piece))
    piece, ordered = piece[order], values[order]
    starts = np.flatnonzero(np.diff(piece, prepend=-np.inf))
    counts = np.diff(np.append(starts, piece.size))
    middle = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    columns = ((piece[starts] + 0.5) * PIECE_S, ordered[starts], middle, ordered[starts + counts - 1])
    breaks = _breaks(at_s, columns[0])
    return Line(*(np.insert(column, breaks, np.nan) for column in columns))


def density(values: Column, low: float, high: float, steps: int) -> Column:
    """How the values spread over ``steps`` equal steps of a logarithmic axis, gently smoothed; the largest is 1."""
    counts, _ = np.histogram(np.log(np.maximum(values, 1e-9)), bins=steps, range=(np.log(low), np.log(high)))
    smooth: Column = np.convolve(counts, _KERNEL, mode="same")
    top = smooth.max()
    return smooth / top if top > 0 else smooth


def _breaks(at_s: Column, middles: Column) -> "np.typing.NDArray[np.intp]":
    """Before which pieces the line breaks. A slow machine's usual distance is no gap."""
    usual = float(np.median(np.diff(at_s))) if at_s.size > 1 else 0.0
    return np.flatnonzero(np.diff(middles) > max(GAP_S, 5 * usual)) + 1
