"""Every variant over the same frames, in short interleaved rounds: a fair comparison on this machine. Needs no display.

A clip is read once per round and cut into short runs of frames. In each run the faces are found once and shared; then
every variant classifies all frames of the run, and the order of the variants rotates from run to run. So load from
other programs, heat and frequency changes meet all variants alike, and none has to work in caches that another one
has just filled. What is discarded: some first frames, and the first classification of each variant in each run.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Final

import numpy as np

from fer_live.bench_report import BenchReport, VariantReport
from fer_live.camera import Camera, EndOfClip, Source, open_camera
from fer_live.classifier import OnnxClassifier
from fer_live.faces import FaceFinder
from fer_live.following import follow
from fer_live.frame import Frame, FrameResult, VariantRun
from fer_live.manifest import Manifest
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, RowRates, SessionFacts
from fer_live.stats import summarise
from fer_live.summary import SessionTally, agrees, comparable
from fer_live.tracking import FaceTracker

CAMERA_FRAMES: Final = 300  # from a webcam or stream, which has no end
RUN_FRAMES: Final = 30
RUN_BYTES: Final = 64 * 2**20  # big frames come in shorter runs, to keep memory small
WARM_UP_FRAMES: Final = 10
WARM_UP_RUNS: Final = 10

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BenchOptions:
    """What to measure. ``frames`` per round: None is the whole clip, or 300 of a camera. ``csv``: parent folder.

    ``detect_every`` above 1 follows faces between detections (``following``).
    """

    source: Source
    variants: tuple[str, ...]
    csv: Path
    threads: int = 1
    rounds: int = 3
    frames: int | None = None
    full_range: bool = False
    detect_every: int = 1


def run_bench(
    options: BenchOptions, manifest: Manifest, progress: Progress = lambda round_, frames: None
) -> BenchReport:
    """Measure, record a session and sum it up; ``progress(round from 1, frames so far)`` is called after each run.

    Raises CameraError, ClassifierError, ManifestError and RecordError. Ctrl+C ends it early and keeps what was
    measured, if anything was. A camera gives other frames each time, so it is measured in one round.
    """
    classifiers = [OnnxClassifier(manifest.variant(name), options.threads) for name in options.variants]
    facts = SessionFacts(
        options.source.title,
        manifest,
        options.variants,
        options.threads,
        WARM_UP_FRAMES,
        "bench",
        classifiers[0].provider,
        options.detect_every,
    )
    with FaceFinder(options.full_range) as finder:
        rounds = _rounds(options, finder, classifiers)
        first = next(rounds)  # opens the source and warms up, so that a bad source leaves no folder behind
        measured = _Measured(Recorder(options.csv, facts), manifest.reference, options.detect_every)
        try:
            rounds_all = chain([first], rounds)
            begun, interrupted = _measure(rounds_all, measured, finder, options.detect_every, classifiers, progress)
        finally:
            rounds.close()
            measured.close()
    return measured.report(options, manifest, begun, interrupted)


def _measure(
    rounds: Iterable[Iterator[list[Frame]]],
    measured: "_Measured",
    finder: FaceFinder,
    detect_every: int,
    classifiers: Sequence[OnnxClassifier],
    progress: Progress,
) -> tuple[int, bool]:
    """(rounds begun, whether Ctrl+C ended them)."""
    begun = turn = 0
    try:
        for runs in rounds:
            begun += 1
            pipeline = Pipeline(follow(finder, detect_every), FaceTracker())
            for run in runs:
                first = turn % len(classifiers)
                measured.run(run, pipeline, [*classifiers[first:], *classifiers[:first]])
                turn += 1
                progress(begun, measured.frames)
    except KeyboardInterrupt:
        if not measured.frames:
            raise
        return begun, True
    return begun, False


def _rounds(
    options: BenchOptions, finder: FaceFinder, classifiers: Sequence[OnnxClassifier]
) -> Generator[Iterator[list[Frame]], None, None]:
    """The frames of each round in short runs, after a warm-up on the source's first frames."""
    with closing(open_camera(options.source, live=False)) as camera:
        for run in _runs(camera, WARM_UP_FRAMES):
            for frame in run:
                finder.find(frame.rgb)
        for classifier in classifiers:
            classifier.warm_up(WARM_UP_RUNS)
        if options.source.kind != "clip":
            yield _runs(camera, options.frames or CAMERA_FRAMES)
            return
    for _ in range(options.rounds):
        with closing(open_camera(options.source, live=False)) as camera:
            yield _runs(camera, options.frames)


