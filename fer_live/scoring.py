"""Probabilities against true labels: accuracy, macro-F1, recall by label, confusion, calibration. Pure numpy."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15  # Guo et al. 2017


@dataclass(frozen=True)
class Score:
    """How well predicted labels fit true ones. Shares in 0..1.

    ``confusion[i][j]`` counts faces of true label i that were called j, both in the order of ``labels``. Macro values
    are means over the labels that occur in the data; ``recall`` and ``f1`` of the others are None.
    """

    labels: tuple[str, ...]
    n: int
    accuracy: float
    macro_f1: float
    macro_recall: float
    ece: float
    recall: dict[str, float | None]
    f1: dict[str, float | None]
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Difference:
    """One network's accuracy less another's on the same faces, and half of its 95 % interval; both in 0..1."""

    accuracy: float
    spread: float


def paired_difference(right: NDArray[np.bool_], reference: NDArray[np.bool_]) -> Difference:
    """Of two networks that looked at the same faces (n,), n at least 1, and named each rightly or not.

    Only the faces that one of them names rightly and the other does not say anything (McNemar 1947), so the interval is
    far narrower than those of the two accuracies. Its width is that of Agresti and Min, "Simple improved confidence
    intervals for comparing matched proportions" (Statistics in Medicine 24, 2005): half a face more in each of the four
    cells, or it would be nothing where few faces happen to agree. It stands around the difference that was counted.
    """
    n, gained, lost = len(right) + 2, np.sum(right & ~reference) + 0.5, np.sum(~right & reference) + 0.5
    variance = ((gained + lost) / n - ((gained - lost) / n) ** 2) / n
    return Difference(float(gained - lost) / len(right), 1.96 * math.sqrt(variance))


def score(scores: NDArray[np.float32], truth: NDArray[np.int64], labels: tuple[str, ...]) -> Score:
    """``scores`` (n, len(labels)) probabilities against ``truth`` (n,) label numbers; n is at least 1."""
    count = len(labels)
    called = scores.argmax(axis=1)
    confusion = np.bincount(truth * count + called, minlength=count * count).reshape(count, count)
    hits, occurs, named = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    present = occurs > 0
    recall = hits / np.maximum(occurs, 1)
    f1 = 2 * hits / np.maximum(occurs + named, 1)
    return Score(
        labels=labels,
        n=len(truth),
        accuracy=float(hits.sum() / len(truth)),
        macro_f1=float(f1[present].mean()),
        macro_recall=float(recall[present].mean()),
        ece=expected_calibration_error(scores.max(axis=1), called == truth),
        recall=_by_label(labels, recall, present),
        f1=_by_label(labels, f1, present),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def expected_calibration_error(confidence: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    """Mean gap between confidence and accuracy over 15 equally wide bins, weighted by their faces.

    Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), equation 3; bin m is ((m - 1) / 15, m / 15].
    """
    bins = np.clip(np.ceil(confidence.astype(np.float64) * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=right.astype(np.float64) - confidence, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _by_label(
    labels: tuple[str, ...], values: NDArray[np.float64], present: NDArray[np.bool_]
) -> dict[str, float | None]:
    return {label: float(values[row]) if present[row] else None for row, label in enumerate(labels)}
