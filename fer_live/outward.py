"""Nothing is sent from this computer: the statistics that two libraries collect for their makers are kept in.

onnxruntime (from 1.29) and mediapipe (from about 0.10.35) send usage statistics unless kept from it. The first has a
switch, ``ORT_DISABLE_TELEMETRY``. The second has none; it sends by libcurl over https, which asks ``https_proxy`` for
its way, so that leads to a port of this computer where nothing answers, and ``no_proxy`` may not lead around it. A
stream goes its own way: FFmpeg asks ``http_proxy`` and ``no_proxy`` alone.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

NOWHERE: Final = "http://127.0.0.1:9"  # the discard port
COLLECTOR: Final = "play.googleapis.com"  # where mediapipe sends to
_WAYS: Final = ("https_proxy", "http_proxy", "no_proxy", "NO_PROXY")
_users: dict[str, str] = {}  # the user's own ways


def keep_in() -> None:
    """Before any of these libraries is loaded; child processes inherit it."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    found = {name: os.environ[name] for name in _WAYS if name in os.environ}
    if found.get("https_proxy") != NOWHERE or not _users:  # else this was done before
        _users.clear()
        _users.update({name: way for name, way in found.items() if way != NOWHERE})
        _go(_closed(_users))


@contextmanager
def as_before() -> Iterator[None]:
    """The user's own way out again, for the moment in which another program is started, such as a browser."""
    _go(_users)
    try:
        yield
    finally:
        _go(_closed(_users))


def _go(ways: Mapping[str, str]) -> None:
    for name in _WAYS:
        os.environ.pop(name, None)
    os.environ.update(ways)


def _closed(ways: Mapping[str, str]) -> dict[str, str]:
    """``ways`` without one to the collector; all others stay as they are."""
    closed = dict(ways) | {"https_proxy": NOWHERE}
    for name in ("no_proxy", "NO_PROXY"):
        hosts = [host for host in ways.get(name, "").replace(",", " ").split() if host]
        if "*" in hosts:
            closed.pop("http_proxy", None)  # nothing was to go through it
        if name in ways:
            closed[name] = ",".join(host for host in hosts if not _is_collector(host))
    return closed


def _is_collector(host: str) -> bool:
    """Whether an entry of ``no_proxy`` holds for the collector: its name, or the end of it with or without a dot."""
    return host == "*" or f".{COLLECTOR}".endswith("." + host.lower().lstrip("*.").partition(":")[0])
