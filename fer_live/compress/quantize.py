"""Post-training static quantisation to INT8 in ONNX Runtime's QDQ form, per channel, calibrated on training faces."""

import io
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import create_calibrator, save_tensors_data
from onnxruntime.quantization.shape_inference import quant_pre_process

from fer_live.compress.equalise import equalise

METHODS: Final = {
    "minmax": CalibrationMethod.MinMax,
    "entropy": CalibrationMethod.Entropy,
    "percentile": CalibrationMethod.Percentile,
}
BATCH: Final = 64
# Of the histogram searched for an entropy (Migacz, "8-bit inference with TensorRT", 2017). ONNX Runtime lays it on both
# sides of zero, and behind a ReLU one of them is empty: 512 levels are the 256 that an unsigned activation has.
BINS, LEVELS = 2048, 512


class QuantizeError(Exception):
    """The network cannot be quantised as asked; the message says why."""


@dataclass(frozen=True)
class QuantizeConfig:
    """``method`` finds the activation ranges on ``faces`` pictures; ``reduce_range`` keeps weights to 7 bits.

    Seven-bit weights cannot saturate the 16-bit sums of processors without VNNI (ONNX Runtime, "Quantize ONNX models").
    ``equalise`` (0 to 1) is the strength with which ``compress.equalise`` brings the channels of an activation to one
    range before.
    """

    method: str = "minmax"
    faces: int = 512
    reduce_range: bool = True
    equalise: float = 0.5


def config_fault(config: QuantizeConfig) -> str:
    """Why nothing can be quantised so, and what to write instead; "" if it can."""
    if config.method not in METHODS:
        return f"[quantize] unknown calibration method {config.method!r} (known: {', '.join(METHODS)})"
    if config.faces < 1:
        return f"[quantize] faces is {config.faces}; at least one must show the ranges"
    if not 0 <= config.equalise <= 1:
        return f"[quantize] equalise is {config.equalise}; it must be between 0 and 1"
    return ""


class _Faces(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: NDArray[np.float32]) -> None:
        batches = max(1, len(pictures) // BATCH)
        alike = len(pictures) // batches * batches  # ONNX Runtime stacks the batches for its histograms
        self._batches = iter(np.split(pictures[:alike], batches))

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"input": batch}


def quantize(source: Path, target: Path, pictures: NDArray[np.float32], config: QuantizeConfig) -> None:
    """Write the INT8 form of ``source`` to ``target``; ``pictures`` (n, 1, size, size) are normalised network inputs.

    Activations are unsigned 8-bit, weights signed and per output channel; adds and pooling stay integer too.
    """
    with tempfile.TemporaryDirectory() as folder:
        Rounding(source, pictures, config, Path(folder)).write(target)


class Rounding:
    """A float network made ready once, to be written with all of its nodes in INT8 or with some, as ``quantize`` does.

    The activations' ranges are measured at the first ``write``. What is kept in ``folder`` is its caller's to remove.
    """

    def __init__(self, source: Path, pictures: NDArray[np.float32], config: QuantizeConfig, folder: Path) -> None:
        if fault := config_fault(config):
            raise QuantizeError(fault)
        if len(pictures) == 0:
            raise QuantizeError("the calibration set is empty; import a data set with training faces")
        self._pictures, self._config = pictures[: config.faces], config
        self._prepared, self._ranges = folder / "prepared.onnx", folder / "ranges.json"
        model = onnx.load(source)
        if config.equalise:
            model = equalise(model, self._pictures, config.equalise)
        with _quiet():
            quant_pre_process(model, str(self._prepared))

    def write(self, target: Path, only: Sequence[str] | None = None) -> None:
        """Write the INT8 form to ``target``; ``only`` names the ONNX nodes to quantise, all if None."""
        with _quiet():
            if self._config.method == "entropy" and not self._ranges.exists():
                self._search()
            quantize_static(
                str(self._prepared),
                str(target),
                _Faces(self._pictures),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                reduce_range=self._config.reduce_range,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                calibrate_method=METHODS[self._config.method],
                nodes_to_quantize=None if only is None else list(only),
                calibration_cache_path=self._ranges,
            )

    def _search(self) -> None:
        """Keep the ranges of least entropy where ``quantize_static`` looks for them.

        It would search a histogram of as many bins as levels, and the range of min-max is all that can be found there.
        """
        calibrator = create_calibrator(
            self._prepared,
            augmented_model_path=str(self._prepared.with_name("augmented.onnx")),
            calibrate_method=CalibrationMethod.Entropy,
            extra_options={"num_bins": BINS, "num_quantized_bins": LEVELS},
        )
        calibrator.collect_data(_Faces(self._pictures))
        save_tensors_data(calibrator.compute_data(), self._ranges)


@contextmanager
def _quiet() -> Iterator[None]:
    """onnxruntime.quantization speaks through the root logger, and prints, about what it is asked to do here."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        root.setLevel(level)


def integer_share(path: Path) -> tuple[int, list[str]]:
    """How many operators of an INT8 file read quantised values, and the names of those that stayed in float."""
    graph = onnx.load(path).graph
    quantised = {name for node in graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    working = [node for node in graph.node if node.op_type not in ("QuantizeLinear", "DequantizeLinear")]
    floating = [f"{node.op_type} {node.name}" for node in working if node.input[0] not in quantised]
    return len(working) - len(floating), floating
