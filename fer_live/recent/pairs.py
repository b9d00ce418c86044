"""How often two variants gave the largest face the same label on the same frames, second by second."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from fer_live.frame import VariantRun
from fer_live.summary import agrees, comparable


@dataclass(frozen=True)
class Agreement:
    """Of ``compared`` frames, ``same`` got the same label; on ``apart`` others a label was none that both know."""

    same: int = 0
    compared: int = 0
    apart: int = 0

    @property
    def share(self) -> float | None:
        """The share of the compared frames, or None without any."""
        return self.same / self.compared if self.compared else None


class PairCounts:
    """Counts of the last ``span_s`` seconds for every two variants that ran on the same frames. One thread."""

    def __init__(self, span_s: float) -> None:
        self._span_s = round(span_s)
        self._pairs: dict[tuple[str, str], deque[tuple[int, Agreement]]] = {}

    def add(self, at_s: float, runs: Sequence[VariantRun]) -> None:
        """Count one frame; ``agrees`` of a summary says what is the same, by the labels' names."""
        for one, other in combinations(runs, 2):
            same = agrees(one, other)
            if same is None and comparable(one, other) is None:
                continue
            seconds = self._pairs.setdefault(_pair(one.variant, other.variant), deque(maxlen=self._span_s + 1))
            second = int(at_s)
            before = seconds.pop()[1] if seconds and seconds[-1][0] == second else Agreement()
            seconds.append((second, _with(before, same)))

    def forget(self, variant: str) -> None:
        """Forget the pairs of one variant."""
        self._pairs = {pair: seconds for pair, seconds in self._pairs.items() if variant not in pair}

    def clear(self) -> None:
        """Forget all."""
        self._pairs.clear()

    def between(self, one: str, other: str, now_s: float) -> Agreement:
        """The counts of two variants in the seconds up to ``now_s``."""
        seconds = self._pairs.get(_pair(one, other), ())
        recent = [counts for second, counts in seconds if second > int(now_s) - self._span_s]
        return Agreement(
            sum(counts.same for counts in recent),
            sum(counts.compared for counts in recent),
            sum(counts.apart for counts in recent),
        )


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one <= other else (other, one)


def _with(before: Agreement, same: bool | None) -> Agreement:
    if same is None:
        return Agreement(before.same, before.compared, before.apart + 1)
    return Agreement(before.same + same, before.compared + 1, before.apart)
