"""What measuring costs: the benchmark's own bookkeeping over a bare loop of the same calls, in processor time.

    python benchmarks/measuring.py [CLIP] [--variants A,B] [--rounds 3]

First the bare loop runs: find, then each variant, its first answer of each short run discarded. Then the benchmark's
own code runs over the very same results, handed to it at once instead of being computed again, so that what it takes
is clocks, tallies, comparison, CSV rows, statistics and files alone. Decoding counts for neither. Processor time,
because other programs hardly add to it.
Goal: under 2 % with the smallest variant.
"""

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from fer_live.bench_table import bench_table
from fer_live.camera import ClipCamera, frames_of
from fer_live.classifier import OnnxClassifier
from fer_live.faces import FaceFinder
from fer_live.frame import Choice, Frame, FrameResult, VariantRun
from fer_live.manifest import load_manifest, shipped
from fer_live.measured import Measured
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, SessionFacts
from fer_live.tracking import FaceTracker

RUN = 10


class Replay:
    """Stands for a pipeline and for a classifier: gives the results of the bare loop, in their order."""

    def __init__(self, results: list[Any], choice: Choice | None = None) -> None:
        self.choice, self._results, self._next = choice, results, 0

    def process(self, frame: Frame, classifiers: tuple[()]) -> FrameResult:
        """The frame's faces."""
        return self._take()

    def classify(self, rgb: object, faces: object) -> VariantRun:
        """What was said of the frame."""
        return self._take()

    def _take(self) -> Any:
        self._next += 1
        return self._results[self._next - 1]


def bare(frames: list[Frame], pipeline: Pipeline, classifiers: list[OnnxClassifier]) -> tuple[list[Any], ...]:
    """What must be done to have something to measure."""
    found = [pipeline.process(frame, ()) for frame in frames]
    said = [[one.classify(result.frame.rgb, result.faces) for result in [found[0], *found]] for one in classifiers]
    return (found, *said)


def decoded(clip: Path) -> list[list[Frame]]:
    """All frames of the clip in short runs."""
    with closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        frames = list(frames_of(camera))
    return [frames[first : first + RUN] for first in range(0, len(frames), RUN)]


def main() -> None:
    """Print the two times and the share."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", nargs="?", type=Path, default=shipped("assets") / "demo.mp4")
    parser.add_argument("--variants", help="default: the one that runs first")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    manifest, runs = load_manifest(), decoded(options.clip)
    names = tuple((options.variants or manifest.default).split(","))
    classifiers = [OnnxClassifier(manifest.variant(name)) for name in names]
    facts = SessionFacts(options.clip.name, manifest, names, 1, 0, "bench")
    with FaceFinder() as finder, tempfile.TemporaryDirectory() as folder:
        measured = Measured(Recorder(Path(folder), facts), facts, [classifier.choice for classifier in classifiers])
        pipeline = Pipeline(finder, FaceTracker())
        bare(runs[0], pipeline, classifiers)
        columns: list[list[Any]] = [[] for _ in range(1 + len(names))]
        start_s = time.process_time()
        for _ in range(options.rounds):
            for frames in runs:
                for column, part in zip(columns, bare(frames, pipeline, classifiers), strict=True):
                    column.extend(part)
        bare_s = time.process_time() - start_s
        found: Any = Replay(columns[0])
        said: Any = [Replay(part, one.choice) for part, one in zip(columns[1:], classifiers, strict=True)]
        start_s = time.process_time()
        for round_ in range(1, options.rounds + 1):
            for frames in runs:
                measured.run(frames, found, said, round_)
        during_s = time.process_time() - start_s
        measured.close()
        bench_table(measured.report(options.rounds, False))
        whole_s = time.process_time() - start_s
    print(f"{options.clip.name}, {', '.join(names)}: {measured.frames} frames in {options.rounds} rounds")
    print(f"bare loop {bare_s:.3f} s; measuring {during_s:.3f} s ({100 * during_s / bare_s:.2f} %)")
    print(f"with statistics and files at the end {whole_s:.3f} s ({100 * whole_s / bare_s:.2f} %)")


if __name__ == "__main__":
    main()
