"""A webcam through cv2, and what to do when the system does not give it."""

import os
import sys
import time

import cv2
import numpy as np

from fer_live.frame import Frame
from fer_live.source import CameraError, CameraInfo, Source, find_camera
from fer_live.video import FPS, believable_fps, quieten, rgb_of

WIDTH, HEIGHT = 640, 480
BROKEN_FRAMES = 10  # a webcam may send a damaged frame now and then; so many in a row mean that it is lost


class WebCamera:
    """A webcam by number or name, asked for 640x480 at 30 frames/s; ``width`` and ``height`` are what it gives.

    ``source`` opens this very one again. ``only`` is such a source's.
    """

    def __init__(self, value: str, only: CameraInfo | None = None, *, mirror: bool = False) -> None:
        quieten()
        info = find_camera(value, only)
        _check_allowed(info)
        self.title = info.name
        self.source = Source("webcam", info.name, info)
        self.mirror = mirror
        self._index = 0
        self._capture = cv2.VideoCapture(info.index, info.backend)
        wishes = {
            cv2.CAP_PROP_FRAME_WIDTH: WIDTH,
            cv2.CAP_PROP_FRAME_HEIGHT: HEIGHT,
            cv2.CAP_PROP_FPS: FPS,
            # Not 1: a driver with its only buffer in our hands skips every other frame. Old frames cannot pile up,
            # because the capture thread never waits for anyone.
            cv2.CAP_PROP_BUFFERSIZE: 2,
        }
        for wish, value_wished in wishes.items():
            self._capture.set(wish, value_wished)
        if not self._capture.grab():  # some backends report an opened camera that another program holds
            self.close()
            raise CameraError("busy", f"{self.title} gives no picture. {_busy_mend()}")
        self.width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.fps = believable_fps(self._capture.get(cv2.CAP_PROP_FPS), FPS)

    def read(self) -> Frame:
        """The next frame, stamped when the driver handed it over. CameraError "lost" when it gives none."""
        for _ in range(BROKEN_FRAMES):
            if not self._capture.grab():
                break
            captured_at = time.perf_counter()
            decoded, bgr = self._capture.retrieve()
            if decoded and bgr.size:
                frame = Frame(self._index, captured_at, rgb_of(np.asarray(bgr, dtype=np.uint8), self.mirror))
                self._index += 1
                return frame
        raise CameraError("lost", f"{self.title} stopped answering. Check its cable.")

    def close(self) -> None:
        """Give the device back. May be called twice."""
        self._capture.release()


def _check_allowed(info: CameraInfo) -> None:
    if info.path.startswith("/dev/") and not os.access(info.path, os.R_OK | os.W_OK):
        raise CameraError(
            "busy",
            f"This system does not let you use {info.name} ({info.path}). "
            'Add yourself to the group "video" (sudo usermod -aG video $USER) and log in again.',
        )


def _busy_mend() -> str:
    if sys.platform == "darwin":
        return (
            "Close other programs that use it, and allow it in System Settings > Privacy & Security > Camera, "
            "then try again."
        )
    if sys.platform == "win32":
        return (
            "Close other programs that use it, and allow desktop apps in Settings > Privacy & security > Camera, "
            "then try again."
        )
    return (
        "Another program is using it, or it is broken: close that program "
        "(fuser -v /dev/video* names it) and try again."
    )
