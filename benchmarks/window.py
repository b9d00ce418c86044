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
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fer_live.gui.window import Window

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

STARTED = "FER_LIVE_BENCH_STARTED"  # when the measured process was started: perf_counter is one clock for all processes
PATIENCE = 6  # on a loaded machine the first labelled frame may take that many times 6 s
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


def measure(
    source: str, variant: str | None, compare: tuple[str, ...], seconds: float, charts: bool
) -> dict[str, float]:
    """Open the window on ``source`` and watch it for ``seconds``, with all charts on view or none."""
    started = float(os.environ[STARTED])
    from fer_live.gui import app as gui
    from fer_live.manifest import load_manifest

    app = gui.make_application()
    window = gui.make_window(gui.GuiOptions(source=source, variant=variant, compare=compare), load_manifest())
    window.settings.repeat = True
    window.resize(*((1920, 1080) if charts else (1280, 720)))
    if charts:
        window.commands.charts()
        window.dock.want(())
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
    for _ in range(PATIENCE):
        run_for(6)
        if "first_label_s" in seen and len(window.dock.panes) == charts * len(window.dock.shown):
            break
    fills, chart_paints = watch_charts(window) if charts else ([], [])
    if "first_label_s" not in seen:
        raise SystemExit(f"no labelled frame within {6 * PATIENCE} s: {window.live.phase} {window.live.sentence}")
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
    if charts:
        filled, painted = summarise(fills), summarise(chart_paints)
        seen |= {
            "charts_on_view": len(window.dock.shown),
            "chart_fills_per_s": filled.n / spent,
            "chart_fill_ms_p50": filled.p50,
            "chart_fill_ms_p99": filled.p99,
            "chart_paint_ms_p50": painted.p50,
            "chart_paint_ms_p99": painted.p99,
        }
    window.close()
    return seen


def watch_charts(window: "Window") -> tuple[list[float], list[float]]:
    """The milliseconds of filling a chart and of painting it, from now on; nothing else about them changes."""
    fills: list[float] = []
    paints: list[float] = []

    def timed(act: Callable[..., None], into: list[float]) -> Callable[..., None]:
        def run(*given: object) -> None:
            before = time.perf_counter()
            act(*given)
            into.append((time.perf_counter() - before) * 1000)

        return run

    for pane in window.dock.panes.values():
        pane.refresh = timed(pane.refresh, fills)
        pane.plot.widget.paintEvent = timed(pane.plot.widget.paintEvent, paints)
    return fills, paints


def main() -> int:
    """Parse, measure with throw-away settings, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--variant")
    parser.add_argument("--compare", default="", help="names with commas between them")
    parser.add_argument("--charts", action="store_true", help="with all charts on view, at 1920 x 1080")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if STARTED not in os.environ:
        fresh = os.environ | {STARTED: str(time.perf_counter())}
        return subprocess.run([sys.executable, "-m", "benchmarks.window", *sys.argv[1:]], env=fresh).returncode
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["FER_LIVE_CONFIG"] = scratch
        compare = tuple(filter(None, options.compare.split(",")))
        figures = measure(options.source, options.variant, compare, options.seconds, options.charts)
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
