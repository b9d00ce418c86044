"""Teachers that answer in INT8: rounding leaves what a network knows, and most of a distillation is their time."""

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_live.compress.augment import Augmentation, random_view
from fer_live.compress.data import TrainingData
from fer_live.compress.distill import Teacher
from fer_live.compress.export import export_onnx
from fer_live.compress.networks import FerResNet
from fer_live.compress.quantize import QuantizeConfig, quantize
from fer_live.compress.train import normalise
from fer_live.compress.training_config import TrainConfig

HOW: Final = QuantizeConfig(method="percentile")
WORTH_IT: Final = 50_000  # pictures: below, rounding a teacher takes longer than it saves


class IntegerTeacher:
    """A trained network that is asked through ONNX Runtime in INT8, a quarter of the time that torch takes in float32.

    ``faces`` (n, 48, 48) uint8 are training faces; random views of them, ``how`` they are drawn in the training, show
    the ranges of the activations. Quantised when first asked, for each side of the pictures anew. On the CPU.
    """

    def __init__(self, network: FerResNet, faces: NDArray[np.uint8], how: Augmentation) -> None:
        self._network, self._how = network, how
        self._faces = torch.from_numpy(faces[: HOW.faces])
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}

    def __call__(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """One (n, labels) float32 tensor per head for normalised ``pictures`` (n, 1, side, side)."""
        side = pictures.shape[-1]
        if side not in self._sessions:
            with torch.autocast("cpu", enabled=False):  # a bfloat16 graph is one that ONNX Runtime does not take
                self._sessions[side] = self._quantised(side)
        said = self._sessions[side].run(None, {"input": pictures.contiguous().numpy()})
        return tuple(torch.from_numpy(logits) for logits in said)

    def _quantised(self, side: int) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = torch.get_num_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # torch wants the cores in between
        with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # the same ranges, resumed or not
            shown = normalise(random_view(self._faces, side, self._how)).contiguous().numpy()
            whole, rounded = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
            export_onnx(self._network, whole, side)
            quantize(whole, rounded, shown, HOW)
            return onnxruntime.InferenceSession(rounded.read_bytes(), options, providers=["CPUExecutionProvider"])


def quick(teachers: tuple[FerResNet, ...], training: TrainingData, config: TrainConfig) -> tuple[Teacher, ...]:
    """The same teachers in the form that answers soonest: in INT8 where they are asked much, and no GPU asks them."""
    if torch.cuda.is_available() or len(training) * config.epochs < WORTH_IT:
        return teachers
    return tuple(IntegerTeacher(teacher, training.faces, config.augmentation) for teacher in teachers)
