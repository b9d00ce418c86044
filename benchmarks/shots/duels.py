"""A duel while it runs, cancelled, refused and at its end."""

from collections.abc import Callable

from benchmarks.shots.shooter import SIZES, Shooter, wait, wait_live, wait_until
from fer_live.gui.duel_words import Said
from fer_live.gui.window import Window
from fer_live.source import Source


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """Four variants on the clip, then two that are cancelled, then a clip without anybody."""
    window.commands.got_it()
    wait_live(window)
    window.commands.set_compare(compare=True)
    wait_live(window, 4)
    window.commands.duel()
    _wait(window, lambda said: any(line.interval for line in said.lines))
    shot.looks("20-duel-running", sizes=tuple(SIZES))
    _wait(window, lambda said: False)
    wait(1)
    shot.looks("21-duel-ended", sizes=tuple(SIZES))
    window.commands.back()
    window.commands.duel()
    _wait(window, lambda said: bool(said.lines))
    window.commands.by_name("record", "R")()
    wait(0.3)
    shot("21-duel-busy")
    window.commands.back()
    _wait(window, lambda said: False)
    wait(0.5)
    shot.looks("21-duel-cancelled")
    window.commands.back()
    window.commands.watch(empty)
    wait_until(lambda: window.live.phase == "live")
    window.commands.duel()
    _wait(window, lambda said: False)
    wait(0.5)
    shot.looks("21-duel-nobody")
    window.commands.back()


def _wait(window: Window, so: Callable[[Said], bool]) -> None:
    """Until ``so`` of what the panel says, or the duel is over."""
    wait_until(lambda: not window.duels.running or so(window.duels.panel.said or Said("", "")), 300)
