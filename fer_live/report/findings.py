"""What a session says: its headline, how often variants agree, and what to be careful about."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fer_live.comparison import told
from fer_live.report import figures
from fer_live.report.runs import Column, Runs
from fer_live.report.session import FASTER, Session
from fer_live.stats import stretches
from fer_live.table import counted, listed

FEW_FRAMES: Final = 100  # fewer say little about a 99th percentile
DRIFT: Final = 0.10  # change of the median between the first and the last quarter that is told
DRIFT_FRAMES: Final = 25  # in each quarter, to tell
WIDE: Final = 3.0  # p95 / p50 from which times vary more than a quiet machine's


@dataclass(frozen=True)
class Agreement:
    """How often two variants gave the main face the same label, on the ``n`` frames that can be compared."""

    n: int
    share: float | None


def measured(session: Session) -> list[str]:
    """Variants with at least one frame with a face, in the order of the summary."""
    return [name for name, row in session.summary.items() if int(row["n"])]


def agreement(session: Session, one: str, other: str) -> Agreement:
    """Compare two variants on the frames that both processed, except where one's label is none of the other's.

    That is what summary.csv counts (``summary.comparable``), between any two.
    """
    labels, others = _beside(session, one, other)
    known, known_others = session.variant(one).labels, session.variant(other).labels
    if known and known_others:  # older recordings do not tell; all their variants had the same labels
        both = np.isin(labels, known_others) & np.isin(others, known)
        labels, others = labels[both], others[both]
    return Agreement(labels.size, float((labels == others).mean()) if labels.size else None)


def _beside(session: Session, one: str, other: str) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """What each said of the main face, on the frames on which both ran and there was one."""
    mine, theirs = session.runs[one], session.runs[other]
    _, at, beside = np.intersect1d(mine.frame, theirs.frame, assume_unique=True, return_indices=True)
    labels, others = mine.label[at], theirs.label[beside]
    both = (labels != "") & (others != "")
    return labels[both], others[both]


def fastest(session: Session) -> str | None:
    """The variant with the smallest median; None when nothing was measured."""
    names = measured(session)
    return min(names, key=lambda name: session.figure(name, "p50_ms") or 0.0) if names else None


def headline(sessions: Sequence[Session]) -> str:
    """The one sentence to remember."""
    if len(sessions) == 1:
        return _headline_of_one(sessions[0])
    best, against = ({of(session) for session in sessions} for of in (fastest, lambda one: one.facts.reference))
    name = next(iter(best))
    factors = [speedup(session, name) if name else None for session in sessions]
    if len(best) > 1 or len(against) > 1 or name is None or not all(session.faster(name) for session in sessions):
        return f"{len(sessions)} sessions side by side"
    reference = sessions[0].variant(sessions[0].reference(name)).title
    first, *others = zip(map(figures.times, factors), places(sessions), strict=True)
    parts = [
        f"{first[0]} times as fast as {reference} on {first[1]}",
        *(f"{f} times on {where}" for f, where in others),
    ]
    return f"{sessions[0].variant(name).title} is {listed(parts)}."


def speedup(session: Session, name: str) -> float | None:
    """How many times as fast as the reference: in short runs where that is known, else the ratio of the medians."""
    interval = session.interval(name)
    return interval.estimate if interval else session.figure(name, "speedup")


def verdicts(session: Session) -> list[tuple[str, list[str]]]:
    """What the benchmark said at its end, in its own words: (what of, sentences); empty for other recordings."""
    found, said = session.facts.found, []
    pairs = _dicts(found.get("verdicts"))
    for title, key, word in (
        ("Detect and classify", "speedup", "told"),
        ("Classify alone", "classify_speedup", "classify_told"),
    ):
        if told_of := [str(pair[word]) for pair in pairs if pair.get(key) and word in pair]:
            said.append((title, told_of))
    steady = [str(one["told"]) for one in _dicts([found.get("drift")]) if one.get("told") and not one.get("matters")]
    return [*said, ("The machine", steady)] if steady else said


def _disturbed(session: Session) -> list[str]:
    """What the benchmark said against itself."""
    found = session.facts.found
    told = [one["told"] for one in _dicts([found.get("drift")]) if one.get("told") and one.get("matters")]
    told += [one["told"] for one in _dicts([found.get("load")]) if one.get("told")]
    return [f"{one[:1].upper()}{one[1:]}." for one in map(str, told)]


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def places(sessions: Sequence[Session]) -> list[str]:
    """A short name for each session: its processor where that tells them apart, else a letter."""
    names = [session.cpu for session in sessions]
    letters = [letter(place) for place in range(len(sessions))]
    return names if len(set(names)) == len(names) else letters


def letter(place: int) -> str:
    """A, B, ... Z, then numbers."""
    return chr(ord("A") + place) if place < 26 else str(place + 1)


def cautions(session: Session) -> list[str]:
    """What a reader should know before believing the figures; empty when nothing is suspicious."""
    found = []
    if session.recovered or session.facts.ended is None:  # ``summarise`` writes a summary that fits
        why = "was cut off" if session.facts.ended is None else "has no summary that fits it"
        found.append(
            f"The recording {why}: its figures were worked out again from the frames that were written, and processor "
            "time and memory are not known."
        )
    if session.faces_fault:
        found.append(f"There is no timeline per face: {session.faces_fault}.")
    names = measured(session)
    counts = {name: session.runs[name].measured_ms.size for name in names}
    few = [f"{session.variant(name).title} {n}" for name, n in counts.items() if n < FEW_FRAMES]
    if few:
        found.append(f"Few frames with a face ({', '.join(few)}): the upper percentiles say little.")
    found += _disturbed(session)
    return [*found, *_apart(session, names), *_drifts(session, names), *_wide(session, names), *_crowds(session)]


def _headline_of_one(session: Session) -> str:
    name = fastest(session)
    if name is None:
        frames = session.recorded.frames
        return f"No face was found in {counted(frames, 'frame')}, so nothing was classified."
    reference = session.reference(name)
    title, p50 = session.variant(name).title, session.figure(name, "p50_ms")
    factor, share = session.figure(name, "speedup"), session.figure(name, "agreement")
    if name == reference or factor is None:
        fps = session.figure(name, "capacity_fps")
        capacity = figures.rate(fps)
        if session.facts.detect_every > 1 and fps:
            p50 = 1000 / fps  # the median frame had no detection
        rivals = "" if len(measured(session)) == 1 else ", the fastest here"
        return f"{title} takes {figures.ms(p50)} ms per frame{rivals}: {capacity} frames per second without a camera."
    against = session.variant(reference).title
    which = " that can be compared" if session.figure(name, "not_compared") else ""
    same = "" if share is None else f", with the same label on {figures.percent(share)} of the frames{which}"
    interval = session.interval(name)
    if interval is not None:
        return f"{told(title, against, interval)} on {session.cpu}{same}."
    low, high = session.figure(name, "speedup_low"), session.figure(name, "speedup_high")
    if low is not None and high is not None and low <= 1 <= high:
        return f"No difference in speed is shown between {title} and {against} on {session.cpu}."
    spread = (
        "" if low is None or high is None else f" (95\u00a0% interval {figures.times(low)} to {figures.times(high)})"
    )
    speed = f"{figures.times(factor)} times{spread} as fast as" if factor >= FASTER else "about as fast as"
    return f"{title} is {speed} {against} on {session.cpu}{same}."


def _apart(session: Session, names: list[str]) -> list[str]:
    if not any(session.reference(name) in names for name in names):
        return ["The reference was not measured, so there is no speed-up or agreement with it."] if names else []
    beside = {name: session.reference(name) for name in names if session.reference(name) in names}
    shared = {name: _beside(session, name, reference)[0].size for name, reference in beside.items()}
    apart = [session.variant(name).title for name in shared if shared[name] < 0.9 * session.runs[name].measured_ms.size]
    if not apart:
        return []
    return [f"{listed(apart)} ran on other frames than the reference, so their speed-up compares different pictures."]


def _drifts(session: Session, names: list[str]) -> list[str]:
    if _dicts([session.facts.found.get("drift")]):
        return []  # the benchmark compared the same frames, and its verdict stands on the page
    found = []
    for name in names:
        ends = _ends(session.runs[name])
        if ends is None:
            continue
        first, last = ends
        change = float(np.median(last) / max(float(np.median(first)), 1e-6)) - 1
        if abs(change) >= DRIFT:
            word = "slower" if change > 0 else "faster"
            found.append(f"{session.variant(name).title} {abs(change) * 100:.0f}\u00a0% {word}")
    if not found:
        return []
    return [
        f"The speed drifted between the first and the last quarter ({', '.join(found)}), on frames with as "
        "many faces: heat, a saving mode, or other programs."
    ]


def _ends(runs: Runs) -> tuple[Column, Column] | None:
    """The times in the first and last quarter, of frames with the same number of faces; None when there are few."""
    faces, times = runs.faces[runs.with_face], runs.measured_ms
    quarter = times.size // 4
    parts = [(faces[:quarter], times[:quarter]), (faces[times.size - quarter :], times[times.size - quarter :])]
    numbers, counts = np.unique(faces, return_counts=True)
    for usual in numbers[np.argsort(-counts, kind="stable")]:
        first, last = (spent[seen == usual] for seen, spent in parts)
        if min(first.size, last.size) >= DRIFT_FRAMES:
            return first, last
    return None


def _wide(session: Session, names: list[str]) -> list[str]:
    # A frame on which faces were detected takes longer than one on which they were followed, which is no disturbance.
    times = {name: stretches(session.runs[name].measured_ms, session.facts.detect_every) for name in names}
    wide = [session.variant(name).title for name in names if _spread(times[name]) >= WIDE]
    if not wide:
        return []
    return [
        f"Times vary widely for {listed(wide)} (95th percentile at least {WIDE:.0f} times the median): the machine "
        "was probably busy with something else."
    ]


def _crowds(session: Session) -> list[str]:
    faces = np.concatenate([runs.faces[runs.with_face] for runs in session.runs.values()])
    if not faces.size or float((faces > 1).mean()) < 0.05:
        return []
    mean = float(faces.mean())
    return [f"There were {mean:.1f} faces per frame on average; a frame's time covers all of them."]


def _spread(times: Column) -> float:
    middle, high = np.percentile(times, (50, 95))
    return float(high / middle) if middle > 0 else 0.0
