"""What an evaluation found, as a table, as JSON and as a manifest keeps it."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_live.machine import machine_facts, versions
from fer_live.manifest import Metrics, Variant
from fer_live.scoring import Difference, Score, paired_difference
from fer_live.table import counted, megabytes, table


@dataclass(frozen=True)
class VariantScore:
    """One variant's score through ``head``; ``left_out`` counts faces of labels that this head does not know.

    ``faces`` are the rows of the data that were scored, ``right`` says for each whether it was named rightly.
    """

    variant: Variant
    head: str
    score: Score
    left_out: dict[str, int]
    faces: NDArray[np.intp] = field(compare=False, repr=False)
    right: NDArray[np.bool_] = field(compare=False, repr=False)

    def against(self, other: "VariantScore") -> Difference | None:
        """How much more accurate than ``other``; None where their labels left them different faces."""
        same = np.array_equal(self.faces, other.faces)
        return paired_difference(self.right, other.right) if same else None


@dataclass(frozen=True)
class EvaluateReport:
    """All variants on the same faces.

    ``unusable`` counts rows without a single most voted FER+ label, ``without_face`` photos in which none was found.
    ``reference`` names the variant that the others are held against, where it is one of them. ``near_copies`` counts
    faces that were not scored because split ``apart_from`` has a near copy of them; "": nothing was compared.
    """

    data: str
    split: str
    protocol: str
    threads: int
    provider: str
    without_face: int
    unusable: int
    reference: str
    variants: tuple[VariantScore, ...]
    apart_from: str = ""
    near_copies: int = 0

    def difference(self, row: VariantScore) -> Difference | None:
        """How much more accurate than the reference; None of that itself, and where they cannot be compared."""
        other = next((other for other in self.variants if other.variant.name == self.reference), row)
        return None if other is row else row.against(other)

    @property
    def _apart(self) -> str:
        return f"apart from near copies in {self.apart_from}"

    def metrics(self, name: str) -> Metrics:
        """The score of variant ``name`` as a manifest keeps it."""
        row = next(row for row in self.variants if row.variant.name == name)
        kept = ("n", "accuracy", "macro_f1", "macro_recall", "ece")
        values = {field: getattr(row.score, field) for field in kept}
        recall = {label: share for label, share in row.score.recall.items() if share is not None}
        protocol = self.protocol + (f", {self._apart}" if self.apart_from else "")
        return Metrics(self.data, self.split, row.head, protocol, recall=recall, **values)

    def to_dict(self) -> dict[str, Any]:
        """One JSON object with the table's figures and more."""
        return {
            **{"data": self.data, "split": self.split, "protocol": self.protocol, "threads": self.threads},
            **{"provider": self.provider, "without_face": self.without_face, "unusable": self.unusable},
            **{"apart_from": self.apart_from, "near_copies": self.near_copies},
            "variants": [self._row(row) for row in self.variants],
            **{"reference": self.reference, "machine": machine_facts(), "versions": versions()},
        }

    def _row(self, row: VariantScore) -> dict[str, Any]:
        difference = self.difference(row)
        told = None if difference is None else dataclasses.asdict(difference)
        named = {"name": row.variant.name, "head": row.head, "left_out": row.left_out, "difference": told}
        return {**named, **dataclasses.asdict(row.score)}

    def table(self) -> str:
        """The comparison as text, for a terminal."""
        labels = tuple(dict.fromkeys(label for row in self.variants for label in row.score.labels))
        compared = any(map(self.difference, self.variants))
        against = [f"against {self.reference}"] if compared else []
        head = ["variant", "size", "head", "n", "accuracy", *against, "macro-F1", "macro-recall", "ECE", *labels]
        rows = []
        for row in self.variants:
            s = row.score
            first = [row.variant.name, megabytes(row.variant.bytes), row.head, str(s.n), _percent(s.accuracy)]
            difference = [in_points(self.difference(row))] if compared else []
            values = (s.macro_f1, s.macro_recall, s.ece, *map(s.recall.get, labels))
            rows.append([*first, *difference, *map(_percent, values)])
        apart = f" {self._apart} ({self.near_copies} left out)" if self.apart_from else ""
        title = f"{self.data} {self.split}".rstrip() + f"{apart}, {self.protocol}; all in %, by label: recall"
        return "\n".join([title, *self._notes(), "", table(head, rows)])

    def _notes(self) -> list[str]:
        notes = []
        if self.without_face:
            notes.append(f"not counted: {counted(self.without_face, 'photo')} without a face that was found")
        if self.unusable:
            notes.append(f"not counted: {counted(self.unusable, 'face')} without a single most voted FER+ label")
        same = all(row.left_out == self.variants[0].left_out for row in self.variants)
        for row in self.variants[: 1 if same else None]:
            if row.left_out:
                listed = ", ".join(f"{count} {label}" for label, count in row.left_out.items())
                network = "the network" if same else row.variant.name
                notes.append(f"left out, since {network} does not name them: {listed}")
        return notes


def in_points(difference: Difference | None) -> str:
    """In percentage points with its 95 % interval; "-" where there is nothing to compare."""
    return "-" if difference is None else f"{100 * difference.accuracy:+.2f} +-{100 * difference.spread:.2f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"
