"""A session folder and what it says of itself: session.json, and the summary of one that was cut off."""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from fer_live.frame import Choice
from fer_live.growing import FolderError, RecordError, reason
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import CPU
from fer_live.summary import SessionTally, VariantFacts, has_summary, read_frames, write_summary
from fer_live.typed_json import built, parsed

SESSION_SCHEMA: Final = 1  # of session.json
_STORED: Final = (
    *("name", "title", "file", "sha256", "bytes", "parameters", "macs", "precision", "head", "accuracy", "labels"),
)


@dataclass(frozen=True)
class StoredVariant:
    """A variant as session.json describes it; ``accuracy`` is NaN and ``labels`` empty when they are not known.

    Raises ValueError for what no variant can be.
    """

    name: str
    title: str
    bytes: int
    parameters: int = 0
    macs: int = 0
    precision: str = ""
    sha256: str = ""
    accuracy: float = math.nan
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if min(self.bytes, self.parameters, self.macs) < 0:
            raise ValueError(f"the variant {self.name} has a size below 0")
        if not 0 <= self.accuracy <= 1 and not math.isnan(self.accuracy):
            raise ValueError(f"the variant {self.name} has an accuracy of {self.accuracy}, not 0 to 1")


@dataclass(frozen=True, kw_only=True)
class StoredFacts:
    """What a session.json says that its summary depends on; ``ended`` is None when the recording was cut off."""

    reference: str
    threads: int
    variants: tuple[StoredVariant, ...]
    provider: str | None = None
    ended: Any = None
    detect_every: int = 1

    def __post_init__(self) -> None:
        if self.detect_every < 1:
            raise ValueError(f"detect_every is {self.detect_every}")


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


Kind = TypeVar("Kind", bound=StoredFacts)


def read_facts(path: Path, kind: type[Kind]) -> Kind:
    """A session.json as ``kind``. OSError, and ValueError for one that was edited, damaged or made by a newer app."""
    raw = parsed(path.read_text(encoding="utf-8"))
    if isinstance(raw, dict) and isinstance(raw.get("schema"), int) and raw["schema"] > SESSION_SCHEMA:
        raise ValueError("it was made by a newer fer_live")
    facts: Kind = built(kind, raw)
    return facts


def summarise_session(folder: Path, out: Path | None = None) -> Path:
    """Write the summary.csv of a session that was killed, from its frames.csv; FolderError when it has none.

    It is written to ``out`` instead where that is given. CPU and memory were not kept, so these cells stay empty; hence
    FolderError too where a session that came to its end has a summary, which holds more, or may.
    """
    try:
        session = read_facts(folder / "session.json", StoredFacts)
        if out is None and session.ended:
            _keep(folder / "summary.csv")
        tally = read_frames(
            folder / "frames.csv",
            reference=session.reference,
            detect_every=session.detect_every,
            threads=session.threads,
            provider=session.provider or CPU,
        )
        facts = _known_of(tally, session.variants)
    except (OSError, ValueError, csv.Error) as error:
        why = str(error)
        if isinstance(error, OSError) and error.filename:  # a read that fails names no file
            why = f"{Path(error.filename).name}: {error.strerror}"
        raise FolderError(f"{folder} is not a session that can be summed up ({why})") from error
    path = out or folder / "summary.csv"
    try:
        write_summary(path, tally.summaries(), facts)
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {reason(error)}") from error
    return path


def _keep(summary: Path) -> None:
    """FolderError where there is one to lose: with more than the line of its columns."""
    if has_summary(summary):
        told = f"{summary.parent} came to its end and has its summary.csv, which knows more; nothing was changed"
        raise FolderError(told)
    if summary.exists() and len(summary.read_bytes().splitlines()) > 1:  # as a spreadsheet saved it
        raise FolderError(f"{summary} cannot be read and may know more; move it away, and it is made anew")


def _known_of(tally: SessionTally, variants: Sequence[StoredVariant]) -> dict[Choice, VariantFacts]:
    """Size and accuracy of what ran; ValueError for a variant that session.json does not list."""
    known = {variant.name: variant for variant in variants}
    if unknown := [choice.variant for choice in tally.choices if choice.variant not in known]:
        raise ValueError(f"frames.csv has rows of {unknown[0][:40]!r}, which session.json does not list")
    facts = {}
    for choice in tally.choices:
        variant = known[choice.variant]
        accuracy = None if math.isnan(variant.accuracy) else variant.accuracy
        facts[choice] = VariantFacts(variant.bytes, accuracy)
    return facts


def _stored(variant: Variant) -> dict[str, Any]:
    return {field: getattr(variant, field) for field in _STORED}
