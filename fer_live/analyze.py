"""Recorded clips, every frame, as fast as the machine allows: a table per clip, one process per core for several.

Every frame stands in the table at its time in the clip, and faces are followed in the clip's time, so what is found
does not depend on how fast the machine is. The same call after a kill goes on where the tables end; only the numbers of
the faces in view start anew there (after the highest one given).
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from fer_live.camera import CameraError
from fer_live.classifier import OnnxClassifier
from fer_live.clip_table import TableError
from fer_live.interrupts import ours_alone
from fer_live.manifest import Manifest
from fer_live.one_clip import TELL_S, AnalyzeOptions, ClipResult, Tell, analyze_clip, frames_left


class AnalyzeError(Exception):
    """A clip cannot be analysed. One line."""


class ProcessLost(AnalyzeError):
    """A process that analysed a clip is gone, not by its own fault. One line."""


def run_analyze(
    options: AnalyzeOptions,
    manifest: Manifest,
    progress: Callable[[int, int], None] = lambda done, of: None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[ClipResult, ...]:
    """Analyse all clips; ``progress(new frames, new frames expected)`` is called a few times a second.

    ``stopped`` ends it early: what was seen is kept and the results say that they are not finished. Raises CameraError,
    ClassifierError, ManifestError, TableError (before anything is done, but of a table that another process writes),
    RecordError and AnalyzeError.
    """
    expected = sum(frames_left(clip, options, manifest) for clip in options.clips)
    for name in options.variants:
        OnnxClassifier(manifest.variant(name), provider=options.provider)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = min(options.processes or cores, len(options.clips))
    if processes > 1:
        try:
            return _in_processes(options, manifest, processes, lambda done: progress(done, expected), stopped)
        except BrokenProcessPool:
            raise ProcessLost(
                "a process ended in the midst of a clip, perhaps for want of memory; the same command "
                "goes on from there, and needs less with --processes 1"
            ) from None
    results: list[ClipResult] = []
    for clip in options.clips:
        earlier = sum(result.frames - result.before for result in results)
        results.append(analyze_clip(clip, options, manifest, _after(earlier, expected, progress), stopped))
        if not results[-1].finished:
            break
    return tuple(results)


def _after(earlier: int, expected: int, progress: Callable[[int, int], None]) -> Tell:
    return lambda done: progress(earlier + done, expected)


def _in_processes(
    options: AnalyzeOptions,
    manifest: Manifest,
    processes: int,
    progress: Callable[[int], None],
    stopped: Callable[[], bool],
) -> tuple[ClipResult, ...]:
    """Each clip in a process of its own, ``processes`` at a time; spawned, since mediapipe survives no fork."""
    spawn = multiprocessing.get_context("spawn")
    counts: Any = spawn.Array("q", len(options.clips))
    stop = spawn.Event()
    with ProcessPoolExecutor(processes, spawn, _prepare, (counts, stop)) as pool:
        try:
            with ours_alone():  # array and event have started multiprocessing's own process already
                futures = [pool.submit(_work, place, options, manifest) for place in range(len(options.clips))]
            _watch(futures, lambda: progress(sum(counts)), stopped)
            stop.set()
            begun = [future for future in futures if not future.cancel()]
            _watch(begun, lambda: None)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        return tuple(result for future in begun if (result := future.result()) is not None)


def _watch(
    futures: "Sequence[Future[ClipResult | None]]",
    tell: Callable[[], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Until all are done, or ``stopped``, or the first fault, which is raised."""
    waiting = set(futures)
    while waiting and not stopped():
        done, waiting = wait(waiting, TELL_S, FIRST_COMPLETED)
        for future in done:
            future.result()
        tell()


_shared: tuple[Any, Any]


def _prepare(counts: Any, stop: Any) -> None:
    """In a worker: Ctrl+C is the parent's to handle, or each worker would end with a traceback."""
    import signal

    global _shared
    _shared = counts, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed tells nobody: left alone, a worker would hold its table's lock and never end."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)  # as a kill of its own, which a table survives


def _work(place: int, options: AnalyzeOptions, manifest: Manifest) -> ClipResult | None:
    """None when it was too late to begin."""
    counts, stop = _shared
    if stop.is_set():
        return None

    def tell(done: int) -> None:
        counts[place] = done

    try:
        return analyze_clip(options.clips[place], options, manifest, tell, stop.is_set)
    except CameraError as error:  # cannot be sent to another process
        raise AnalyzeError(str(error)) from None


__all__ = ["AnalyzeError", "AnalyzeOptions", "ClipResult", "TableError", "analyze_clip", "run_analyze"]
