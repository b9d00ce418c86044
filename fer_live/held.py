"""Frames held in memory: what a live source shows once can then be read again and again."""

import time
from collections.abc import Sequence
from typing import Final

from fer_live.camera import EndOfClip
from fer_live.frame import Frame

FRAMES: Final = 90  # three seconds of a webcam
MOST_BYTES: Final = 128 * 2**20  # big frames are fewer
WITHIN_S: Final = 6.0  # a slow source gives fewer
FEWEST: Final = 12


class Gathering:
    """Takes the next frames of a live source. ``take`` is for the thread that reads it, the rest for any."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self._frames: list[Frame] = []
        self._started_s = time.perf_counter()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Those taken so far, oldest first."""
        return tuple(self._frames)

    @property
    def enough(self) -> bool:
        """Whether it takes no more: there are as many as wanted, or as many as came in six seconds, or memory ends."""
        frames = self._frames
        late = time.perf_counter() - self._started_s > WITHIN_S
        room = not frames or (len(frames) + 1) * frames[0].rgb.nbytes <= MOST_BYTES
        return len(frames) >= self.wanted or (len(frames) >= FEWEST and (late or not room))

    @property
    def starved(self) -> bool:
        """Whether too few came for far too long."""
        return len(self._frames) < FEWEST and time.perf_counter() - self._started_s > 2 * WITHIN_S

    def take(self, frame: Frame) -> None:
        """Keep a frame, if there is need of more."""
        if not self.enough:
            self._frames.append(frame)


class HeldCamera:
    """Gives held frames, at least one, as a camera does: with their own numbers and times, as fast as they are read."""

    def __init__(self, title: str, frames: Sequence[Frame]) -> None:
        self.title = title
        self.height, self.width = frames[0].rgb.shape[:2]
        self.fps, self.mirror, self.frames = 30.0, False, len(frames)
        self._left = iter(frames)

    def read(self) -> Frame:
        """The next frame; EndOfClip after the last."""
        for frame in self._left:
            return frame
        raise EndOfClip(self.title)

    def close(self) -> None:
        """Nothing is open."""
