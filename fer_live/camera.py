"""Cameras: a webcam, or a clip, picture or stream that plays like one."""

import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Frame
from fer_live.source import PICTURES, CameraError, CameraInfo, Fault, Source, list_cameras, parse_source
from fer_live.video import FPS, believable_fps, quieten, rgb_of, speakable
from fer_live.webcam import WebCamera

__all__ = [
    "Camera",
    "CameraError",
    "CameraInfo",
    "ClipCamera",
    "EndOfClip",
    "Fault",
    "Source",
    "WebCamera",
    "frames_of",
    "list_cameras",
    "open_camera",
    "parse_source",
]

PICTURE_FPS = 25.0
STREAM_TIMEOUT_MS = 5000
LONGEST_S = 1.0  # between two time stamps that are believed
STAMP_S = 0.002  # many containers round time stamps to milliseconds
WHOLE = 0.9  # of what a file says it holds: numbers of frames err by a few
LATE_S = 0.5  # a clip that falls further behind than this goes on from where it is, rather than rushing after


class EndOfClip(Exception):
    """The clip has no more frames."""


class Camera(Protocol):
    """Something that gives frames. One thread reads and closes it; ``mirror`` may be set from any thread."""

    title: str
    width: int
    height: int
    fps: float
    mirror: bool

    def read(self) -> Frame:
        """The next frame; blocks until there is one. EndOfClip at the end, CameraError when the camera is lost."""

    def close(self) -> None:
        """Give the device back. May be called twice."""


def open_camera(source: Source, *, live: bool = True, loop: bool = False, mirror: bool = False) -> Camera:
    """Open ``source``; ``live`` and ``loop`` matter only for clips. CameraError when it cannot be used."""
    if source.kind == "webcam":
        return WebCamera(source.value, source.only, mirror=mirror)
    return ClipCamera(source.value, live=live, loop=loop, mirror=mirror)


def frames_of(camera: Camera) -> Iterator[Frame]:
    """The camera's frames from where it is to its end. CameraError when it is lost; it stays its owner's to close."""
    while True:
        try:
            frame = camera.read()
        except EndOfClip:
            return
        yield frame


