"""The rows of a frames.csv as columns of numbers, a set per variant."""

import csv
import math
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fer_live.runtime import provider_title
from fer_live.stats import measurement

Column = NDArray[np.float64]
_TEXTS: Final = ("wall_time", "frame", "variant", "label")
_NUMBERS: Final = ("faces", "detect_ms", "classify_ms", "process_ms")
_RATES: Final = ("capture_fps", "processed_fps", "latency_ms", "dropped")  # of a frame, not of a run; may be empty


_RAN_WITH: Final = ("threads", "provider")  # columns that older recordings do not have


class ReportError(Exception):
    """What was given is no session that a page can be made of; the message is one line and says why."""


@dataclass(frozen=True)
class Runs:
    """One variant's runs in the order in which they were made, a column each.

    ``at_s`` counts from the session's first frame; ``frame`` is a number that all runs of one frame share (unlike the
    recorded one, which starts again with each source and round); ``label`` is "" where there was no face.
    """

    at_s: Column
    frame: NDArray[np.int64]
    faces: NDArray[np.int64]
    detect_ms: Column
    classify_ms: Column
    process_ms: Column
    label: NDArray[np.str_]

    @cached_property
    def with_face(self) -> NDArray[np.bool_]:
        """Which runs had a face to classify; only they count as measurements."""
        return self.faces > 0

    @cached_property
    def measured_ms(self) -> Column:
        """``process_ms`` of the frames with a face."""
        return self.process_ms[self.with_face]


@dataclass(frozen=True)
class Recorded:
    """A whole frames.csv; ``runs`` by ``choice_key``.

    ``rates``: medians of the columns that belong to frames, and how many frames were dropped; a rate that was not
    recorded (a benchmark has no camera) is missing.
    """

    runs: dict[str, Runs]
    frames: int
    frames_without_face: int
    duration_s: float
    rates: dict[str, float]


def choice_key(variant: str, ran_with: str) -> str:
    """The name of what ran: the variant, and "@2" or "@2 CUDA" behind it where a session ran with several things."""
    return f"{variant}@{ran_with}" if ran_with else variant


def split_key(key: str) -> tuple[str, str]:
    """(variant, what it ran with or "") of a key."""
    variant, _, ran_with = key.rpartition("@")
    return (variant, ran_with) if variant and ran_with.partition(" ")[0].isdecimal() else (key, "")


def keys(ran: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """The ``choice_key`` of each (variant, threads, provider) of a session."""
    chosen = list(ran)
    threads, providers = ({row[column] for row in chosen} for column in (1, 2))
    found = {}
    for variant, count, provider in chosen:
        title = f"{count} {provider_title(provider)}" if len(providers) > 1 else count
        found[variant, count, provider] = choice_key(variant, title if len(threads) > 1 or len(providers) > 1 else "")
    return found


def read_runs(path: Path) -> Recorded:
    """Read a frames.csv, also one cut off in the middle of its last row. ReportError naming the line that is broken."""
    found: dict[tuple[str, str, str], _Read] = {}
    labels: dict[str, int] = {"": 0}
    frames, without_face, rates_of = 0, 0, array("d")
    last, seen = ("", ""), set[tuple[str, str, str]]()
    start_s: float | None = None
    for (wall, frame, variant, label), ran_with, measured, rates in _rows(path):
        choice = (variant, *ran_with)
        if (wall, frame) != last or choice in seen:
            last, moment = (wall, frame), _moment(wall)
            start_s = moment if start_s is None else start_s
            at_s = moment - start_s
            seen.clear()
            frames += 1
            rates_of.extend(rates)
            without_face += not measured[0]
        seen.add(choice)
        said = labels.setdefault(label, len(labels)) if measured[0] else 0
        found.setdefault(choice, _Read()).add(at_s, frames, said, measured)
    if not frames:
        raise ReportError(f"{path.parent} holds no frames: nothing was recorded")
    words = np.array(list(labels))
    runs = {key: found[choice].runs(words) for choice, key in keys(found).items()}
    duration_s = max(float(one.at_s[-1]) for one in runs.values())
    return Recorded(runs, frames, without_face, duration_s, _rates(_table(rates_of, len(_RATES))))


class _Read:
    """A variant's rows while they are read. Eight bytes a figure: hours of a recording are millions of them."""

    def __init__(self) -> None:
        self._at_s, self._frame, self._said, self._numbers = array("d"), array("q"), array("q"), array("d")

    def add(self, at_s: float, frame: int, said: int, measured: tuple[float, ...]) -> None:
        self._at_s.append(at_s)
        self._frame.append(frame)
        self._said.append(said)
        self._numbers.extend(measured)

    def runs(self, words: NDArray[np.str_]) -> Runs:
        """``words`` are the labels by their numbers."""
        faces, detect, classify, process = _table(self._numbers, len(_NUMBERS)).T
        return Runs(
            at_s=np.maximum.accumulate(np.frombuffer(self._at_s)),  # a wall clock may be set back
            frame=np.frombuffer(self._frame, np.int64),
            faces=faces.astype(np.int64),
            detect_ms=detect,
            classify_ms=classify,
            process_ms=process,
            label=words[np.frombuffer(self._said, np.int64)],
        )


def _table(figures: "array[float]", columns: int) -> Column:
    return np.frombuffer(figures).reshape(-1, columns)


def _rows(path: Path) -> Iterator[tuple[tuple[str, ...], tuple[str, str], tuple[float, ...], tuple[float, ...]]]:
    """(texts, what it ran with, numbers, rates) of each row."""
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(text for text in file if text.endswith("\n"))
            head = next(rows, [])
            places = _places(head)
            ran_at = [head.index(name) if name in head else None for name in _RAN_WITH]
            for row in rows:
                line = rows.line_num
                _moment(row[places[0]])
                measured = tuple(measurement(row[place]) for place in places[4:8])
                rates = tuple(measurement(row[place]) if row[place] else math.nan for place in places[8:])
                threads, provider = ("" if place is None else row[place] for place in ran_at)
                yield tuple(row[place] for place in places[:4]), (threads, provider), measured, rates
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ReportError(f"{path} cannot be read, line {line}: {reason}") from error
    except IndexError as error:
        raise ReportError(f"{path} cannot be read, line {line}: it has too few cells") from error


def _places(head: list[str]) -> list[int]:
    wanted = (*_TEXTS, *_NUMBERS, *_RATES)
    missing = [name for name in wanted if name not in head]
    if missing:
        raise ValueError(f"it has no column {missing[0]}")
    return [head.index(name) for name in wanted]


@lru_cache(maxsize=1)  # rows of the same frame stand together
def _moment(text: str) -> float:
    """Seconds of a wall clock; ValueError, also for a year before which the system cannot count."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{text[:40]!r} is no time of a recording") from None


def _rates(frames: Column) -> dict[str, float]:
    columns = zip(_RATES, frames.T, strict=True)
    known = {name: column[np.isfinite(column)] for name, column in columns}
    found = {name: float(np.median(column)) for name, column in known.items() if column.size}
    if "dropped" in found:
        found["dropped"] = float(np.clip(np.diff(known["dropped"]), 0, None).sum())  # a new source counts from 0
    return found
