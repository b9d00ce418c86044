"""The source between two runs: what of it is written into the settings, and which one that text means."""

from urllib.parse import parse_qsl, urlsplit

from fer_live.demo import DEMO, is_demo, named_source
from fer_live.manifest import ManifestError
from fer_live.source import CameraError, Source, list_cameras

SECRETS = ("pass", "pwd", "key", "token", "secret", "auth", "sign")  # parts of the names of what is not to be kept


def text_of(source: Source) -> str:
    """What is remembered of a source: never an address with a password in it."""
    if is_demo(source):
        return DEMO
    return "" if source.kind == "url" and _is_secret(source.value) else source.value


def find_source(text: str) -> Source:
    """The source behind a saved or given text; "" is the first camera. CameraError. Takes its time."""
    if text:
        try:
            return named_source(text)
        except ManifestError as fault:  # the assets are missing
            raise CameraError("missing", str(fault)) from fault
    cameras = list_cameras()
    if not cameras:
        raise CameraError("missing", "No camera found.")
    return Source("webcam", cameras[0].name)


def _is_secret(address: str) -> bool:
    parts = urlsplit(address)
    names = [name.casefold() for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return bool(parts.password) or any(word in name for name in names for word in SECRETS)
