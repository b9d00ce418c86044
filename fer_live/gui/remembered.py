"""The source between two runs: what of it is written into the settings, and which one that text means."""

from fer_live.demo import DEMO, is_demo, named_source
from fer_live.manifest import ManifestError
from fer_live.source import CameraError, Source, holds_secret, list_cameras


def text_of(source: Source) -> str:
    """What is remembered of a source: never an address with a password in it."""
    if is_demo(source):
        return DEMO
    return "" if source.kind == "url" and holds_secret(source.value) else source.value


def find_source(text: str) -> Source:
    """The source behind a saved or given text; "" is the first camera. CameraError. Takes its time.

    A webcam is named in full: one whose name merely has the saved one in it is another.
    """
    if text:
        try:
            return named_source(text, exact=True)
        except ManifestError as fault:  # the assets are missing
            raise CameraError("missing", str(fault)) from fault
    cameras = list_cameras()
    if not cameras:
        raise CameraError("missing", "No camera found.")
    return Source("webcam", cameras[0].name)
