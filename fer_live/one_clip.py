"""One recorded clip, every frame, into its table: from where that ends, in the clip's own time."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from fer_live.camera import CameraError, ClipCamera, EndOfClip
from fer_live.classifier import OnnxClassifier
from fer_live.clip_table import ClipFacts, ClipTable, Known, known, ours_to_write
from fer_live.faces import FaceFinder
from fer_live.growing import FolderError, reason
from fer_live.manifest import Manifest
from fer_live.pipeline import Pipeline
from fer_live.runtime import CPU
from fer_live.tracking import FaceTracker

TELL_S: Final = 0.2  # how often progress is told

Tell = Callable[[int], None]


@dataclass(frozen=True)
class AnalyzeOptions:
    """What to analyse into ``folder``. ``threads`` per network; ``processes`` None is one per core."""

    clips: tuple[Path, ...]
    variants: tuple[str, ...]
    folder: Path
    threads: int = 1
    full_range: bool = False
    processes: int | None = None
    provider: str = CPU


@dataclass(frozen=True)
class ClipResult:
    """One clip's table. ``frames`` are all in it, ``before`` those that were there; ``finished``: to the clip's end.

    ``missing`` more should have been in the clip: it is damaged or cut off. ``seconds`` is the whole, ``at_work_s`` of
    it since the first frame was asked for: before, detector and networks are loaded.
    """

    clip: Path
    table: Path
    frames: int
    before: int
    without_face: int
    finished: bool
    seconds: float
    missing: int = 0
    at_work_s: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        new = self.frames - self.before
        return {
            **{"clip": str(self.clip), "csv": str(self.table), "frames": self.frames, "frames_before": self.before},
            **{"frames_without_face": self.without_face, "finished": self.finished, "frames_missing": self.missing},
            **{"seconds": round(self.seconds, 3), "fps": round(new / self.at_work_s, 2) if new else None},
        }


def frames_left(clip: Path, options: AnalyzeOptions, manifest: Manifest) -> int:
    """About how many frames of ``clip`` are still to be seen. Opens clip and table, so that faults show first."""
    with closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        of = camera.frames
    there = _known(clip, options, _facts(clip, options, manifest))
    return 0 if there.finished else max(of - there.frames, 0)


def analyze_clip(
    clip: Path, options: AnalyzeOptions, manifest: Manifest, tell: Tell, stopped: Callable[[], bool] = lambda: False
) -> ClipResult:
    """One clip, from where its table ends; ``tell(new frames)`` a few times a second. ``stopped`` ends it early."""
    started_s = time.perf_counter()
    facts = _facts(clip, options, manifest)
    there = _known(clip, options, facts)
    if there.finished:
        return _untouched(clip, options, there, started_s)
    with ours_to_write(options.folder, clip.name):
        there = _known(clip, options, facts)  # again: another process may have gone on meanwhile
        if there.finished:
            return _untouched(clip, options, there, started_s)
        table, missing = ClipTable(options.folder, clip.name, facts, there), None
        try:
            missing, at_work_s = _fill(table, clip, options, manifest, tell, stopped)
        finally:
            table.close(missing is not None, missing or 0)
    seen = (table.frames, there.frames, table.without_face, table.finished)
    return ClipResult(clip, table.path, *seen, time.perf_counter() - started_s, missing or 0, at_work_s)


def _untouched(clip: Path, options: AnalyzeOptions, there: Known, started_s: float) -> ClipResult:
    """What is done is not even opened: it stays as it is, with the machine that did it."""
    path, spent_s = options.folder / f"{clip.name}.csv", time.perf_counter() - started_s
    return ClipResult(clip, path, there.frames, there.frames, there.without_face, True, spent_s, there.missing)


def _fill(
    table: ClipTable,
    clip: Path,
    options: AnalyzeOptions,
    manifest: Manifest,
    tell: Tell,
    stopped: Callable[[], bool],
) -> tuple[int | None, float]:
    """(frames missing at the clip's end, None when ``stopped`` before it; seconds since the first was asked for)."""
    load = partial(OnnxClassifier, threads=options.threads, provider=options.provider)
    classifiers = [load(manifest.variant(name)) for name in options.variants]
    before, told_s, at_s = table.frames, 0.0, table.at_s
    with FaceFinder(options.full_range) as finder, closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        pipeline = Pipeline(finder, FaceTracker(table.last_track))
        camera.skip(table.frames)
        begun_s = time.perf_counter()
        while not stopped():
            try:
                frame = camera.read()
            except EndOfClip:
                tell(table.frames - before)
                return camera.missing(), time.perf_counter() - begun_s
            told_at_s = camera.position_s()
            # some files' times stand still or jump back
            at_s = told_at_s if told_at_s > at_s else at_s + 1 / camera.fps
            table.write(pipeline.process(replace(frame, captured_at=at_s), classifiers))
            if time.perf_counter() - told_s >= TELL_S:
                told_s = time.perf_counter()
                tell(table.frames - before)
        return None, time.perf_counter() - begun_s


def _known(clip: Path, options: AnalyzeOptions, facts: ClipFacts) -> Known:
    try:
        return known(options.folder, clip.name, facts)
    except OSError as error:
        told = f"cannot read what is in {options.folder}: {reason(error)}"
        raise FolderError(f"{told}; choose another folder") from error


def _facts(clip: Path, options: AnalyzeOptions, manifest: Manifest) -> ClipFacts:
    try:
        about = clip.stat()
    except OSError as error:
        raise CameraError("missing", f"No such clip: {clip}. Check the path.") from error
    variants = tuple(manifest.variant(name) for name in options.variants)
    made_of = str(clip.resolve()), about.st_size, about.st_mtime_ns
    return ClipFacts(*made_of, options.full_range, variants, options.provider)
