"""What quantisation costs on the validation faces: as a whole by calibration method, and layer by layer."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fer_live.compress.augment import view
from fer_live.compress.data import load
from fer_live.compress.layers import Layer
from fer_live.compress.quantize import METHODS, QuantizeConfig, Rounding, quantize
from fer_live.compress.steps import Workshop
from fer_live.compress.train import normalise
from fer_live.dataset import DataError
from fer_live.onnx_session import open_session
from fer_live.runtime import Runtime
from fer_live.scoring import paired_difference

BATCH = 128


@dataclass(frozen=True)
class Cost:
    """``accuracy_lost`` in percentage points (negative: rounding helped), ``agreement`` with the float labels.

    ``spread`` is half the 95 % interval of ``accuracy_lost`` (``scoring.paired_difference``). ``divergence`` is the
    mean Kullback-Leibler divergence of the probabilities from the float ones, in thousandths of a nat: it tells ways
    apart long before enough faces change their labels.
    """

    accuracy_lost: float
    spread: float
    agreement: float
    divergence: float

    def __str__(self) -> str:
        """For a person."""
        return (
            f"{self.accuracy_lost:+.2f} +-{self.spread:.2f} points lost, {100 * self.agreement:.2f} % of labels kept, "
            f"divergence {self.divergence:.2f}"
        )


class QuantisationCost:
    """Compares networks with the float ONNX file ``source``: labels of the FER2013 head on the validation faces."""

    def __init__(self, workshop: Workshop, source: Path) -> None:
        _, validation = load(workshop.data)
        if not len(validation):
            raise DataError(f"{workshop.data} has no validation faces to compare with; import more faces")
        faces = torch.from_numpy(validation.faces)
        self._pictures: NDArray[np.float32] = normalise(view(faces, workshop.size)).contiguous().numpy()
        self._labels = validation.labels
        self._whole = self._log_probabilities(source)

    @property
    def faces(self) -> int:
        """How many validation faces there are."""
        return len(self._labels)

    def of(self, path: Path) -> Cost:
        """What ``path``, a quantised form of the source, loses against it."""
        rounded = self._log_probabilities(path)
        exact, named = self._whole.argmax(1), rounded.argmax(1)
        lost = paired_difference(exact == self._labels, named == self._labels)
        divergence = (np.exp(self._whole) * (self._whole - rounded)).sum(1).mean()
        return Cost(100 * lost.accuracy, 100 * lost.spread, float((named == exact).mean()), 1000 * float(divergence))

    def _log_probabilities(self, path: Path) -> NDArray[np.float64]:
        session = open_session(path.read_bytes(), Runtime(torch.get_num_threads()))
        parts = np.array_split(self._pictures, max(1, len(self._pictures) // BATCH))
        logits = np.concatenate([session.run(["fer2013"], {"input": part})[0] for part in parts]).astype(np.float64)
        values: NDArray[np.float64] = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return values


@contextmanager
def layer_costs(workshop: Workshop, name: str) -> Iterator[Callable[[Layer], float]]:
    """Percentage points lost when a layer alone of the INT8 variant ``name`` is quantised, as the whole of it is."""
    source, config = workshop.before_rounding(name)
    cost = QuantisationCost(workshop, source)
    with tempfile.TemporaryDirectory() as folder:
        rounding = Rounding(source, workshop.calibration_pictures(), config, Path(folder))
        target = Path(folder) / "layer.onnx"

        def lost(layer: Layer) -> float:
            rounding.write(target, [layer.node])
            return cost.of(target).accuracy_lost

        yield lost


def compare_calibrations(workshop: Workshop) -> Iterator[str]:
    """A line per network, calibration method, weight width and strength of ``equalise``, on the validation faces."""
    files, recipe, pictures = workshop.exported(), workshop.recipe, workshop.calibration_pictures()
    sources = [("fp32", "fp32", files["fp32"]), ("pruned", "pruned", files["pruned"])]
    if recipe.aware is not None:
        sources.append(("pruned, trained for it", "pruned", workshop.before_rounding("pruned-int8")[0]))
    costs = {name: QuantisationCost(workshop, files[name]) for name in ("fp32", "pruned")}
    learned = ", learned by these networks" if recipe.learns_validation else ""
    yield f"{costs['fp32'].faces} validation faces{learned}; intervals are 95 %, divergences in thousandths of a nat"
    strengths = sorted({0.0, recipe.quantize.equalise})
    for (title, name, source), method, bits, strength in product(sources, METHODS, (8, 7), strengths):
        config = QuantizeConfig(method, recipe.quantize.faces, reduce_range=bits == 7, equalise=strength)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "quantised.onnx"
            quantize(source, target, pictures, config)
            found = costs[name].of(target)
        yield f"{title:22} {method:10} {bits}-bit weights, equalise {strength}: {found}"
