"""How a benchmark stands while it runs: how far it has come, and the verdicts so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fer_live.bench_report import Verdict
from fer_live.measured import Step
from fer_live.table import counted

EVERY_S: Final = 0.4
SHARE: Final = 25  # a standing takes no more than one part in so many of the time


@dataclass(frozen=True)
class Standing:
    """What a Step comes to. ``left_s`` is about how long it will go on; None when that cannot be told."""

    round: int
    rounds: int
    frames: int
    expected: int
    runs: int
    left_s: float | None
    verdicts: tuple[Verdict, ...]

    def line(self) -> str:
        """One line for a terminal, the most telling first: where it is, and the speed-ups with their intervals."""
        of = f" of {self.rounds}" if self.rounds > 1 else ""
        left = "" if self.left_s is None else f", {self.left_s:.0f} s left"
        known = [verdict.pair for verdict in self.verdicts if verdict.pair.brief]
        if not known:
            return f"round {self.round}{of}, {counted(self.frames, 'frame')}{left}"
        sweep = len({pair.choice.threads for pair in known}) > 1
        said = ", ".join(f"{pair.choice if sweep else pair.choice.variant} {pair.brief}" for pair in known)
        return f"round {self.round}{of}{left}; {said}, against {known[0].against.variant}"


class Standings:
    """Turns the steps of a benchmark into standings, given to ``tell`` a few times a second, in the same thread.

    Verdicts are made between short runs, where nothing is timed; the more they cost, the more rarely.
    """

    def __init__(self, tell: Callable[[Standing], None]) -> None:
        self._tell = tell
        self._begun: tuple[float, int] | None = None
        self._due_s = 0.0

    def __call__(self, step: Step) -> None:
        """Take a step."""
        now_s = time.perf_counter()
        self._begun = self._begun or (now_s, step.frames)
        if now_s < self._due_s:
            return
        self._tell(
            Standing(
                step.round,
                step.rounds,
                step.frames,
                step.expected,
                step.measured.runs,
                self._left(now_s, step),
                step.measured.verdicts(),
            )
        )
        done_s = time.perf_counter()
        self._due_s = done_s + max(EVERY_S, SHARE * (done_s - now_s))

    def _left(self, now_s: float, step: Step) -> float | None:
        began_s, frames = self._begun or (now_s, step.frames)
        done = step.frames - frames
        return (now_s - began_s) / done * (step.expected - step.frames) if done and step.expected else None
