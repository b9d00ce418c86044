"""FaceFinder: faces in a frame, over mediapipe's Tasks face detector. The only module that knows mediapipe."""

import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Box, Face, Point
from fer_live.interrupts import held_back
from fer_live.manifest import shipped
from fer_live.terminal import stderr_through

SHORT_RANGE = "face_detection_short_range.tflite"
FULL_RANGE = "face_detection_full_range_sparse.tflite"
QUIET_FRAMES = 30
FRAME_MS = 33  # the detector wants rising timestamps; it does not use their distance

COMPANY = ("matplotlib", "matplotlib.pyplot", "sounddevice")

# Greetings such as "INFO: [environment.cc:36] Creating ..." and "W0000 00:00:17 46 inference_runner.cc:14] Input ..."
_NOISE = re.compile(rb"(INFO|WARNING): (\[\w+\.cc:\d+\]|Created |Logging before)|[IW]\d{4} [\d:. ]+\w+\.cc:\d+\]")
_complained = threading.Event()


class FaceError(Exception):
    """The face detector cannot be loaded. One line."""


class FaceFinder:
    """Finds faces. Belongs to the thread that uses it: ``find`` and ``close`` from one thread at a time.

    ``full_range`` finds smaller faces further away and takes about three times as long. Loading takes about half
    a second, most of it the import of mediapipe; FaceError when it fails. Any frame may be given, also one twice.
    Not ``quiet``, mediapipe's own log goes to stderr, also when it ends the process.
    """

    def __init__(self, full_range: bool = False, min_score: float = 0.5, quiet: bool = True) -> None:
        self._timestamp_ms = 0
        self._calm: Callable[[], AbstractContextManager[None]] = _without_noise if quiet else nullcontext
        model = shipped("assets") / (FULL_RANGE if full_range else SHORT_RANGE)
        with held_back(), self._calm():
            self._detector, self._image = _load(model, min_score)

    def find(self, rgb: NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in a frame, largest first; boxes as the detector means them, not clipped to the frame."""
        self._timestamp_ms += FRAME_MS
        # One complaint about memory comes once per process, mostly but not always with the first frame.
        early = self._timestamp_ms <= QUIET_FRAMES * FRAME_MS
        # Interrupted, mediapipe would write its result, from a thread of its own, where memory is no longer ours.
        with held_back(), self._calm() if early and not _complained.is_set() else nullcontext():
            found = self._detector.detect_for_video(self._image(rgb), self._timestamp_ms)
        height, width = rgb.shape[:2]
        faces = [_face(detection, width, height) for detection in found.detections]
        return tuple(sorted(faces, key=lambda face: face.box.w * face.box.h, reverse=True))

    def close(self) -> None:
        """Give the detector and its thread back. May be called twice."""
        with held_back(), self._calm():
            self._detector.close()

    def __enter__(self) -> "FaceFinder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _load(model: Path, min_score: float) -> tuple[Any, Any]:
    """The detector, and what makes mediapipe's image of RGB pixels."""
    with _without_company():
        from mediapipe.tasks.python import BaseOptions, vision
        from mediapipe.tasks.python.vision.core.image import Image, ImageFormat

    try:
        options = vision.FaceDetectorOptions(
            # The bytes, not the path: mediapipe cannot open paths outside ASCII on Windows.
            base_options=BaseOptions(model_asset_buffer=model.read_bytes()),
            running_mode=vision.RunningMode.VIDEO,
            min_detection_confidence=min_score,
        )
        detector = vision.FaceDetector.create_from_options(options)
        return detector, lambda rgb: Image(image_format=ImageFormat.SRGB, data=rgb)
    except OSError as fault:
        reason = fault.strerror or str(fault)
    except (RuntimeError, ValueError) as fault:
        reason = str(fault).partition("\n")[0]
    # Raised out here, because the fault would keep alive the thread of the detector that was not made.
    raise FaceError(f"{model.name} cannot be loaded ({reason}); install fer_live again")


def _face(detection: Any, width: int, height: int) -> Face:
    found = detection.bounding_box
    first, second = (_point(detection.keypoints[place], width, height) for place in (0, 1))
    return Face(
        box=_whole(
            Box(float(found.origin_x), float(found.origin_y), float(found.width), float(found.height)), first, second
        ),
        score=float(detection.categories[0].score),
        eyes=(first, second) if first[0] <= second[0] else (second, first),
    )


def _whole(box: Box, first: Point, second: Point) -> Box:
    """The box where the face is: mediapipe pushes one that reaches over the left or top edge back into the frame.

    Its size stays right then, and so do the eyes, which lie half way across a box and 0.3 of its height down (fact 4 of
    ARCHITECTURE.md, taken from the crop to the box).
    """
    x, y = ((a + b) / 2 for a, b in zip(first, second, strict=True))
    left = min(box.x, x - 0.5 * box.w) if box.x <= 0 else box.x
    top = min(box.y, y - 0.3 * box.h) if box.y <= 0 else box.y
    return replace(box, x=left, y=top)


def _point(keypoint: Any, width: int, height: int) -> Point:
    return float(keypoint.x) * width, float(keypoint.y) * height


@contextmanager
def _without_company() -> Iterator[None]:
    """Import mediapipe without the libraries that it loads for drawing and recording, which nobody here uses.

    ``import mediapipe`` loads all of its parts. matplotlib is half of its second, and on a new machine first looks
    through all fonts (4 s, or a minute); sounddevice asks the system for its microphones.
    """
    absent = [name for name in COMPANY if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def _without_noise() -> AbstractContextManager[None]:
    """Keep mediapipe's C++ greetings off the terminal while it loads; no variable or option of mediapipe 1.2 does."""
    return stderr_through(_without_greetings)


def _without_greetings(lines: list[bytes]) -> list[bytes]:
    if any(line.startswith(b"W0000") for line in lines):
        _complained.set()
    return for_people(lines)


def for_people(lines: Iterable[bytes]) -> list[bytes]:
    """Those lines of stderr that are not mediapipe's greetings."""
    return [line for line in lines if not _NOISE.match(line)]
