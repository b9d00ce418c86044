"""What measuring costs: the benchmark's own bookkeeping over a bare loop of the same calls, in processor time.

    python benchmarks/measuring.py [CLIP] [--variants A,B] [--rounds 3]

Every short run of frames goes through the bare loop (find; then each variant, its first answer discarded) and through
the benchmark (the same, with clocks, tallies and CSV rows), taking turns in who goes first; the statistics and the
session's files at the end count too. Decoding counts for neither. Processor time, because other programs do not add to
it.
Goal: under 2 % with the smallest variant.
"""

import argparse
import tempfile
import time
from pathlib import Path

from fer_live.camera import ClipCamera, EndOfClip
from fer_live.classifier import OnnxClassifier
from fer_live.faces import FaceFinder
from fer_live.frame import Frame
from fer_live.manifest import load_manifest, shipped
from fer_live.measured import Measured
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, SessionFacts
from fer_live.tracking import FaceTracker

RUN = 10


def bare(frames: list[Frame], pipeline: Pipeline, classifiers: list[OnnxClassifier]) -> None:
    """What must be done to have something to measure."""
    found = [pipeline.process(frame, ()) for frame in frames]
    for classifier in classifiers:
        for result in [found[0], *found]:
            classifier.classify(result.frame.rgb, result.faces)


def decoded(clip: Path) -> list[list[Frame]]:
    """All frames of the clip in short runs."""
    camera, frames = ClipCamera(str(clip), live=False, loop=False), []
    try:
        while True:
            frames.append(camera.read())
    except EndOfClip:
        camera.close()
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
    spent = {"bare": 0.0, "measured": 0.0}
    with FaceFinder() as finder, tempfile.TemporaryDirectory() as folder:
        measured = Measured(Recorder(Path(folder), facts), facts, [classifier.choice for classifier in classifiers])
        pipelines = {name: Pipeline(finder, FaceTracker()) for name in spent}
        bare(runs[0], pipelines["bare"], classifiers)
        for number in range(options.rounds * len(runs)):
            frames, round_ = runs[number % len(runs)], 1 + number // len(runs)
            for name in list(spent) if number % 2 else reversed(list(spent)):
                start_s = time.process_time()
                if name == "bare":
                    bare(frames, pipelines[name], classifiers)
                else:
                    measured.run(frames, pipelines[name], classifiers, round_)
                spent[name] += time.process_time() - start_s
        start_s = time.process_time()
        measured.close()
        measured.report(options.rounds, False).table()
        end_s = time.process_time() - start_s
    print(f"{options.clip.name}, {', '.join(names)}: {measured.frames} frames in {options.rounds} rounds")
    share, whole = (100 * (part / spent["bare"] - 1) for part in (spent["measured"], spent["measured"] + end_s))
    print(f"bare loop {spent['bare']:.3f} s, measured {spent['measured']:.3f} s ({share:+.2f} %)")
    print(f"and the end (statistics, files) {end_s:.3f} s: {whole:+.2f} % together")


if __name__ == "__main__":
    main()
