"""The window measured offscreen on a clip: ``python -m benchmarks.window [--source CLIP] [--seconds 10] [--json]``.

Prints the seconds from the start of a fresh process to the shown window and to the first painted labelled frame, the
gap between GUI ticks, the time from capture to painted, the cost of one paint, and the memory held. Each figure comes
from the window as `fer-live` opens it; nothing is mocked. ``window_cpu_s`` is the processor time until it
shows, which other work on the machine cannot lengthen much.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

STARTED = "FER_LIVE_BENCH_STARTED"  # when the measured process was started: perf_counter is one clock for all processes
GOALS = {
    "window_s": 1.5,
    "first_label_s": 3.0,
    "tick_gap_ms_p99": 25.0,
    "latency_ms_p95": 60.0,
}


def run_for(seconds: float) -> None:
    """Let the window live; QApplication.quit would close it."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


def measure(source: str, variant: str | None, compare: tuple[str, ...], seconds: float) -> dict[str, float]:
    """Open the window on ``source`` and watch it for ``seconds``."""
    started = float(os.environ[STARTED])
    from fer_live.gui import app as gui
    from fer_live.manifest import load_manifest

    app = gui.make_application()
    window = gui.make_window(gui.GuiOptions(source=source, variant=variant, compare=compare), load_manifest())
    window.settings.repeat = True
    window.resize(1280, 720)
    window.show()
    app.processEvents()
    seen: dict[str, float] = {"window_s": time.perf_counter() - started, "window_cpu_s": time.process_time()}

    ticks: list[float] = []
    latency: list[float] = []
    paints: list[float] = []
    last = [None]
    stage = window.stage
    paint = stage.paint_tiles

    def timed_paint(painter: object) -> None:
        before = time.perf_counter()
        paint(painter)
        paints.append((time.perf_counter() - before) * 1000)

    def tick() -> None:
        ticks.append(time.perf_counter())
        if stage.painted is not None and stage.painted is not last[0]:
            last[0] = stage.painted
            latency.append((stage.painted_at - stage.painted.captured_at) * 1000)
            if "first_label_s" not in seen and stage.tiles and stage.tiles[0].marks:
                seen["first_label_s"] = stage.painted_at - started

    stage.paint_tiles = timed_paint
    window._picture_timer.timeout.connect(tick)
    run_for(6)
    if "first_label_s" not in seen:
        raise SystemExit(f"no labelled frame within 6 s: {window.live.phase} {window.live.sentence}")
    del ticks[:], latency[:], paints[:]
    cpu = time.process_time()
    begun = time.perf_counter()
    run_for(seconds)
    spent = time.perf_counter() - begun
    import psutil

    from fer_live.stats import summarise

    gaps = summarise((after - before) * 1000 for before, after in itertools.pairwise(ticks))
    late, drawn = summarise(latency), summarise(paints)
    seen |= {
        "tick_gap_ms_p50": gaps.p50,
        "tick_gap_ms_p99": gaps.p99,
        "latency_ms_p50": late.p50,
        "latency_ms_p95": late.p95,
        "paint_ms_p50": drawn.p50,
        "paint_ms_p95": drawn.p95,
        "painted_fps": late.n / spent,
        "cpu_percent_of_one_core": 100 * (time.process_time() - cpu) / spent,
        "rss_mb": psutil.Process().memory_info().rss / 2**20,
    }
    window.close()
    return seen


def main() -> int:
    """Parse, measure with throw-away settings, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--variant")
    parser.add_argument("--compare", default="", help="names with commas between them")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if STARTED not in os.environ:
        fresh = os.environ | {STARTED: str(time.perf_counter())}
        return subprocess.run([sys.executable, "-m", "benchmarks.window", *sys.argv[1:]], env=fresh).returncode
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["FER_LIVE_CONFIG"] = scratch
        compare = tuple(filter(None, options.compare.split(",")))
        figures = measure(options.source, options.variant, compare, options.seconds)
    if options.json:
        sys.stdout.write(json.dumps({name: round(value, 3) for name, value in figures.items()}) + "\n")
        return 0
    for name, value in figures.items():
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"   goal {goal:g}: {'met' if value <= goal else 'MISSED'}"
        sys.stdout.write(f"{name:26}{value:10.2f}{verdict}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
