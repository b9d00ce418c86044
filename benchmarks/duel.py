"""Duels whose outcome is known: a variant against itself, and against a copy slowed by 10 %.

    python benchmarks/duel.py [--variant NAME] [--source CLIP] [--frames N] [--rounds 3] [--duels 20]

The copy is loaded on its own, as another variant would be; the slowed one works on until its classification has taken
10 % longer. Goal: "no difference shown" against itself in at least 19 of 20 duels, and the slowed copy found in all.
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

    none_shown, found = [0, 0], [0, 0]
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
        for place, (mine, other) in enumerate(
            ((same.speedup, slowed.speedup), (same.classify_speedup, slowed.classify_speedup))
        ):
            none_shown[place] += mine is not None and not mine.differs
            found[place] += other is not None and other.high < 1
        print(f"{number}: {same.told(sweep=False)}; {slowed.told(sweep=False)}")
        print(f"   classification: {same.classify_told(sweep=False)}; {slowed.classify_told(sweep=False)}")
        drift = report.drift.slowdown.estimate if report.drift.slowdown else float("nan")
        print(f"   {report.runs} runs, drift {drift:.2f}, others {report.others_percent:.0f} %", flush=True)
    for place, stage in enumerate(("detection and classification", "classification")):
        print(f"{stage}: no difference to itself in {none_shown[place]} of {options.duels} duels, ", end="")
        print(f"the slowed one found in {found[place]}")


if __name__ == "__main__":
    main()
