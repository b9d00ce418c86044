"""Nothing is sent from this computer: the statistics that two libraries collect for their makers are kept in.

onnxruntime (from 1.29) and mediapipe (from about 0.10.35) send usage statistics unless kept from it. The first has a
switch, ``ORT_DISABLE_TELEMETRY``. The second has none; it sends by libcurl over https, which asks ``https_proxy`` for
its way, so that leads to a port of this computer where nothing answers. No address of a stream goes that way: FFmpeg
asks ``http_proxy`` alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

NOWHERE: Final = "http://127.0.0.1:9"  # the discard port
_PROXY: Final = "https_proxy"
_before: list[str | None] = [None]


def keep_in() -> None:
    """Before any of these libraries is loaded; child processes inherit it."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if os.environ.get(_PROXY) != NOWHERE:
        _before[0] = os.environ.get(_PROXY)
        os.environ[_PROXY] = NOWHERE


@contextmanager
def as_before() -> Iterator[None]:
    """The user's own way out again, for the moment in which another program is started, such as a browser."""
    os.environ.pop(_PROXY, None)
    if _before[0] is not None:
        os.environ[_PROXY] = _before[0]
    try:
        yield
    finally:
        os.environ[_PROXY] = NOWHERE
