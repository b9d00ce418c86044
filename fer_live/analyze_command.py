"""``fer-live analyze``: clips in, tables out; with progress, and a video on request."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fer_live.demo import named_source
from fer_live.growing import in_the_way, reason
from fer_live.interrupts import INTERRUPTED, noted
from fer_live.manifest import Manifest
from fer_live.table import counted
from fer_live.terminal import Progress, as_json, say, tell, told_missing

if TYPE_CHECKING:
    from fer_live.analyze import ClipResult

BAR: int = 24  # characters


class UsageError(Exception):
    """Options that do not go together. One line."""


def analyze(options: argparse.Namespace, manifest: Manifest, variants: tuple[str, ...]) -> int:
    """Run it; 130 when Ctrl+C ended it early. Raises UsageError and what ``run_analyze`` raises."""
    clips = _clips(options)
    if options.video:
        _check_video(options.video, clips)
    with noted() as stopped:  # around the imports too: loading the libraries bears no interruption
        results = _results(options, manifest, variants, clips, stopped)
    finished = len(results) == len(clips) and all(result.finished for result in results)
    if options.video and finished:
        from fer_live.annotate import draw_clip

        with Progress() as progress:
            draw_clip(clips[0], results[0].table, options.video, _Shown(progress, "drawn"))
    if options.json:
        video = str(options.video) if options.video and finished else None
        say(as_json({"finished": finished, "clips": [result.to_dict() for result in results], "video": video}))
    else:
        for result in results:
            say(_told(result))
        if options.video and finished:
            say(f"Video: {options.video}")
    if not finished:
        tell("fer-live: stopped early; the same command goes on from there")
    return 0 if finished else INTERRUPTED


def _results(
    options: argparse.Namespace,
    manifest: Manifest,
    variants: tuple[str, ...],
    clips: tuple[Path, ...],
    stopped: Callable[[], bool],
) -> "tuple[ClipResult, ...]":
    from fer_live.analyze import AnalyzeOptions, run_analyze

    wanted = AnalyzeOptions(
        clips,
        variants,
        options.csv,
        options.threads,
        options.full_range,
        options.processes,
        provider=options.provider,
    )
    with Progress() as progress:
        return run_analyze(wanted, manifest, _Shown(progress, "analyzed"), stopped)


def _clips(options: argparse.Namespace) -> tuple[Path, ...]:
    """The clips, each once; UsageError for two that would get the same table."""
    clips: dict[Path, Path] = {}
    for text in options.clips:
        source = named_source(text) if not os.path.isdir(text) else None  # no error where a path is too long
        if source is None or source.kind != "clip":
            raise UsageError(f"{text} is no clip; analyze reads video files")
        clips.setdefault(Path(source.value).resolve(), Path(source.value))
    names = [clip.name.casefold() for clip in clips.values()]
    for clip in clips.values():
        if names.count(clip.name.casefold()) > 1:
            raise UsageError(f"two clips are called {clip.name}; analyze them into different folders")
    return tuple(clips.values())


def _check_video(video: Path, clips: tuple[Path, ...]) -> None:
    if len(clips) > 1:
        raise UsageError("--video takes one clip")
    if video.suffix.lower() != ".mp4":
        raise UsageError(f"--video writes an .mp4, not {video.name}")
    from fer_live.video import speakable

    if not speakable(os.path.abspath(video)):
        raise UsageError(f"--video cannot write to {str(video)!a}, which is not UTF-8; choose another name")
    if os.path.isdir(video):
        raise UsageError(f"--video cannot write to {video}, which is a folder; name a file in it")
    if file := in_the_way(video.parent):  # else known only after the clip's hours
        raise UsageError(f"--video cannot write into {file}, which is no folder; choose another")
    if os.path.realpath(video) == os.path.realpath(clips[0]):
        raise UsageError("--video would write over the clip itself")
    try:
        _try_place(video)
    except OSError as error:
        raise UsageError(f"--video cannot write to {video}: {reason(error)}; choose another") from error


def _try_place(video: Path) -> None:
    """OSError where no file of this name can be written. Its folder is made; no other way tells whether it can be."""
    video.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fer_live-", dir=video.parent), suppress(FileNotFoundError):
        os.lstat(video)  # a name may be too long


def _told(result: "ClipResult") -> str:
    row = result.to_dict()
    fps = f", {row['fps']:.0f} frames/s" if row["fps"] else ", all of them known before"
    part = "" if row["finished"] else " so far"
    frames = counted(row["frames"], "frame")
    told = f"{row['csv']}: {frames}{part}, {row['frames_without_face']} without a face{fps}"
    return f"{told}\n{told_missing(result.clip.name, result.frames, result.missing)}" if result.missing else told


class _Shown:
    """A bar with the rate and the time left."""

    def __init__(self, progress: Progress, what: str) -> None:
        self._progress, self._what = progress, what
        self._first: tuple[float, int] | None = None

    def __call__(self, done: int, of: int) -> None:
        now_s = time.perf_counter()
        if self._first is None and done:
            self._first = now_s, done  # what came before was loading
        share = min(done / of, 1.0) if of else 0.0
        bar = "#" * round(share * BAR)
        text = f"[{bar:-<{BAR}}] {share:4.0%}  {done} of {of or '?'} frames {self._what}"
        if self._first and now_s > self._first[0] and done > self._first[1]:
            rate = (done - self._first[1]) / (now_s - self._first[0])
            left_s = round(max(of - done, 0) / rate)
            text += f", {rate:.0f}/s, {left_s // 60}:{left_s % 60:02d} left"
        self._progress.show(text)
