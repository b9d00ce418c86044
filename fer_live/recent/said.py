"""Which label a face got, in pieces of half a second: each piece has the label that most of its frames got."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from fer_live.recent.pieces import GAP_S, PIECE_S

BRIEF: Final = 3
MOST_FACES: Final = 64  # faces and variants remembered at once; those not seen for longest make room
MAIN: Final = 0  # stands for whichever face was the largest


@dataclass(frozen=True)
class Stretch:
    """One label from ``start_s`` to ``end_s``, the mean score of the frames that got it, and whether that is enough."""

    start_s: float
    end_s: float
    label: str
    score: float
    sure: bool


class _Piece:
    __slots__ = ("_winner", "number", "votes")

    def __init__(self, number: int) -> None:
        self.number = number
        self.votes: dict[str, tuple[int, float]] = {}
        self._winner: tuple[str, int, float] | None = None  # asked for often, and changes only in the newest piece

    def add(self, label: str, score: float) -> None:
        count, total = self.votes.get(label, (0, 0.0))
        self.votes[label] = count + 1, total + score
        self._winner = None

    def winner(self) -> tuple[str, int, float]:
        """The label of most frames, their number and their scores' sum; the first of equals."""
        if self._winner is None:
            label = max(self.votes, key=lambda label: self.votes[label][0])
            self._winner = label, *self.votes[label]
        return self._winner


class SaidLabels:
    """The last ``span_s`` seconds of labels by variant and face. One thread."""

    def __init__(self, span_s: float) -> None:
        self._length = round(span_s / PIECE_S) + 1
        self._rows: dict[tuple[str, int], deque[_Piece]] = {}

    def add(self, variant: str, track: int, at_s: float, label: str, score: float) -> None:
        """What ``variant`` said at ``at_s`` of the face ``track`` (``MAIN``: of the largest)."""
        row = self._rows.pop((variant, track), None)
        if row is None:
            row = deque(maxlen=self._length)
        self._rows[variant, track] = row  # the newest last
        if len(self._rows) > MOST_FACES:
            del self._rows[next(iter(self._rows))]
        number = int(at_s // PIECE_S)
        if not row or row[-1].number != number:
            row.append(_Piece(number))
        row[-1].add(label, score)

    def forget(self, variant: str) -> None:
        """Forget what one variant said."""
        self._rows = {key: row for key, row in self._rows.items() if key[0] != variant}

    def clear(self) -> None:
        """Forget all."""
        self._rows.clear()

    def tracks(self, variant: str, since_s: float) -> list[int]:
        """The faces of which the variant said something since then, that of most pieces first; without ``MAIN``.

        Those of less than ``BRIEF`` pieces, which a detector saw in a shirt, only when there is no other.
        """
        first = since_s // PIECE_S
        counts = {
            track: sum(piece.number >= first for piece in row)
            for (name, track), row in self._rows.items()
            if name == variant and track != MAIN
        }
        seen = sorted((track for track in counts if counts[track]), key=lambda track: (-counts[track], -track))
        return [track for track in seen if counts[track] >= BRIEF] or seen[:1]

    def stretches(self, variant: str, track: int, since_s: float, sure_from: float = 0.0) -> list[Stretch]:
        """The labels since then, neighbours of one label together; ``sure`` from a mean score of ``sure_from``.

        A label lasts until the next, unless there was none for ``GAP_S``.
        """
        first = since_s // PIECE_S
        return _joined((piece for piece in self._rows.get((variant, track), ()) if piece.number >= first), sure_from)


def _joined(pieces: Iterable[_Piece], sure_from: float) -> list[Stretch]:
    found: list[Stretch] = []
    last, count, total = -2, 0, 0.0
    for piece in pieces:
        label, votes, score = piece.winner()
        sure = score / votes >= sure_from
        if found and (piece.number - last - 1) * PIECE_S < GAP_S:
            found[-1] = replace(found[-1], end_s=piece.number * PIECE_S)
        alike = bool(found) and (found[-1].label, found[-1].sure) == (label, sure)
        goes_on = alike and found[-1].end_s == piece.number * PIECE_S
        start_s = found.pop().start_s if goes_on else piece.number * PIECE_S
        count, total = (count + votes, total + score) if goes_on else (votes, score)
        found.append(Stretch(start_s, (piece.number + 1) * PIECE_S, label, total / count, sure))
        last = piece.number
    return found
