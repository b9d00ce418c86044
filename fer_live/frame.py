"""The data that flows from the camera to the screen: plain frozen values, numpy only.

Pixels are RGB, uint8, C-contiguous, (height, width, 3). Times are ``time.perf_counter()`` seconds. Names carry units.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fer_live.runtime import CPU

Point = tuple[float, float]  # x, y in pixels of the frame


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture: its number since the camera was opened (from 0), when it was captured, and its pixels.

    ``rgb`` is (height, width, 3) uint8 RGB, C-contiguous; nobody writes into it.
    """

    index: int
    captured_at: float
    rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the frame; ``x, y`` is its top left corner. It may reach over the frame's edge."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> Point:
        """The middle, in pixels."""
        return self.x + self.w / 2, self.y + self.h / 2

    def clipped(self, width: int, height: int) -> "Box":
        """The part inside a frame of ``width`` x ``height`` pixels (w or h is 0 when there is none)."""
        left, top = min(max(self.x, 0.0), width), min(max(self.y, 0.0), height)
        right, bottom = min(max(self.x + self.w, 0.0), width), min(max(self.y + self.h, 0.0), height)
        return Box(left, top, right - left, bottom - top)


@dataclass(frozen=True)
class Face:
    """A face as the detector gave it, not clipped to the frame: the crop's geometry depends on the whole box.

    ``eyes`` are the two pupils in pixels, the one further left in the picture first. ``track`` is the number the face
    keeps while it is in view (from 1; 0 before tracking).
    """

    box: Box
    score: float
    eyes: tuple[Point, Point]
    track: int = 0


@dataclass(frozen=True)
class Prediction:
    """Probabilities of one face, in the order of ``labels``; they sum to 1."""

    labels: tuple[str, ...]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The largest probability."""
        return max(self.scores)

    @property
    def label(self) -> str:
        """The most probable label (the first of equals)."""
        return self.labels[self.scores.index(self.score)]


class Choice(NamedTuple):
    """What runs: a variant by its name, and with how many threads and which of onnxruntime's providers."""

    variant: str
    threads: int = 1
    provider: str = CPU

    def of(self, variant: str) -> "Choice":
        """Another variant that runs in the same way."""
        return self._replace(variant=variant)

    def __str__(self) -> str:
        return f"{self.variant} with {self.threads} thread{'s' if self.threads != 1 else ''}"


@dataclass(frozen=True)
class VariantRun:
    """What one variant said of one frame: a prediction per face, in the order of the faces, and the time it took.

    ``classify_ms`` counts cropping, the network and the softmax, for all faces of the frame together.
    """

    variant: str
    predictions: tuple[Prediction, ...]
    classify_ms: float
    threads: int = 1
    provider: str = CPU

    @property
    def choice(self) -> Choice:
        """The variant and what it ran with."""
        return Choice(self.variant, self.threads, self.provider)


@dataclass(frozen=True, eq=False)
class FrameResult:
    """A processed frame: largest face first, one run per variant in the order in which they ran.

    ``detect_ms`` counts finding and tracking. No face is an empty tuple, never a missing result. ``done_at`` is the
    ``perf_counter`` second at which processing ended.
    """

    frame: Frame
    faces: tuple[Face, ...]
    detect_ms: float
    runs: tuple[VariantRun, ...]
    done_at: float

    def process_ms(self, run: VariantRun) -> float:
        """What this frame would cost with ``run`` alone: detection and that variant's classification."""
        return self.detect_ms + run.classify_ms

    @property
    def latency_ms(self) -> float:
        """From capture to the end of processing."""
        return (self.done_at - self.frame.captured_at) * 1000
