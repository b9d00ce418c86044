"""How much accuracy each layer costs when it alone is quantised, on the validation faces."""

import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from fer_live.compress.augment import view
from fer_live.compress.data import load
from fer_live.compress.layers import Layer
from fer_live.compress.quantize import quantize
from fer_live.compress.steps import Workshop
from fer_live.compress.train import normalise

BATCH = 128


class AccuracyLost:
    """Call with a layer of ``source`` to learn the percentage points lost through its quantisation alone."""

    def __init__(self, workshop: Workshop, source: Path) -> None:
        self._workshop, self._source = workshop, source
        self._calibration = workshop.calibration_pictures()
        _, validation = load(workshop.data)
        faces = torch.from_numpy(validation.faces)
        self._pictures: NDArray[np.float32] = normalise(view(faces, workshop.size)).contiguous().numpy()
        self._labels = validation.labels
        self._whole = self._accuracy(source)

    def __call__(self, layer: Layer) -> float:
        """Percentage points of the FER2013 head; negative when rounding happened to help."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "one.onnx"
            quantize(self._source, target, self._calibration, self._workshop.recipe.quantize, only=[layer.node])
            return 100 * (self._whole - self._accuracy(target))

    def _accuracy(self, path: Path) -> float:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        parts = np.array_split(self._pictures, max(1, len(self._pictures) // BATCH))
        guesses = [session.run(["fer2013"], {"input": part})[0].argmax(1) for part in parts]
        return float((np.concatenate(guesses) == self._labels).mean())
