"""What every video that cv2 reads has in common: the order of colours, rates and names that cannot be, its lines."""

import math
import os

import cv2
import cv2.utils.logging
import numpy as np
from numpy.typing import NDArray

FPS = 30.0  # where a container or driver does not say
MOST_FPS = 240.0  # that a camera or clip has


def rgb_of(bgr: NDArray[np.uint8], mirror: bool) -> NDArray[np.uint8]:
    """A new C-contiguous RGB array, mirrored left to right if asked for."""
    rgb = cv2.cvtColor(bgr, cv2.COLOR_GRAY2RGB if bgr.ndim == 2 else cv2.COLOR_BGR2RGB)
    return np.asarray(cv2.flip(rgb, 1) if mirror else rgb, dtype=np.uint8)


def believable_fps(value: float, otherwise: float) -> float:
    """``value`` if it can be a frame rate: containers and drivers also report 0, NaN, 1000 (milliseconds) and 90000."""
    return value if math.isfinite(value) and 1 <= value <= MOST_FPS else otherwise


def speakable(name: str) -> bool:
    """Whether cv2 may be given this name: one with bytes outside UTF-8 crashes the process."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def quieten() -> None:
    """Keep cv2's and FFmpeg's own lines off the terminal: every fault is told in a CameraError."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # Media Foundation takes up to a minute to open some cameras with it (opencv issue 17687).
    os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
    # Asking for permission needs the main thread's run loop; macOS asks by itself when the camera is opened.
    os.environ.setdefault("OPENCV_AVFOUNDATION_SKIP_AUTH", "1")