def _runs(camera: Camera, frames: int | None) -> Iterator[list[Frame]]:
    """The camera's first ``frames`` frames, a few at a time."""

    def read() -> Iterator[Frame]:
        while True:
            try:
                yield camera.read()
            except EndOfClip:
                return

    limited = islice(read(), frames)
    length = max(4, min(RUN_FRAMES, RUN_BYTES // (camera.width * camera.height * 3)))
    while run := list(islice(limited, length)):
        yield run


class _Measured:
    """What has been measured so far: written to the session's folder and kept for the report."""

    def __init__(self, recorder: Recorder, reference: str, detect_every: int) -> None:
        self.frames = self.without_face = 0
        self._recorder, self._reference = recorder, reference
        self._tally = SessionTally(reference, detect_every)
        self._detect_ms: list[float] = []
        self._detect_cost = _Cost()
        self._costs: dict[str, _Cost] = {}
        self._faces = 0
        self._changes: dict[str, float] = {}

    def run(self, frames: Sequence[Frame], pipeline: Pipeline, classifiers: Sequence[OnnxClassifier]) -> None:
        """Measure one run of frames: detection once, then every classifier in the given order."""
        with self._detect_cost:
            found = [pipeline.process(frame, ()) for frame in frames]
        runs: list[list[VariantRun]] = [[] for _ in found]
        for classifier in classifiers:
            first = next((result for result in found if result.faces), found[0])
            classifier.classify(first.frame.rgb, first.faces)
            with self._costs.setdefault(classifier.variant.name, _Cost()):
                for result, row in zip(found, runs, strict=True):
                    row.append(classifier.classify(result.frame.rgb, result.faces))
        for result, row in zip(found, runs, strict=True):
            self._keep(replace(result, runs=tuple(row)))

    def close(self) -> None:
        """Write the summary."""
        self._recorder.close({name: (cost + self._detect_cost).cpu_percent for name, cost in self._costs.items()})

    def report(self, options: BenchOptions, manifest: Manifest, rounds: int, interrupted: bool) -> BenchReport:
        """Everything measured, in the manifest's order of variants."""
        summaries = {row.variant: row for row in self._tally.summaries()}
        rows = []
        for name in options.variants:
            cpu_percent = (self._costs.get(name, _Cost()) + self._detect_cost).cpu_percent
            change = self._changes.get(name)
            rows.append(VariantReport(manifest.variant(name), summaries.get(name), self._faces, change, cpu_percent))
        return BenchReport(
            source=options.source.title,
            threads=options.threads,
            detect_every=options.detect_every,
            rounds=rounds,
            warm_up=WARM_UP_FRAMES,
            frames=self.frames,
            without_face=self.without_face,
            detect=summarise(self._detect_ms),
            variants=tuple(rows),
            folder=self._recorder.folder,
            interrupted=interrupted,
        )

    def _keep(self, result: FrameResult) -> None:
        self.frames += 1
        self.without_face += not result.faces
        self._faces += len(result.faces)
        self._detect_ms.append(result.detect_ms)
        self._recorder.write(result, RowRates(None, None, 0))
        reference = next((run for run in result.runs if run.variant == self._reference), None)
        for run in result.runs:
            if reference is not None and run.predictions:
                change = max(_change(mine, theirs) for mine, theirs in _pairs(run, reference))
                self._changes[run.variant] = max(change, self._changes.get(run.variant, 0.0))
            times = result.process_ms(run), run.classify_ms
            verdict = agrees(run, reference), comparable(run, reference)
            self._tally.add(run.variant, *times, len(result.faces), *verdict)


class _Cost:
    """Processor and wall time of the blocks run ``with`` it."""

    def __init__(self, wall_s: float = 0.0, cpu_s: float = 0.0) -> None:
        self._wall_s, self._cpu_s = wall_s, cpu_s

    def __enter__(self) -> None:
        self._wall_s -= time.perf_counter()
        self._cpu_s -= time.process_time()

    def __exit__(self, *fault: object) -> None:
        self._wall_s += time.perf_counter()
        self._cpu_s += time.process_time()

    def __add__(self, other: "_Cost") -> "_Cost":
        return _Cost(self._wall_s + other._wall_s, self._cpu_s + other._cpu_s)

    @property
    def cpu_percent(self) -> float:
        return 100 * self._cpu_s / self._wall_s if self._wall_s > 0 else 0.0


def _pairs(run: VariantRun, reference: VariantRun) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    for mine, theirs in zip(run.predictions, reference.predictions, strict=True):
        yield dict(zip(mine.labels, mine.scores, strict=True)), dict(zip(theirs.labels, theirs.scores, strict=True))


def _change(mine: dict[str, float], theirs: dict[str, float]) -> float:
    return float(np.max([abs(mine[label] - theirs[label]) for label in mine.keys() & theirs.keys()], initial=0.0))
