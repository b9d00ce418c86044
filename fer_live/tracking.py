"""The same person keeps the same number, and shown scores do not flicker."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fer_live.frame import Box, Face, Prediction

MISSED_S = 0.5  # a face that the detector misses for this long keeps its number
SLOW_S = 3.0  # so does one of the frame before, on a machine that takes up to this long for a frame
REACH = 0.8  # how far a face may be from where it was expected, in box sides
GUESS = 0.5  # how far a face may be expected from where it was last seen, in box sides
SPEED_MEMORY = 0.6  # how much of the last speed is kept at each step
SLOWEST_S = 1.0  # time constant of full smoothing


@dataclass
class _Track:
    number: int
    box: Box
    seen_at_s: float
    speed: tuple[float, float] = (0.0, 0.0)  # of the centre, pixels a second

    def expected(self, at_s: float) -> Box:
        """Where the box would be if it had gone on as it did: crossing faces keep their numbers by this.

        Never further than ``GUESS``: frames of a burst lie so close that their speed says little about the next pause.
        """
        ahead_s = min(at_s - self.seen_at_s, MISSED_S)
        most = GUESS * max(self.box.w, self.box.h)
        x, y = (min(max(speed * ahead_s, -most), most) for speed in self.speed)
        return replace(self.box, x=self.box.x + x, y=self.box.y + y)

    def follow(self, box: Box, at_s: float) -> None:
        """Take ``box`` as the newest place of this face."""
        elapsed_s = at_s - self.seen_at_s
        if elapsed_s > 0:
            moved = [(new - old) / elapsed_s for new, old in zip(box.centre, self.box.centre, strict=True)]
            x, y = (SPEED_MEMORY * old + (1 - SPEED_MEMORY) * new for old, new in zip(self.speed, moved, strict=True))
            self.speed = (x, y)
        self.box, self.seen_at_s = box, at_s


class FaceTracker:
    """Numbers faces from 1. A number stays with a face while it is in view and is never given again. One thread.

    ``last_number`` is the one given last: to another tracker, when this one goes on after it.
    """

    def __init__(self, last_number: int = 0) -> None:
        self._tracks: list[_Track] = []
        self.last_number = last_number
        self._updated_at_s = 0.0

    def update(self, faces: Sequence[Face], at_s: float | None = None) -> tuple[Face, ...]:
        """The same faces in the same order, with their numbers; ``at_s`` is when the frame was captured (else: now)."""
        at_s = time.perf_counter() if at_s is None else at_s
        before_s, self._updated_at_s = self._updated_at_s, at_s
        self._tracks = [
            track
            for track in self._tracks
            if at_s - track.seen_at_s <= (SLOW_S if track.seen_at_s == before_s else MISSED_S)
        ]
        owners = self._owners(faces, at_s)
        for place, face in enumerate(faces):
            if place in owners:
                owners[place].follow(face.box, at_s)
            else:
                self.last_number += 1
                owners[place] = _Track(self.last_number, face.box, at_s)
                self._tracks.append(owners[place])
        return tuple(replace(face, track=owners[place].number) for place, face in enumerate(faces))

    def _owners(self, faces: Sequence[Face], at_s: float) -> dict[int, _Track]:
        """Which known track each face (by its place) belongs to: the best pairs first."""
        pairs = [
            (likeness, place, track)
            for track in self._tracks
            for place, face in enumerate(faces)
            if (likeness := _likeness(track.expected(at_s), face.box)) is not None
        ]
        pairs.sort(key=lambda pair: pair[0], reverse=True)
        owners: dict[int, _Track] = {}
        taken: set[int] = set()
        for _, place, track in pairs:
            if place not in owners and track.number not in taken:
                owners[place] = track
                taken.add(track.number)
        return owners


class ScoreSmoother:
    """Shown scores as an exponential mean over time, per track. One thread.

    ``strength`` 0 shows them raw, 1 is slowest. The time constant is ``strength`` seconds, so that the look does not
    depend on the frame rate. Use one smoother for each variant shown.
    """

    def __init__(self, strength: float = 0.0) -> None:
        self.strength = strength
        self._last: dict[int, tuple[float, Prediction]] = {}

    def update(self, track: int, prediction: Prediction, at_s: float) -> Prediction:
        """The smoothed prediction of face ``track`` at the ``perf_counter`` second ``at_s``."""
        self._last = {number: last for number, last in self._last.items() if at_s - last[0] <= SLOWEST_S}
        before = self._last.get(track)
        shown = prediction
        if before and self.strength > 0 and before[1].labels == prediction.labels:
            weight = 1 - math.exp(-max(at_s - before[0], 0.0) / (self.strength * SLOWEST_S))
            mixed = (1 - weight) * np.array(before[1].scores) + weight * np.array(prediction.scores)
            shown = Prediction(prediction.labels, tuple(float(score) for score in mixed / mixed.sum()))
        self._last[track] = (at_s, shown)
        return shown


def _likeness(expected: Box, box: Box) -> float | None:
    """How well a box fits the expected one: overlap minus distance; None when it cannot be the same face."""
    side = math.sqrt(max(expected.w, box.w, 1.0) * max(expected.h, box.h, 1.0))
    distance = math.dist(expected.centre, box.centre) / side
    if distance > REACH or not 0.5 <= box.w / max(expected.w, 1.0) <= 2.0:
        return None
    return _overlap(expected, box) - distance


def _overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a.w * a.h + b.w * b.h - width * height)
