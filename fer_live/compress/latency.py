"""How long each convolution of a network takes in ONNX Runtime, measured one by one: what widths are chosen by.

A network's time is estimated by the sum over its convolutions (as in Yang et al., "NetAdapt", ECCV 2018): measuring
every candidate as a whole would take hours. Integer arithmetic, one thread, batch 1: what the app runs.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from fer_live.compress.networks import Widths

RUNS: Final = 12  # the fastest counts: what else the machine does can only add
WARM_UP: Final = 3
OPSET: Final = 20


@dataclass(frozen=True)
class Convolution:
    """Channels in and out, the kernel's side, the stride, and the input's side in pixels."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    side: int

    @property
    def parameters(self) -> int:
        """Weights and biases (batch norm folded)."""
        return self.outputs * (self.inputs * self.kernel**2 + 1)


def convolutions(widths: Widths, size: int) -> list[Convolution]:
    """Every convolution of ``FerResNet(widths)`` for an input of ``size`` x ``size``, in order."""
    found = [Convolution(1, widths.stages[0], 3, 1, size)]
    inputs, side = widths.stages[0], size
    for stage, (outputs, inner) in enumerate(zip(widths.stages, widths.inner, strict=True)):
        for block, width in enumerate(inner):
            stride = 2 if stage > 0 and block == 0 else 1
            found.append(Convolution(inputs, width, 3, stride, side))
            if stride != 1 or inputs != outputs:
                found.append(Convolution(inputs, outputs, 1, stride, side))
            side = -(-side // stride)
            found.append(Convolution(width, outputs, 3, 1, side))
            inputs = outputs
    return found


class LatencyTable:
    """Milliseconds per convolution, measured when first asked for."""

    def __init__(self) -> None:
        self._known: dict[Convolution, float] = {}

    def of(self, convolution: Convolution) -> float:
        """The time of this one in ms, as QLinearConv between 8-bit tensors."""
        if convolution not in self._known:
            self._known[convolution] = _measured(convolution)
        return self._known[convolution]

    def total(self, widths: Widths, size: int) -> float:
        """The sum over the network's convolutions in ms."""
        return sum(self.of(convolution) for convolution in convolutions(widths, size))


def _measured(convolution: Convolution) -> float:
    """From ONNX Runtime's own profile: the changes of layout around a lone convolution do not count."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_profiling = True
    shape = (1, convolution.inputs, convolution.side, convolution.side)
    given = {"x": np.random.default_rng(0).integers(0, 255, shape, np.uint8)}
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        model = _model(convolution).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        for _ in range(WARM_UP + RUNS):
            session.run(None, given)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    kernel = [event for event in events if event.get("args", {}).get("op_name") == "QLinearConv"]
    times = [event["dur"] for event in kernel if event["name"].endswith("_kernel_time")]
    assert len(times) == WARM_UP + RUNS, "ONNX Runtime no longer fuses a quantised convolution into QLinearConv"
    return float(min(times[WARM_UP:])) / 1000


def _model(c: Convolution) -> onnx.ModelProto:
    """One convolution in QDQ form, 8-bit tensor in, 8-bit tensor out."""
    rng = np.random.default_rng(0)
    weight = rng.integers(-64, 65, (c.outputs, c.inputs, c.kernel, c.kernel)).astype(np.int8)
    values = {
        "scale": np.float32(0.02),
        "zero": np.uint8(0),
        "weight": weight,
        "weight_scale": np.full(c.outputs, 0.01, np.float32),
        "weight_zero": np.zeros(c.outputs, np.int8),
        "bias": np.zeros(c.outputs, np.int32),
        "bias_scale": np.full(c.outputs, 0.0002, np.float32),
        "bias_zero": np.zeros(c.outputs, np.int32),
    }
    pad = c.kernel // 2
    nodes = [
        helper.make_node("DequantizeLinear", ["x", "scale", "zero"], ["xf"]),
        helper.make_node("DequantizeLinear", ["weight", "weight_scale", "weight_zero"], ["wf"], axis=0),
        helper.make_node("DequantizeLinear", ["bias", "bias_scale", "bias_zero"], ["bf"], axis=0),
        helper.make_node("Conv", ["xf", "wf", "bf"], ["yf"], pads=[pad] * 4, strides=[c.stride] * 2),
        helper.make_node("QuantizeLinear", ["yf", "scale", "zero"], ["y"]),
    ]
    side = -(-c.side // c.stride)
    graph = helper.make_graph(
        nodes,
        "convolution",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, c.inputs, c.side, c.side])],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, [1, c.outputs, side, side])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
