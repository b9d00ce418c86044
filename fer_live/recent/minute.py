"""The last minute: fed with every result that the window pulls, asked by the charts."""

from typing import Final

from fer_live.frame import FrameResult
from fer_live.recent.pairs import PairCounts
from fer_live.recent.ring import Column, Ring
from fer_live.recent.said import MAIN, SaidLabels

SPAN_S: Final = 60.0
MOST: Final = 6000  # a minute of 100 frames a second


class Minute:
    """What the variants took and said in the last ``SPAN_S`` seconds. One thread; memory and time are bounded.

    Its clock is that of the results: while none come, nothing grows old. Times of classifying outlive a change of the
    source, labels and agreement do not: they tell of what was watched.
    """

    def __init__(self) -> None:
        self.now_s = 0.0  # when the newest result was done
        self.taken = 0  # results so far
        self.said = SaidLabels(SPAN_S)
        self.pairs = PairCounts(SPAN_S)
        self._times: dict[str, Ring] = {}
        self._index = -1

    @property
    def since_s(self) -> float:
        """Where the minute begins."""
        return self.now_s - SPAN_S

    def take(self, result: FrameResult) -> None:
        """Add a result."""
        if result.frame.index <= self._index:  # counted from 0 again: another source (a picture has no more), or anew
            self.said.clear()
            self.pairs.clear()
        self._index, self.now_s = result.frame.index, result.done_at
        self.taken += 1
        for run in result.runs if result.faces else ():
            times = self._times.get(run.variant)
            if times is None:
                times = self._times[run.variant] = Ring(MOST)
            times.add(result.done_at, run.classify_ms)
            for place, (face, said) in enumerate(zip(result.faces, run.predictions, strict=True)):
                label, score = said.label, said.score
                if place == 0:
                    self.said.add(run.variant, MAIN, result.done_at, label, score)
                self.said.add(run.variant, face.track, result.done_at, label, score)
        self.pairs.add(result.done_at, result.runs)

    def forget(self, variant: str) -> None:
        """Forget what ``variant`` took and said: it is gone, or another network has its name."""
        self._times.pop(variant, None)
        self.said.forget(variant)
        self.pairs.forget(variant)

    def times(self, variant: str) -> tuple[Column, Column]:
        """When the variant classified faces in the last minute, and the milliseconds it took; oldest first."""
        times = self._times.get(variant)
        return (times or Ring(1)).since(self.since_s)
