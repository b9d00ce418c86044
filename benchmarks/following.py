"""What following faces between detections saves, and what it does to the boxes and labels.

    python benchmarks/following.py [CLIP ...] [--every 10] [--rounds 5] [--variant NAME] [--live-s 5]

The clips are decoded beforehand. "iou": of each face with the nearest one that detecting every frame gives, over faces
that lie on each other at all; "older" is that of two detections of the same face one frame apart, which is how much the
detector itself wavers. "label": share of frames whose largest face gets the same label as if every frame were detected,
share of faces lying on each other that do, and the largest change of a probability in the mean. "frames/s": finding,
tracking, cropping and classifying, by the mean; the second figure leaves out what other programs took. "live":
processor time of this process while frames come 30 times a second, in percent of one core; "decode" is what decoding
would add.
Goal: 700 frames/s on again.mkv and under 5 % of a core, both with the smallest variant.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np

from fer_live.camera import ClipCamera, frames_of
from fer_live.classifier import OnnxClassifier
from fer_live.faces import FaceFinder
from fer_live.following import FollowingFinder, follow
from fer_live.frame import Box, Frame, FrameResult, Prediction
from fer_live.manifest import load_manifest
from fer_live.pipeline import Pipeline
from fer_live.stats import summarise
from fer_live.tracking import FaceTracker

CLIPS = Path(__file__).resolve().parents[2] / "shared" / "clips"
SAME = 0.3  # faces that overlap less are not the same
FPS = 30.0


def main() -> None:
    """Print a block per clip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "clips", nargs="*", type=Path, default=[CLIPS / f"{name}.mkv" for name in ("again", "book", "bird")]
    )
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--variant", help="default: the smallest")
    parser.add_argument("--live-s", type=float, default=5.0)
    options = parser.parse_args()
    manifest = load_manifest()
    smallest = min(manifest.variants, key=lambda variant: variant.bytes)
    classifier = OnnxClassifier(manifest.variant(options.variant) if options.variant else smallest)
    classifier.warm_up()
    print(f"variant {classifier.variant.name}; following: --detect-every {options.every}")
    with FaceFinder() as finder:
        for clip in options.clips:
            frames, decode_ms = decoded(clip)
            for frame in frames[:10]:
                finder.find(frame.rgb)
            print(f"\n{clip.name}: {len(frames)} frames")
            whole, followed = (run(finder, every, frames, classifier) for every in (1, options.every))
            print(compared(whole, followed))
            for every in (1, options.every):
                print(f"every {every:2}  {speed(finder, every, frames, classifier, options.rounds)}")
                live = f"{live_percent(finder, every, frames, classifier, options.live_s):.1f} % of a core live"
                print(f"          {live}, decode {decode_ms * FPS / 10:.1f} % more")


def decoded(clip: Path) -> tuple[list[Frame], float]:
    """All frames of the clip, and the processor time that decoding one took, in ms."""
    start_s = time.process_time()
    with closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        frames = list(frames_of(camera))
    return frames, (time.process_time() - start_s) * 1000 / len(frames)


def run(finder: FaceFinder, every: int, frames: Sequence[Frame], classifier: OnnxClassifier) -> list[FrameResult]:
    """Every frame once, by a pipeline that starts afresh."""
    pipeline = Pipeline(follow(finder, every), FaceTracker())
    return [pipeline.process(frame, [classifier]) for frame in frames]


def compared(whole: Sequence[FrameResult], followed: Sequence[FrameResult]) -> str:
    """How near the followed boxes and labels are to those of detecting every frame."""
    both = list(zip(whole, followed, strict=True))
    near = [pair for true, mine in both for pair in pairs(mine, true)]
    older = [pair[0] for before, after in pairwise(whole) for pair in pairs(after, before)]
    boxes = [pair[0] for pair in near]
    same = np.mean([mine.label == true.label for _, mine, true in near])
    change = np.mean([np.abs(np.subtract(mine.scores, true.scores)).max() for _, mine, true in near])
    largest = [(mine.runs[0].predictions[0], true.runs[0].predictions[0])
               for true, mine in both if true.faces and mine.faces]  # fmt: skip
    agree = np.mean([mine.label == true.label for mine, true in largest])
    fewer, more = (sum(np.sign(len(true.faces) - len(mine.faces)) == sign for true, mine in both) for sign in (1, -1))
    return (
        f"iou mean {np.mean(boxes):.3f} p5 {np.percentile(boxes, 5):.3f}"
        f" (older: {np.mean(older):.3f} p5 {np.percentile(older, 5):.3f})\n"
        f"label of the largest face {agree:.1%} of {len(largest)} frames; of the same face {same:.1%} of {len(near)}"
        f" ({len({true.label for *_, true in near})} different labels), scores change by {change:.3f}\n"
        f"fewer faces in {fewer} frames, more in {more}"
    )


def pairs(mine: FrameResult, true: FrameResult) -> Iterator[tuple[float, Prediction, Prediction]]:
    """Each face of ``mine`` that lies on one of ``true``: their overlap, and what was said of both."""
    for face, said in zip(mine.faces, mine.runs[0].predictions, strict=True):
        found = ((overlap(face.box, other.box), other_said)
                 for other, other_said in zip(true.faces, true.runs[0].predictions, strict=True))  # fmt: skip
        iou, other_said = max(found, key=lambda pair: pair[0], default=(0.0, said))
        if iou > SAME:
            yield iou, said, other_said


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    width, height = min(a.x + a.w, b.x + b.w) - max(a.x, b.x), min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a.w * a.h + b.w * b.h - shared)


def speed(finder: FaceFinder, every: int, frames: Sequence[Frame], classifier: OnnxClassifier, rounds: int) -> str:
    """Times of ``rounds`` passes."""
    detect, detections, spent_s, cpu_s = [], 0, 0.0, -time.process_time()
    for _ in range(rounds):
        finding = follow(finder, every)
        pipeline, start_s = Pipeline(finding, FaceTracker()), time.perf_counter()
        detect += [pipeline.process(frame, [classifier]).detect_ms for frame in frames]
        spent_s += time.perf_counter() - start_s
        detections += finding.detections if isinstance(finding, FollowingFinder) else len(frames)
    cpu_s += time.process_time()
    times, count = summarise(detect), rounds * len(frames)
    return (
        f"detect_ms mean {times.mean:.3f} p50 {times.p50:.3f} p95 {times.p95:.3f}, {detections / count:.0%} of frames"
        f" detected, {count / spent_s:.0f} frames/s ({count / cpu_s:.0f} in a second of processor time)"
    )


def live_percent(
    finder: FaceFinder, every: int, frames: Sequence[Frame], classifier: OnnxClassifier, seconds: float
) -> float:
    """Processor time while the frames come at 30 a second, the clip from its start again and again."""
    pipeline = Pipeline(follow(finder, every), FaceTracker())
    start_s, start_cpu_s = time.perf_counter(), time.process_time()
    for number in range(round(seconds * FPS)):
        time.sleep(max(start_s + number / FPS - time.perf_counter(), 0.0))
        pipeline.process(frames[number % len(frames)], [classifier])
    return 100 * (time.process_time() - start_cpu_s) / (time.perf_counter() - start_s)


if __name__ == "__main__":
    main()
