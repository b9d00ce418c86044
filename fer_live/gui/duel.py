"""A duel: ``fer-live bench`` in a thread of its own, looked at by the window's timer. Knows no widget."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fer_live.gui.jobs import Job
from fer_live.latest import Latest
from fer_live.manifest import Manifest
from fer_live.source import Source

if TYPE_CHECKING:
    from fer_live.bench_report import BenchReport
    from fer_live.engine import Conditions
    from fer_live.frame import Frame
    from fer_live.standing import Standing

ROUNDS: Final = 3
FRAMES: Final = 300  # of a clip, in each round; and at least so many in all rounds together
MOST_ROUNDS: Final = 60


@dataclass(frozen=True)
class Plan:
    """What to duel on. The ``reference`` is one of the ``variants``; the ``held`` frames replace a live source."""

    source: Source
    variants: tuple[str, ...]
    reference: str
    manifest: Manifest
    csv: Path
    conditions: "Conditions"
    held: "tuple[Frame, ...]" = ()


class DuelStopped(Exception):
    """It was cancelled before anything was measured."""


class Duel:
    """Runs at once. Main thread: look at ``standing`` and ``done``, then take the ``outcome``."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.first = 0  # frames that are used of a longer clip; 0: all
        self._standings: Latest[Standing] = Latest()
        self._seen = 0
        self._cancelled = threading.Event()
        self._job = Job(self._measure, "duel")

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not."""
        return self._job.done

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to end early."""
        return self._cancelled.is_set()

    def standing(self) -> "Standing | None":
        """How it stands, if that is news."""
        if (newest := self._standings.get(self._seen)) is None:
            return None
        self._seen, standing = newest
        return standing

    def cancel(self) -> None:
        """End it after the present short run; what was measured is kept."""
        self._cancelled.set()

    def outcome(self) -> "BenchReport":
        """What came out. Only once ``done``. DuelStopped, or whatever ``run_bench`` raises."""
        return self._job.outcome()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when it did not come in time."""
        return self._job.join(timeout_s)

    def _measure(self) -> "BenchReport":
        from fer_live.bench import BenchOptions, BenchStopped, run_bench
        from fer_live.standing import Standings

        plan, conditions = self.plan, self.plan.conditions
        length = len(plan.held) or _length(plan.source)
        self.first = FRAMES if length > FRAMES else 0
        options = BenchOptions(
            source=plan.source,
            variants=plan.variants,
            csv=plan.csv,
            threads=(conditions.threads,),
            rounds=_rounds(length),
            frames=FRAMES,
            full_range=conditions.full_range,
            detect_every=conditions.detect_every,
        )
        manifest = replace(plan.manifest, reference=plan.reference)
        told = Standings(self._standings.put)
        try:
            return run_bench(options, manifest, told, held=plan.held, stop=self._cancelled.is_set)
        except BenchStopped:
            raise DuelStopped from None


def _length(clip: Source) -> int:
    """How many frames a clip says it has; 0 when it does not say."""
    from contextlib import closing

    from fer_live.camera import open_camera

    with closing(open_camera(clip, live=False)) as camera:
        return int(getattr(camera, "frames", 0))


def _rounds(frames: int) -> int:
    """So many that few frames are measured often enough."""
    return ROUNDS if not frames else min(max(ROUNDS, -(-FRAMES // frames)), MOST_ROUNDS)
