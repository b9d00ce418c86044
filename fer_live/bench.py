"""Every variant over the same frames, in short interleaved rounds: a fair comparison on this machine. Needs no display.

A clip is read once per round and cut into short runs of frames. In each run the faces are found once and shared; then
every variant classifies all frames of the run, with each number of threads, and their order rotates from run to run.
So load from other programs, heat and frequency changes meet all variants alike, and none has to work in caches that
another one has just filled. What is discarded: some first frames, and the first classification of each variant in each
run.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Final

from fer_live.bench_report import BenchReport
from fer_live.camera import Camera, ClipCamera, Source, frames_of, open_camera
from fer_live.classifier import OnnxClassifier
from fer_live.comparison import MIN_RUNS
from fer_live.faces import FaceFinder
from fer_live.following import follow
from fer_live.frame import Frame
from fer_live.held import HeldCamera
from fer_live.manifest import Manifest, Variant
from fer_live.measured import Measured, Step
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, SessionFacts
from fer_live.runtime import CPU
from fer_live.tracking import FaceTracker

CAMERA_FRAMES: Final = 300  # from a webcam or stream, which has no end
RUN_FRAMES: Final = 10
MIN_RUN_FRAMES: Final = 4
RUNS: Final = 3 * MIN_RUNS  # aimed at when there are few frames: enough to tell the first third from the last
RUN_BYTES: Final = 64 * 2**20  # big frames come in shorter runs, to keep memory small
WARM_UP_FRAMES: Final = 10
WARM_UP_RUNS: Final = 10

Progress = Callable[[Step], None]


class BenchStopped(Exception):
    """It was asked to stop before anything was measured."""


@dataclass(frozen=True)
class BenchOptions:
    """What to measure: every variant with every number of threads; the first of them stands for the whole in files.

    ``frames`` per round: None is the whole clip, or 300 of a camera. ``csv``: parent folder.
    ``detect_every`` above 1 follows faces between detections (``following``).
    """

    source: Source
    variants: tuple[str, ...]
    csv: Path
    threads: tuple[int, ...] = (1,)
    rounds: int = 3
    frames: int | None = None
    full_range: bool = False
    detect_every: int = 1
    provider: str = CPU


def run_bench(
    options: BenchOptions,
    manifest: Manifest,
    progress: Progress = lambda step: None,
    load: Callable[[Variant, int], OnnxClassifier] | None = None,
    *,
    held: Sequence[Frame] = (),
    stop: Callable[[], bool] = lambda: False,
) -> BenchReport:
    """Measure, record a session and sum it up; ``progress`` is called after each run, outside what is timed.

    Raises CameraError, ClassifierError, FaceError, ManifestError and RecordError. ``stop``, asked after each run, ends
    it early and keeps what was measured; BenchStopped when nothing was. A camera gives other frames each time, so it is
    measured in one round, unless the frames to use are ``held`` already: ``source`` then names where they are from.
    """
    chosen = [(manifest.variant(name), threads) for threads in options.threads for name in options.variants]
    load = load or partial(OnnxClassifier, provider=options.provider)
    classifiers = [load(variant, threads) for variant, threads in chosen]
    facts = SessionFacts(
        source=options.source.title,
        manifest=manifest,
        variants=options.variants,
        threads=options.threads[0],
        warm_up=WARM_UP_FRAMES,
        mode="bench",
        provider=classifiers[0].provider,
        sweep=options.threads,
        detect_every=options.detect_every,
    )
    with (
        FaceFinder(options.full_range) as finder,
        closing(_rounds(options, held, finder, classifiers)) as rounds,  # and with them the source
    ):
        first = next(rounds)  # opens the source and warms up, so that a bad source leaves no folder behind
        if stop():
            raise BenchStopped
        choices = [classifier.choice for classifier in classifiers]
        measured = Measured(Recorder(options.csv, facts), facts, choices)
        try:
            every = options.detect_every
            rest = chain([first], rounds)
            begun, interrupted, whole, missing = _measure(
                rest, options.rounds, measured, finder, every, classifiers, progress, stop
            )
        finally:
            measured.close()
    return replace(measured.report(begun, interrupted), whole=whole, missing=missing)


def _measure(
    rounds: Iterable["_Round"],
    wanted: int,
    measured: Measured,
    finder: FaceFinder,
    detect_every: int,
    classifiers: Sequence[OnnxClassifier],
    progress: Progress,
    stop: Callable[[], bool],
) -> tuple[int, bool, int, int]:
    """(rounds begun, whether ``stop`` ended them, frames in each whole round, and in the clip those missing then)."""
    begun = turn = whole = missing = 0
    for told in rounds:
        each = whole or told.frames  # what was really there is known after a round
        begun += 1
        pipeline = Pipeline(follow(finder, detect_every), FaceTracker())
        for run in told.runs:
            first = turn % len(classifiers)
            measured.run(run, pipeline, [*classifiers[first:], *classifiers[:first]], begun)
            turn += 1
            of = wanted if told.again else 1
            progress(Step(begun, of, measured.frames, max(each * of, measured.frames if each else 0), measured))
            if stop():
                return begun, True, whole, missing
        whole, missing = measured.frames // begun, told.missing()
    return begun, False, whole, missing


@dataclass(frozen=True)
class _Round:
    """The frames of a round in short ``runs``, about how many they are (0: unknown), and whether more rounds follow.

    ``missing`` says, after the runs, how many should have been there.
    """

    runs: Iterator[list[Frame]]
    frames: int
    again: bool
    missing: Callable[[], int] = lambda: 0


def _rounds(
    options: BenchOptions, held: Sequence[Frame], finder: FaceFinder, classifiers: Sequence[OnnxClassifier]
) -> Generator[_Round, None, None]:
    """The rounds, after a warm-up on the source's first frames."""

    def opened() -> "closing[Camera]":
        title = options.source.title
        return closing(HeldCamera(title, held) if held else open_camera(options.source, live=False))

    with opened() as camera:
        for run in _runs(camera, WARM_UP_FRAMES):
            for frame in run:
                finder.find(frame.rgb)
        for classifier in classifiers:
            classifier.warm_up(WARM_UP_RUNS)
        if not held and options.source.kind != "clip":
            frames = options.frames or CAMERA_FRAMES
            yield _Round(_runs(camera, frames, stretch=options.detect_every), frames, again=False)
            return
        there = int(getattr(camera, "frames", 0))
    frames = min(there, options.frames or there)
    for _ in range(options.rounds):
        with opened() as camera:
            runs = _runs(camera, options.frames, options.rounds, options.detect_every, frames)
            missing = camera.missing if isinstance(camera, ClipCamera) else lambda: 0
            yield _Round(runs, frames, again=True, missing=missing)


def _runs(
    camera: Camera, frames: int | None, rounds: int = 1, stretch: int = 1, there: int = 0
) -> Iterator[list[Frame]]:
    """The camera's first ``frames`` frames, a few at a time: fewer when ``rounds`` of so many would make few runs.

    ``there`` is about how many of them there are (0: unknown, or all).
    Always a multiple of ``stretch``, so that each run has its share of the detections.
    """
    limited = islice(frames_of(camera), frames)
    expected = there or frames
    few = RUN_FRAMES if expected is None else expected * rounds // RUNS
    length = max(MIN_RUN_FRAMES, min(RUN_FRAMES, few, RUN_BYTES // (camera.width * camera.height * 3)))
    length = -(-length // stretch) * stretch
    while run := list(islice(limited, length)):
        yield run
