"""What quantisation costs on the validation faces: as a whole by calibration method, and layer by layer."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from fer_live.compress.augment import view
from fer_live.compress.data import load
from fer_live.compress.layers import Layer
from fer_live.compress.quantize import METHODS, QuantizeConfig, quantize
from fer_live.compress.steps import ROUNDED, Workshop
from fer_live.compress.train import normalise
from fer_live.scoring import paired_difference

BATCH = 128


@dataclass(frozen=True)
class Cost:
    """``accuracy_lost`` in percentage points (negative: rounding helped), ``agreement`` with the float labels.

    ``spread`` is half the 95 % interval of ``accuracy_lost`` (``scoring.paired_difference``).
    """

    accuracy_lost: float
    spread: float
    agreement: float


class QuantisationCost:
    """Quantises the float ONNX file ``source`` and compares labels of the FER2013 head on the validation faces."""

    def __init__(self, workshop: Workshop, source: Path) -> None:
        self._workshop, self._source = workshop, source
        self._calibration = workshop.calibration_pictures()
        _, validation = load(workshop.data)
        faces = torch.from_numpy(validation.faces)
        self._pictures: NDArray[np.float32] = normalise(view(faces, workshop.size)).contiguous().numpy()
        self._labels = validation.labels
        self._whole = self._guesses(source)

    @property
    def faces(self) -> int:
        """How many validation faces there are."""
        return len(self._labels)

    def of(self, config: QuantizeConfig, only: Sequence[str] | None = None, *, instead: Path | None = None) -> Cost:
        """The cost of quantising as ``config`` says, all nodes or ``only`` those named; ``instead`` of the source."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "quantised.onnx"
            quantize(instead or self._source, target, self._calibration, config, only)
            guesses = self._guesses(target)
        lost = paired_difference(self._whole == self._labels, guesses == self._labels)
        return Cost(100 * lost.accuracy, 100 * lost.spread, float((guesses == self._whole).mean()))

    def of_layer(self, layer: Layer) -> float:
        """Percentage points lost when this layer alone is quantised."""
        return self.of(self._workshop.recipe.quantize, [layer.node]).accuracy_lost

    def _guesses(self, path: Path) -> NDArray[np.int64]:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        parts = np.array_split(self._pictures, max(1, len(self._pictures) // BATCH))
        return np.concatenate([session.run(["fer2013"], {"input": part})[0].argmax(1) for part in parts])


def compare_calibrations(workshop: Workshop) -> Iterator[str]:
    """A line per network, calibration method and weight width, as each is measured on the validation faces."""
    files = workshop.exported()
    sources = [("fp32", "fp32", files["fp32"]), ("pruned", "pruned", files["pruned"])]
    if workshop.recipe.aware is not None:
        sources.append(("pruned, trained for it", "pruned", files["pruned"].with_name(ROUNDED)))
    costs = {name: QuantisationCost(workshop, files[name]) for name in ("fp32", "pruned")}
    for (title, name, source), method, bits in product(sources, METHODS, (8, 7)):
        config = QuantizeConfig(method, workshop.recipe.quantize.faces, reduce_range=bits == 7)
        found = costs[name].of(config, instead=source)
        yield (
            f"{title:22} {method:10} {bits}-bit weights: {found.accuracy_lost:+.2f} +-{found.spread:.2f} points lost, "
            f"{100 * found.agreement:.2f} % of labels kept (n = {costs[name].faces})"
        )
