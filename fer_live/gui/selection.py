"""Which variants are asked for: one, or two to four side by side; and which of them is the reference."""

from collections.abc import Sequence

from fer_live.manifest import Manifest

FEWEST, MOST = 2, 4


class Selection:
    """The user's wish. Plain data; the engine decides what really runs, and ``adopt`` takes that over."""

    def __init__(self, manifest: Manifest) -> None:
        self._names = manifest.names
        self.variant = manifest.default
        self.compare = False
        self.reference = manifest.reference
        self.refused: set[str] = set()
        self.compared = self._ordered([manifest.reference, manifest.default, *self._names][: MOST + 2])[:MOST]

    def know(self, manifest: Manifest) -> None:
        """Variants were added or removed: what is gone is chosen no more."""
        self._names = manifest.names
        self.refused.intersection_update(self._names)
        if self.variant not in self._names:
            self.variant = manifest.default
        if self.reference not in self._names:
            self.reference = manifest.reference
        kept = self._ordered(self.compared)
        if len(kept) < FEWEST:
            self.variant = next(iter(kept), self.variant) if self.compare else self.variant
            self.compare = False
            kept = self._ordered([*kept, manifest.reference, manifest.default, *self._names][: MOST + 2])[:MOST]
        self.compared = kept

    @property
    def wanted(self) -> tuple[str, ...]:
        """The names to run, in the manifest's order; but not those refused, unless asked for anew."""
        able = tuple(name for name in self.compared if name not in self.refused)
        return (self.variant,) if not self.compare else able if len(able) >= FEWEST else self.compared

    def rest_wanted(self, running: Sequence[str]) -> bool:
        """Whether those compared that are not refused are enough to be compared, and others than those that run."""
        return self.compare and self.refused.isdisjoint(self.wanted) and self.wanted != tuple(running)

    @property
    def duelled(self) -> tuple[tuple[str, ...], str]:
        """The names for a duel, the reference first, and the reference: one of the names.

        The compared ones; with one variant, it and the reference; when that is one and the same, those that comparing
        would show.
        """
        pair = self._ordered([self.variant, self.reference])
        names = pair if not self.compare and len(pair) == FEWEST else self.compared
        able = tuple(name for name in names if name not in self.refused)
        names = able if len(able) >= FEWEST else names
        reference = self.reference_among(names)
        return (reference, *(name for name in names if name != reference)), reference

    @property
    def recorded_against(self) -> str:
        """What a recording compares with: the reference that is shown; the chosen one where one variant runs alone."""
        return self.reference_among(self.wanted) if self.compare else self.reference

    @property
    def can_compare(self) -> bool:
        """There are two variants at least."""
        return len(self._names) >= FEWEST

    def restore(self, variant: str, compared: Sequence[str], reference: str, *, compare: bool) -> None:
        """Take over saved or given choices as far as they still make sense."""
        if variant in self._names:
            self.variant = variant
        if reference in self._names:
            self.reference = reference
        known = self._ordered(compared)
        if FEWEST <= len(known) <= MOST:
            self.compared = known
        self.compare = compare and self.can_compare

    def choose(self, name: str) -> str:
        """Run ``name`` alone, or add it to or take it from the compared ones. Why not, or "" when it was done."""
        if not self.compare:
            self.refused.discard(name)
            self.variant = name
            return ""
        if name in self.refused and name in self.compared:
            self.refused.discard(name)
            return ""
        if name in self.compared:
            if len(self.compared) <= FEWEST:
                return "Comparing needs two variants at least."
            self.compared = tuple(one for one in self.compared if one != name)
        elif len(self.compared) >= MOST:
            return "Four variants at most can be compared; take one away first."
        else:
            self.refused.discard(name)
            self.compared = self._ordered([*self.compared, name])
        return ""

    def adopt(self, running: Sequence[str]) -> None:
        """Make the wish what really runs."""
        known = self._ordered(running)
        self.refused.difference_update(known)
        if len(known) == 1:
            self.compare, self.variant = False, known[0]
        elif known:
            self.compare, self.compared = True, known[:MOST]

    def reference_among(self, names: Sequence[str]) -> str:
        """The reference when it is shown, else the first that is."""
        return self.reference if self.reference in names else next(iter(names), "")

    def _ordered(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in self._names if name in names)