class ClipCamera:
    """A video file, a picture (a clip of one frame) or an http/rtsp URL.

    ``live``: frames come at the clip's own rate, by its time stamps where these can be believed; a reader that is late
    gets them at once until it has caught up, and none is skipped. Otherwise frames come as fast as they can be decoded.
    ``loop``: starts again at the end; may be set from any thread. Frame numbers go on counting through the loop.
    ``frames`` is how many the file says it has (it may err by a few; 0: not known). A stream without an end always
    comes at its own rate.
    """

    def __init__(self, path_or_url: str, *, live: bool, loop: bool, mirror: bool = False) -> None:
        quieten()
        self._url = "://" in path_or_url
        self._value = path_or_url
        self.title = Source("url" if self._url else "clip", path_or_url).title
        self.mirror, self.loop = mirror, loop
        self._live = live
        self._index = 0
        self._due_s: float | None = None
        self._stamp_s = self._at_s = 0.0  # where the file says that the last frame belongs, and where it was shown
        self._ended = False
        self._capture: cv2.VideoCapture | None = None
        self._picture: NDArray[np.uint8] | None = None
        self._next: NDArray[np.uint8] | None
        self._endless = False
        self.frames = 1
        if not self._url and Path(path_or_url).suffix.lower() in PICTURES:
            self._next = self._picture = self._load_picture()
            self.fps = PICTURE_FPS
        else:
            self._open()
            self._next = self._decode()  # the first frame proves that the clip can be decoded
        if self._next is None:
            self.close()
            raise self._unreadable()
        self.height, self.width = self._next.shape[:2]

    def read(self) -> Frame:
        """The next frame; EndOfClip after the last. CameraError "lost" when a stream breaks off."""
        bgr, self._next = (self._next, None) if self._next is not None else (self._decode(), None)
        if bgr is None and self._endless:
            raise CameraError("lost", f"{self.title} broke off. Check the network and the sender.")
        if bgr is None and self.loop:
            bgr = self._rewound()
        if bgr is None:
            self._ended = True
            raise EndOfClip(self.title)
        self._stamp_s = self._told_s()
        if self._live and not self._endless:
            self._wait_until_due()
        frame = Frame(self._index, time.perf_counter(), rgb_of(bgr, self.mirror))
        self._index += 1
        return frame

    def skip(self, frames: int) -> None:
        """Pass over the next ``frames`` frames, or those that are left: quicker than to read them."""
        for _ in range(frames):
            if self._next is not None:
                self._next = None
            elif self._capture is None or not self._capture.grab():
                return
            self._stamp_s = self._told_s()
            self._index += 1

    def position_s(self) -> float:
        """When in the clip the frame last read belongs, in seconds from its start, as the file says it."""
        return self._stamp_s or (self._index - 1) / self.fps

    def missing(self) -> int:
        """Once a clip has ended: how many frames it says it has and has not; 0 unless that is many, or before its end.

        Many is a tenth, of its time too: where the time stamps come to the end, it is the number that errs.
        """
        early = self.position_s() < WHOLE * self.frames / self.fps
        return self.frames - self._index if self._ended and early and self._index < WHOLE * self.frames else 0

    def close(self) -> None:
        """Close the file or stream. May be called twice."""
        if self._capture is not None:
            self._capture.release()

    def _open(self) -> None:
        if not speakable(self._value):
            raise CameraError("unreadable", f"The name {self._value!a} is not UTF-8. Rename it and try again.")
        if self._url:
            limits = (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC)
            timeouts = [value for limit in limits for value in (limit, STREAM_TIMEOUT_MS)]
            self._capture = cv2.VideoCapture(self._value, cv2.CAP_FFMPEG, timeouts)
        elif not os.path.isfile(self._value):  # no error where the path is too long or forbidden
            raise CameraError("missing", f"No such clip: {self._value}. Check the path.")
        else:
            self._capture = cv2.VideoCapture(os.path.abspath(self._value))  # "12:30.mkv" would be a protocol
        # FFmpeg takes any text file for a film of a terminal.
        text = self._capture.get(cv2.CAP_PROP_FOURCC) == cv2.VideoWriter.fourcc(*"ansi")
        if text or not self._capture.isOpened():
            self.close()
            raise self._unreadable()
        self._endless = self._url and not self._capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
        fps = believable_fps(self._capture.get(cv2.CAP_PROP_FPS), 0.0)
        self.fps = fps or FPS
        self._at_s = -1 / self.fps
        counted = fps and not self._endless  # a number of frames may be one of seconds times the rate
        self.frames = max(0, int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))) if counted else 0

    def _told_s(self) -> float:
        """The time stamp of the frame last decoded; 0 where there is none."""
        told_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC) if self._capture is not None else 0.0
        return told_ms / 1000 if math.isfinite(told_ms) and told_ms > 0 else 0.0

    def _decode(self) -> NDArray[np.uint8] | None:
        if self._capture is None:
            return None
        decoded, bgr = self._capture.read()
        return np.asarray(bgr, dtype=np.uint8) if decoded else None

    def _rewound(self) -> NDArray[np.uint8] | None:
        if self._picture is not None:
            return self._picture
        # Reopened rather than sought back: seeking to the start is not exact in every container.
        self.close()
        self._open()
        return self._decode()

    def _wait_until_due(self) -> None:
        now_s, step_s = time.perf_counter(), self._step_s()
        due_s = now_s if self._due_s is None else self._due_s + step_s
        if now_s - due_s > LATE_S:
            due_s = now_s
        elif due_s > now_s:
            time.sleep(due_s - now_s)
        self._due_s = due_s

    def _step_s(self) -> float:
        """From the frame before to this one: some files, as browsers record them, have no rate but time stamps."""
        told_s, before_s, even_s = self._stamp_s, self._at_s, 1 / self.fps
        self._at_s = told_s if told_s > before_s else before_s + even_s  # some files' times stand still or jump back
        step_s = self._at_s - before_s
        return step_s if step_s <= LONGEST_S and abs(step_s - even_s) > STAMP_S else even_s

    def _load_picture(self) -> NDArray[np.uint8] | None:
        try:
            encoded = np.fromfile(self._value, dtype=np.uint8)  # cv2.imread knows no Unicode paths on Windows
        except OSError as error:
            raise CameraError("missing", f"{self._value} cannot be read: {error.strerror}.") from error
        try:
            bgr = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
        except cv2.error:  # it says that it is larger than any picture
            return None
        return None if bgr is None else np.asarray(bgr, dtype=np.uint8)

    def _unreadable(self) -> CameraError:
        if self._url:
            return CameraError("unreadable", f"{self.title} does not open. Check the address and that it is sending.")
        if os.path.isfile(self._value) and not os.path.getsize(self._value):
            return CameraError("unreadable", f"{self.title} is empty. Copy or record it again.")
        return CameraError(
            "unreadable",
            f"{self.title} cannot be decoded as a video or picture. Convert it to MP4 (H.264) and try again.",
        )
