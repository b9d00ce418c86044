"""What Pipeline costs over a bare loop of the very same calls, and how many frames a second each variant reaches.

    python benchmarks/pipeline.py [CLIP] [--variant NAME] [--rounds 5] [--threads 1]

The clip is decoded beforehand. Every frame goes through the bare loop (mediapipe find, crop, preprocess, ONNX Runtime,
softmax) and through the Pipeline, taking turns in who goes first; the first round warms up and is not counted.
Goal: the pipeline at most 15 % slower than the bare loop, at least 200 frames/s with the smallest variant.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import onnxruntime
from mediapipe.tasks.python import BaseOptions, vision
from mediapipe.tasks.python.vision.core.image import Image, ImageFormat

from fer_live.camera import ClipCamera, frames_of
from fer_live.classifier import OnnxClassifier
from fer_live.cropping import crop_face
from fer_live.faces import SHORT_RANGE, FaceFinder
from fer_live.frame import Box, Face, Frame
from fer_live.manifest import Variant, load_manifest, shipped
from fer_live.pipeline import Pipeline
from fer_live.stats import summarise
from fer_live.tracking import FaceTracker

Stages = dict[str, list[float]]
CLIP = Path(__file__).resolve().parents[2] / "shared" / "clips" / "again.mkv"


def bare_loop(variant: Variant, threads: int) -> Callable[[list[Frame]], Stages]:
    """The same detector, crop and network, called one after the other with nothing around them."""
    options = vision.FaceDetectorOptions(
        base_options=BaseOptions(model_asset_buffer=(shipped("assets") / SHORT_RANGE).read_bytes()),
        running_mode=vision.RunningMode.VIDEO,
    )
    detector = vision.FaceDetector.create_from_options(options)
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads, session_options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(variant.path, session_options, providers=["CPUExecutionProvider"])
    spec, clock_ms = variant.input, 0

    def run(frames: list[Frame]) -> Stages:
        nonlocal clock_ms
        stages: Stages = {"find": [], "crop": [], "network": [], "total": []}
        for frame in frames:
            start_s = time.perf_counter()
            clock_ms += 33
            image = Image(image_format=ImageFormat.SRGB, data=frame.rgb)
            found = detector.detect_for_video(image, clock_ms).detections
            found_s = time.perf_counter()
            height, width = frame.rgb.shape[:2]
            crops = []
            for detection in found:
                box, eyes = detection.bounding_box, [(p.x * width, p.y * height) for p in detection.keypoints[:2]]
                face = Face(Box(box.origin_x, box.origin_y, box.width, box.height), 1.0, (eyes[0], eyes[1]))
                crops.append(crop_face(frame.rgb, face, spec))
            cropped_s = time.perf_counter()
            if crops:
                batch = (np.stack(crops)[:, None].astype(np.float32) / 255 - spec.mean) / spec.std
                outputs = session.run(None, {"input": batch.astype(np.float32)})
                for logits in outputs:
                    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
                    powers / powers.sum(axis=1, keepdims=True)
            end_s = time.perf_counter()
            for stage, spent in zip(stages, (found_s - start_s, cropped_s - found_s, end_s - cropped_s), strict=False):
                stages[stage].append(spent * 1000)
            stages["total"].append((end_s - start_s) * 1000)
        return stages

    return run


def pipeline_loop(variant: Variant, threads: int, finder: FaceFinder) -> Callable[[list[Frame]], Stages]:
    """What the app and the benchmark command run."""
    classifier = OnnxClassifier(variant, threads)
    classifier.warm_up()
    pipeline = Pipeline(finder, FaceTracker())

    def run(frames: list[Frame]) -> Stages:
        stages: Stages = {"detect": [], "classify": [], "total": []}
        for frame in frames:
            start_s = time.perf_counter()
            result = pipeline.process(frame, [classifier])
            stages["total"].append((time.perf_counter() - start_s) * 1000)
            stages["detect"].append(result.detect_ms)
            stages["classify"].append(result.runs[0].classify_ms)
        return stages

    return run


def decoded(clip: Path) -> list[Frame]:
    """All frames of the clip."""
    with closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        return list(frames_of(camera))


def main() -> None:
    """Print a table per variant."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", nargs="?", type=Path, default=CLIP)
    parser.add_argument("--variant", action="append", help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    manifest, frames = load_manifest(), decoded(options.clip)
    print(f"{options.clip.name}: {len(frames)} frames, {options.rounds} rounds after one of warm-up; medians in ms")
    with FaceFinder() as finder:
        for name in options.variant or manifest.names:
            variant = manifest.variant(name)
            loops = [bare_loop(variant, options.threads), pipeline_loop(variant, options.threads, finder)]
            totals: list[Stages] = [{}, {}]
            for number in range(options.rounds + 1):
                for frame in frames:
                    for place in (0, 1) if (frame.index + number) % 2 else (1, 0):
                        for stage, spent in loops[place]([frame]).items():
                            totals[place].setdefault(stage, []).extend(spent if number else [])
            bare, whole = ({stage: summarise(spent) for stage, spent in total.items()} for total in totals)
            for title, stages in (("bare loop", bare), ("pipeline", whole)):
                cells = "  ".join(f"{stage} {figures.p50:.3f}" for stage, figures in stages.items())
                rate, mean = 1000 / stages["total"].p50, 1000 / stages["total"].mean
                print(f"{name:12} {title:9}  {cells}  = {rate:.0f} frames/s (by the mean {mean:.0f})")
            print(f"{name:12} overhead {100 * (whole['total'].p50 / bare['total'].p50 - 1):+.1f} %")


if __name__ == "__main__":
    main()
