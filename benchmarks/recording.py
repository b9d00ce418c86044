"""What a recording costs a frame: processor time of ``Recorder.write``, with faces.csv and without.

    python benchmarks/recording.py [--faces 2] [--frames 3000]

Every variant runs on every frame, as when all are compared. Without: as a benchmark records, which has no faces.csv.
Goal: under 1 % of a frame's time at 30 frames/s (333 us), with two faces and four variants.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Literal

import numpy as np

from fer_live.frame import Box, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.manifest import Manifest, load_manifest
from fer_live.record import Recorder, RowRates, SessionFacts

RATES = RowRates(30.0, 29.5, 0)


def cost_us(manifest: Manifest, mode: Literal["live", "bench"], results: list[FrameResult]) -> float:
    """Microseconds of processor time per frame, files closed."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), SessionFacts("clip", manifest, manifest.names, 1, 0, mode))
        start_s = time.process_time()
        for result in results:
            recorder.write(result, RATES)
        spent_s = time.process_time() - start_s
        recorder.close()
    return 1e6 * spent_s / len(results)


def main() -> None:
    """Print both, the lowest of five each, taken in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=2)
    parser.add_argument("--frames", type=int, default=3000)
    options = parser.parse_args()
    manifest = load_manifest()
    faces = tuple(
        Face(Box(10.0 + place, 20, 90, 90), 0.9, ((30, 50), (70, 50)), place + 1) for place in range(options.faces)
    )
    shares = np.random.default_rng(0).dirichlet(np.ones(7)).tolist()
    runs = tuple(
        VariantRun(row.name, (Prediction(row.labels, tuple(shares[: len(row.labels)])),) * len(faces), 1.0)
        for row in manifest.variants
    )
    rgb, now_s = np.zeros((2, 2, 3), np.uint8), time.perf_counter()
    results = [
        FrameResult(Frame(index, now_s, rgb), faces, 2.0, runs, now_s + index / 30) for index in range(options.frames)
    ]
    costs = [(cost_us(manifest, "bench", results), cost_us(manifest, "live", results)) for _ in range(5)]
    without, with_faces = (min(column) for column in zip(*costs, strict=True))
    print(
        f"{len(runs)} variants, {len(faces)} faces: {without:.0f} us a frame without faces.csv, {with_faces:.0f} with"
    )
    print(
        f"{100 * with_faces / (1e6 / 30):.2f} % of a frame at 30 frames/s; faces.csv adds {with_faces - without:.0f} us"
    )


if __name__ == "__main__":
    main()
