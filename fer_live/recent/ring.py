"""Numbers by time, of which only the newest are kept."""

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


class Ring:
    """Pairs of a time and a value; the ``most`` newest stay. One thread. Adding costs the same at any length."""

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError("a ring holds one pair at least")
        self._most = most
        self._rows: NDArray[np.float64] = np.empty((2 * most, 2))  # twice as long, so that it is seldom moved
        self._end = 0

    def __len__(self) -> int:
        return min(self._end, self._most)

    def add(self, at_s: float, value: float) -> None:
        """Add a pair; ``at_s`` is never before that of the last one."""
        if self._end == len(self._rows):
            self._rows[: self._most] = self._rows[self._most :]
            self._end = self._most
        self._rows[self._end] = at_s, value
        self._end += 1

    def since(self, at_s: float) -> tuple[Column, Column]:
        """Times and values from ``at_s`` on, oldest first; copies."""
        kept = self._rows[max(0, self._end - self._most) : self._end]
        found = kept[np.searchsorted(kept[:, 0], at_s) :]
        return found[:, 0].copy(), found[:, 1].copy()
