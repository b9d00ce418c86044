"""What a camera can be opened on: webcams by number or name, clips, streams; and the list of webcams."""

import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, urlsplit

PICTURES: Final = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"}  # suffixes of clips of one frame
DIGITS: Final = 9  # of a number that the libraries can still count with
_SCHEME = r"[a-z][a-z0-9+.-]+://"
# And user; people write one with "/", "?" or "#" in it as it is. What follows a port is none.
_PASSWORD = re.compile(r"(?<=://)(?![^/?#@:]*:\d+/).*:.*@", re.DOTALL)
_SECRETS = "(?:pass|pwd|key|token|secret|auth|sign)"  # parts of the names of what is not to be kept
_IN_NAME = re.compile(_SECRETS, re.IGNORECASE)
_IN_PATH = re.compile(rf"(?<![a-z]){_SECRETS}|{_SECRETS}[a-z]*=", re.IGNORECASE)  # not in the midst of "design"
Fault = Literal["missing", "busy", "lost", "unreadable"]


class CameraError(Exception):
    """A camera or clip that cannot be used; the message says what is wrong and what to do about it.

    ``kind``: missing (there is none such), busy (another program has it, or the system refuses it), lost (it stopped
    answering while in use), unreadable (a file or stream that cannot be decoded).
    """

    def __init__(self, kind: Fault, message: str) -> None:
        super().__init__(message)
        self.kind: Fault = kind


@dataclass(frozen=True)
class CameraInfo:
    """A webcam of this machine; ``index`` and ``backend`` are cv2's, ``path`` is the system's own (may be empty).

    ``alone``: no other had its name when it was found.
    """

    index: int
    name: str
    backend: int
    path: str
    alone: bool = True


@dataclass(frozen=True)
class Source:
    """What to open. ``value`` is a webcam's number or name, a clip's path, or a URL.

    ``only``: this very webcam, under whatever number, and none that merely has its number or name now.
    """

    kind: Literal["webcam", "clip", "url"]
    value: str
    only: CameraInfo | None = None

    @property
    def title(self) -> str:
        """A short name for people; never shows the password inside a URL, nor a path that may hold one."""
        if self.kind == "webcam":
            return f"Camera {self.value}" if self.value.isdecimal() else self.value
        if self.kind == "clip":
            return Path(self.value).name
        parts = urlsplit(_PASSWORD.sub("", self.value))
        hidden = parts.netloc and ("=" in parts.path or _IN_PATH.search(parts.path))
        path = "" if hidden else parts.path
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def is_address(text: str) -> bool:
    """Whether it is a URL that can be read."""
    try:
        return bool(re.match(_SCHEME, text, re.IGNORECASE) and any(urlsplit(_PASSWORD.sub("", text))[1:3]))
    except ValueError:  # such as http://[camera
        return False


def holds_secret(address: str) -> bool:
    """Whether a URL has a password or a key in it, as far as one can see that: before the host, in path or query."""
    if _PASSWORD.search(address):
        return True
    parts = urlsplit(address)
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return bool(_IN_PATH.search(parts.path)) or any(map(_IN_NAME.search, names))


def parse_source(text: str, *, exact: bool = False) -> Source:
    """The source a person means: a number, a URL, a clip's path, or a webcam's name (or a part of it, in any case).

    ``exact`` takes no part of a name: what was remembered of one webcam is not to open another.
    A number is taken as it is: whether that camera is there shows when it is opened. CameraError "missing" for a clip
    or a name that does not exist, "unreadable" for what only begins like a URL.
    """
    if text != text.strip() and (clip := _clip(text)):  # its name begins or ends with a space
        return clip
    text = text.strip()
    if text.isdecimal() and len(text) <= DIGITS:
        return Source("webcam", str(int(text)))
    if re.match(_SCHEME, text, re.IGNORECASE):
        if not is_address(text):
            raise CameraError("unreadable", f'"{text}" is not an address such as rtsp://camera/stream.')
        return Source("url", text)
    if clip := _clip(text):
        return clip
    if text:
        if camera := _named(text, list_cameras(), exact=exact):
            return Source("webcam", camera.name)
        if os.path.isdir(os.path.expanduser(text)):
            raise CameraError("missing", f"{text} is a folder. Name a clip in it.")
        if Path(text).suffix or "/" in text or "\\" in text:
            raise CameraError("missing", f"No such clip: {text}. Check the path.")
    known = ", ".join(f"{camera.name} ({camera.index})" for camera in list_cameras()) or "none"
    raise CameraError("missing", f'No camera or clip is called "{text}". Cameras found: {known}.')


def _clip(text: str) -> Source | None:
    """The file of this name, if there is one."""
    path = os.path.expanduser(text)  # and os.path, whose answers are no errors: a path may be too long or forbidden
    if not text or not os.path.isfile(path):
        return None
    return Source("clip", os.path.abspath(path))  # it is looked for again, perhaps from another folder


def find_camera(value: str, only: CameraInfo | None = None) -> CameraInfo:
    """The listed webcam with this number or whole name; with ``only``, that very one.

    CameraError "missing" naming those that are there.
    """
    cameras = list_cameras()
    if only:
        camera = _again(only, cameras)
    elif value.isdecimal():
        camera = next((camera for camera in cameras if camera.index == int(value)), None)
    else:
        camera = _named(value, cameras, exact=True)
    if camera:
        alone = [one.name for one in cameras].count(camera.name) == 1
        return replace(camera, alone=alone and (only is None or only.alone))
    if not cameras:
        raise CameraError("missing", "No camera found. Plug one in, or open a clip.")
    known = ", ".join(f"{camera.name} ({camera.index})" for camera in cameras)
    raise CameraError("missing", f"{Source('webcam', value).title} is not there. Cameras found: {known}.")


def list_cameras() -> list[CameraInfo]:
    """The webcams of this machine in the order of their numbers, one entry per physical camera."""
    import cv2
    from cv2_enumerate_cameras import enumerate_cameras, supported_backends

    wanted = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_MSMF, "darwin": cv2.CAP_AVFOUNDATION}.get(sys.platform)
    backend = wanted if wanted in supported_backends else supported_backends[0]
    try:
        found = sorted(enumerate_cameras(backend), key=lambda camera: camera.index)
    except (OSError, RuntimeError):  # the system's list is broken or forbidden: the same as no camera
        return []
    cameras: dict[str, CameraInfo] = {}
    for camera in found:
        path = str(camera.path or "")
        device = _device(path) or path or f"{camera.name} {camera.index}"
        cameras.setdefault(device, CameraInfo(int(camera.index), camera.name or path, backend, path))
    return list(cameras.values())


def _again(before: CameraInfo, cameras: list[CameraInfo]) -> CameraInfo | None:
    """Where it was; or elsewhere by its name, unless another has or had that name too."""
    alike = [camera for camera in cameras if camera.name == before.name]
    for camera in alike:
        if camera.path and camera.path == before.path:
            return camera
    return alike[0] if before.alone and len(alike) == 1 else None


def _named(text: str, cameras: list[CameraInfo], *, exact: bool) -> CameraInfo | None:
    wanted = text.strip().casefold()
    for fits in (str.__eq__,) if exact else (str.__eq__, str.__contains__):
        for camera in cameras:
            if fits(camera.name.strip().casefold(), wanted):
                return camera
    return None


def _device(path: str) -> str | None:
    """The hardware behind a V4L2 node: one camera often has several nodes (H.264, depth) on the same interface."""
    link = Path("/sys/class/video4linux") / Path(path).name / "device" if path.startswith("/dev/video") else None
    return str(link.resolve()) if link and link.exists() else None
