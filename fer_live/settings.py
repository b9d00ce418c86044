"""Settings: the choices that survive a restart, kept as one small JSON file in the user's configuration folder.

A file that cannot be understood (broken, or written by a newer fer_live) is set aside under another name and the
defaults are used: a settings file must never keep the app from starting.
"""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

import platformdirs

from fer_live.growing import write_whole
from fer_live.runtime import CPU
from fer_live.typed_json import parsed

SCHEMA = 1
MOST_THREADS, MOST_PX = 1024, 10_000
Theme = Literal["system", "light", "dark"]


@dataclass
class Settings:
    """What the window remembers. Unknown keys of a file are ignored; a value of the wrong type counts as broken.

    ``source`` is what ``camera.parse_source`` reads ("" = the first camera). ``smoothing`` is 0 (raw) to 1.
    ``threads`` and ``provider`` are those of ``runtime.Runtime``.
    ``charts_wanted`` names the charts, the one chosen last first; ``charts_px`` is their dock's height (0 = as
    much as is usual).
    ``recordings`` and ``pictures`` are folders ("" = the user's documents and pictures folders).
    """

    schema: int = SCHEMA
    theme: Theme = "system"
    source: str = ""
    variant: str = ""
    compare: bool = False
    compared: list[str] = field(default_factory=list)
    reference: str = ""
    mirror_webcam: bool = True
    mirror_clip: bool = False
    repeat: bool = False
    smoothing: float = 0.5
    threads: int = 1
    provider: str = CPU
    inspector: bool = True
    charts: bool = False
    charts_wanted: list[str] = field(default_factory=list)
    charts_px: int = 0
    recordings: str = ""
    pictures: str = ""
    geometry: str = ""
    privacy_seen: bool = False

    def recordings_folder(self) -> Path:
        """Where session folders go."""
        return Path(self.recordings) if self.recordings else Path(platformdirs.user_documents_dir()) / "fer_live"

    def pictures_folder(self) -> Path:
        """Where snapshots go."""
        return Path(self.pictures) if self.pictures else Path(platformdirs.user_pictures_dir())


def settings_file() -> Path:
    """The file's place: in the folder FER_LIVE_CONFIG when that is set, else in the user's configuration folder."""
    folder = os.environ.get("FER_LIVE_CONFIG") or platformdirs.user_config_dir("fer_live", appauthor=False)
    return Path(folder) / "settings.json"


def load_settings() -> tuple[Settings, str]:
    """The saved settings, or the defaults, and a sentence for the user ("" when there is nothing to say)."""
    path = settings_file()
    try:
        return _parsed(path.read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return Settings(), ""
    except (OSError, ValueError) as error:
        broken = isinstance(error, json.JSONDecodeError | UnicodeDecodeError)
        why = "the file is cut off or damaged" if broken else error
        return Settings(), f"The settings could not be read ({why}). {_set_aside(path)}"


def save_settings(settings: Settings) -> str:
    """Write the settings with ``write_whole``. "" or why it failed."""
    path = settings_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{json.dumps(asdict(settings), indent=2)}\n".encode())
    except OSError as error:
        return f"The settings could not be saved: {error}"
    return ""


def _parsed(text: str) -> Settings:
    row: Any = parsed(text, _no_number)
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    if row.get("schema") != SCHEMA:
        raise ValueError(f"schema {row.get('schema')!r:.40} instead of {SCHEMA}")
    defaults = Settings()
    known: dict[str, Any] = {}
    for place in fields(Settings):
        if place.name not in row:
            continue
        value, default = row[place.name], getattr(defaults, place.name)
        wanted: Any = (int, float) if isinstance(default, float) else type(default)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(default, bool)):
            raise ValueError(f"{place.name} is {value!r:.40}")
        if isinstance(value, str) and not _can_name(value):  # the system refuses it, however it is used
            raise ValueError(f"{place.name} is {value!a:.40}")
        known[place.name] = value
    settings = Settings(**known)
    if settings.theme not in get_args(Theme):
        raise ValueError(f"theme is {settings.theme!r}")
    for names in (settings.compared, settings.charts_wanted):
        if not all(isinstance(name, str) for name in names):
            raise ValueError(f"names are {names!r:.80}")
    if not settings.geometry.isascii():
        raise ValueError(f"geometry is {settings.geometry!a:.40}")
    settings.threads = min(max(settings.threads, 1), MOST_THREADS)
    settings.charts_px = min(max(settings.charts_px, 0), MOST_PX)
    settings.smoothing = float(min(max(settings.smoothing, 0), 1))  # JSON may hold more than a float
    return settings


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def _can_name(text: str) -> bool:
    """Whether a file could be called so."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _set_aside(path: Path) -> str:
    aside = path.with_name("settings.set-aside.json")
    try:
        path.replace(aside)
    except OSError:
        return "The defaults are used."
    return f"The defaults are used; the old file is now {aside.name}."
