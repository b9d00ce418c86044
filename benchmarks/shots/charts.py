"""The charts: one variant and four, light and dark, small, usual and large, with nothing to show."""

import time

from benchmarks.shots.shooter import SIZES, Shooter, wait, wait_live, wait_until
from fer_live.gui.window import Window
from fer_live.source import Source


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Walk through the charts."""
    commands = window.commands
    commands.got_it()
    commands.charts()
    wait(3)
    wait_live(window)
    window.resize(*SIZES["usual"])
    window.figures.minute = type(window.figures.minute)()
    wait(1.5)
    shot("27-charts-first-seconds-light")
    wait(16)
    shot("28-charts-single-light")
    commands.set_compare(compare=True)
    wait_live(window, 4)
    wait(24)
    for theme in ("light", "dark"):
        shot.dress(theme)
        for name, size in SIZES.items():
            window.resize(*size)
            wait(1)
            wait_drawn(window)
            shot(f"29-charts-compare-{name}-{theme}")
    window.resize(*SIZES["small"])
    for name in window.dock.chips:
        if name not in window.dock.shown:
            window.dock.toggle(name)
        wait_drawn(window)
        shot(f"30-charts-{name}-small-dark")
    commands.set_compare(compare=False)
    wait_live(window)
    window.resize(*SIZES["usual"])
    wait(8)
    shot("31-charts-single-dark")
    window.dock.want(["agreement", "tradeoff"])
    wait_drawn(window)
    shot("32-charts-nothing-to-compare-dark")


def wait_drawn(window: Window) -> None:
    """Until every chart on view was filled anew."""
    since, dock = time.perf_counter(), window.dock
    wait_until(lambda: all(name in dock.panes and dock.panes[name].drawn_at > since for name in dock.shown))
