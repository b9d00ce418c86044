"""A session folder and what it says of itself: session.json, and the summary of one that was cut off."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from fer_live.frame import Choice
from fer_live.growing import FolderError, RecordError, reason
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import CPU
from fer_live.summary import VariantFacts, has_summary, read_frames, write_summary

SESSION_SCHEMA: Final = 1  # of session.json
_STORED: Final = (
    *("name", "title", "file", "sha256", "bytes", "parameters", "macs", "precision", "head", "accuracy", "labels"),
)


@dataclass(frozen=True)
class SessionFacts:
    """What a recording is about; ``sweep`` lists all threads.

    ``variants``, ``threads`` and ``provider`` are those when it starts; others may follow, and each row tells its own.
    """

    source: str
    manifest: Manifest
    variants: tuple[str, ...]
    threads: int
    warm_up: int
    mode: Literal["live", "bench"]
    provider: str = CPU
    detect_every: int = 1
    sweep: tuple[int, ...] = ()

    def to_dict(
        self,
        started: datetime,
        ended: datetime | None,
        rows: int,
        ran: Sequence[Choice] = (),
        more: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The content of session.json, with ``more`` at its end; ``ended`` is None while it runs, ``ran`` what did."""
        return {
            "schema": SESSION_SCHEMA,
            **{"mode": self.mode, "source": self.source, "threads": self.threads, "provider": self.provider},
            **{"warm_up": self.warm_up, "detect_every": self.detect_every, "running": self.variants},
            "sweep": self.sweep or tuple(dict.fromkeys((self.threads, *(choice.threads for choice in ran)))),
            "providers": tuple(dict.fromkeys((self.provider, *(choice.provider for choice in ran)))),
            "started": started.isoformat(timespec="milliseconds"),
            "ended": ended.isoformat(timespec="milliseconds") if ended else None,
            **{"rows": rows, "machine": machine_facts(), "versions": versions()},
            **{"default": self.manifest.default, "reference": self.manifest.reference},
            "variants": [_stored(variant) for variant in self.manifest.variants],
            **(more or {}),
        }


def new_folder(parent: Path, started: datetime) -> Path:
    """Make ``parent/fer_live-YYYYmmdd-HHMMSS`` (with -2, -3, ... when taken). Raises OSError."""
    parent.mkdir(parents=True, exist_ok=True)
    stem, number = f"fer_live-{started:%Y%m%d-%H%M%S}", 1
    while True:
        folder = parent / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def summarise_session(folder: Path, out: Path | None = None) -> Path:
    """Write the summary.csv of a session that was killed, from its frames.csv; FolderError when it has none.

    It is written to ``out`` instead where that is given. CPU and memory were not kept, so these cells stay empty; hence
    FolderError too where a session that came to its end has a summary, which holds more.
    """
    try:
        session = json.loads((folder / "session.json").read_text(encoding="utf-8"))
        known = {row["name"]: row for row in session["variants"]}
        if out is None and session.get("ended") and has_summary(folder / "summary.csv"):
            raise FolderError(
                f"{folder} came to its end and has its summary.csv, which knows more; nothing was changed"
            )
        summaries = read_frames(
            folder / "frames.csv",
            reference=session["reference"],
            detect_every=session.get("detect_every", 1),
            threads=session["threads"],
            provider=session.get("provider") or CPU,
        ).summaries()
        facts = {}
        for choice in (row.choice for row in summaries):
            variant = known[choice.variant]
            facts[choice] = VariantFacts(variant["bytes"], variant["accuracy"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        why = str(error)
        if isinstance(error, OSError) and error.filename:  # a read that fails names no file
            why = f"{Path(error.filename).name}: {error.strerror}"
        raise FolderError(f"{folder} is not a session that can be summed up ({why})") from error
    path = out or folder / "summary.csv"
    try:
        write_summary(path, summaries, facts)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {reason(error)}") from error
    return path


def _stored(variant: Variant) -> dict[str, Any]:
    return {field: getattr(variant, field) for field in _STORED}
