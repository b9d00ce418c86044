"""The clip that ships, and the name under which it is a source."""

from pathlib import Path
from typing import Final

from fer_live.manifest import ManifestError, shipped
from fer_live.source import Source, parse_source

DEMO: Final = "demo"


def demo_clip() -> Path:
    """The clip that ships; ManifestError when the assets are missing."""
    return shipped("assets") / "demo.mp4"


def named_source(text: str, *, exact: bool = False) -> Source:
    """The source a person means: "demo", or what ``parse_source`` makes of it. CameraError, ManifestError."""
    return Source("clip", str(demo_clip())) if text == DEMO else parse_source(text, exact=exact)


def is_demo(source: Source | None) -> bool:
    """Whether it is the clip that ships, and not another of its name."""
    try:
        return source == Source("clip", str(demo_clip()))
    except ManifestError:
        return False
