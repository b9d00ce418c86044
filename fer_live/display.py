"""Whether a window can open here. Qt does not say so: without a display it ends the whole program."""

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path


def display_fault(environment: Mapping[str, str] = os.environ) -> str:
    """Why no window can open, or "" when one can. Only Linux can be without a display.

    A display that is named but does not answer counts as none. QT_QPA_PLATFORM is believed, as it is set on purpose.
    """
    if not sys.platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return ""
    named = [f"{name}={environment[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if environment.get(name)]
    if not named:
        return "there is no display"
    if _wayland_answers(environment) or _x11_answers(environment.get("DISPLAY", "")):
        return ""
    return f"the display does not answer ({', '.join(named)})"


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY")
    return bool(name) and _answers(str(Path(environment.get("XDG_RUNTIME_DIR", "/")) / str(name)))


def _x11_answers(display: str) -> bool:
    """``[host]:number[.screen]``: a local socket (in the file system or abstract), or TCP to the host."""
    parts = re.fullmatch(r"(?:unix/?)?([^:]*):(\d+)(?:\.\d+)?", display)
    if parts is None:
        return Path(display).is_socket()  # macOS and some launchers name the socket itself
    host, number = parts[1], int(parts[2])
    if host:
        try:
            socket.create_connection((host, 6000 + number), timeout=2).close()
        except OSError:
            return False
        return True
    path = f"/tmp/.X11-unix/X{number}"
    return _answers(path) or _answers("\0" + path)


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        try:
            connection.connect(address)
        except OSError:
            return False
        return True
