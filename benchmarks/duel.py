"""Duels whose outcome is known: a variant against itself, and against a copy slowed by 10 %.

    python benchmarks/duel.py [--variant NAME] [--source CLIP] [--frames N] [--rounds 3] [--duels 20]

The copy is loaded on its own, as another variant would be; the slowed one works on until it has taken 10 % longer.
Goal: "no difference shown" against itself in at least 19 of 20 duels, and the slowed copy found in all of them.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fer_live.bench import BenchOptions, run_bench
from fer_live.classifier import OnnxClassifier
from fer_live.frame import Face, VariantRun
from fer_live.manifest import Variant, load_manifest, shipped
from fer_live.source import parse_source

SLOWED = 1.1


class SlowedClassifier(OnnxClassifier):
    """The same answers, 10 % later."""

    def classify(self, rgb: NDArray[np.uint8], faces: Sequence[Face]) -> VariantRun:
        """Classify, then keep the processor busy for a tenth of that time."""
        start = time.perf_counter()
        run = super().classify(rgb, faces)
        until = start + SLOWED * run.classify_ms / 1000
        while time.perf_counter() < until:
            pass
        return replace(run, classify_ms=(time.perf_counter() - start) * 1000)


def main() -> None:
    """Print a line per duel and the count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default=str(shipped("assets") / "demo.mp4"))
    parser.add_argument("--variant", help="default: the one that runs first")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--duels", type=int, default=20)
    options = parser.parse_args()
    shipping = load_manifest()
    plain = shipping.variant(options.variant or shipping.default)
    twins = (plain, replace(plain, name="itself"), replace(plain, name="slowed"))
    manifest = replace(shipping, variants=twins, reference=plain.name, default=plain.name)

    def load(variant: Variant, threads: int) -> OnnxClassifier:
        return (SlowedClassifier if variant.name == "slowed" else OnnxClassifier)(variant, threads)

    none_shown = found = 0
    for number in range(1, options.duels + 1):
        with tempfile.TemporaryDirectory() as folder:
            wanted = BenchOptions(
                parse_source(options.source),
                manifest.names,
                Path(folder),
                rounds=options.rounds,
                frames=options.frames,
            )
            report = run_bench(wanted, manifest, load=load)
        same, slowed = report.pairs[0], report.pairs[1]
        none_shown += same.speedup is not None and not same.speedup.differs
        found += slowed.speedup is not None and slowed.speedup.high < 1
        medians = [row.summary.classify.p50 for row in report.variants if row.summary]
        print(f"{number}: {same.told(sweep=False)}; {slowed.told(sweep=False)}", flush=True)
        share = (medians[0] * SLOWED + report.detect.p50) / (medians[0] + report.detect.p50)
        told = report.drift.slowdown.estimate if report.drift.slowdown else float("nan")
        print(f"   expected {share:.3f}x; {report.runs} runs, drift {told:.2f}, others {report.others_percent:.0f} %")
    print(f"no difference to itself in {none_shown} of {options.duels}; slowed found in {found} of {options.duels}")


if __name__ == "__main__":
    main()
