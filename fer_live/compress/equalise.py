"""The same network with channels of like ranges, so that the one 8-bit scale of an activation suits all of them.

A channel that stays below a tenth of the widest one's values has a tenth of its steps. ReLU lets positive factors
through: a channel may be divided by one and the weights that read it multiplied by it, and the outputs stay what they
were (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section 4.1).
The ranges are measured, and an exponent leaves the weights a share of the difference, as in SmoothQuant (Xiao et al.,
ICML 2023, equation 4). An addition ties the channels of what it adds, so one set of factors holds for a whole stage.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

BATCH: Final = 32
LEAST: Final = 0.05  # of a factor: a channel that is hardly used needs no fine steps
PASSING: Final = ("Relu", "Add", "GlobalAveragePool", "ReduceMean", "Reshape")  # channel by channel
READING: Final = ("Conv", "Gemm")

Factors = NDArray[np.float64]


def equalise(source: onnx.ModelProto, pictures: NDArray[np.float32], strength: float) -> onnx.ModelProto:
    """``source`` with rescaled weights; the network computes the same up to float rounding.

    ``pictures`` (n, 1, size, size), normalised network inputs, show the ranges. ``strength`` 0 changes nothing, 1 makes
    all ranges of an activation alike (a channel is widened twentyfold at most). Channels that other operators than
    those of a ResNet touch stay as they are.
    """
    model = onnx.ModelProto()
    model.CopyFrom(source)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    groups = [group for group in _tied(graph, weights) if _free(graph, weights, group)]
    activations = [node.output[0] for node in graph.node if node.op_type == "Relu"]
    ranges = _ranges(source, activations, pictures)
    for group in groups:
        shares = [ranges[name] / ranges[name].max() for name in activations if name in group and ranges[name].any()]
        if shares:
            _rescale(graph, weights, group, np.clip(np.mean(shares, axis=0) ** strength, LEAST, 1))
    return model


def _tied(graph: Any, weights: dict[str, Any]) -> list[set[str]]:
    """Groups of tensors whose channels can only be scaled together."""
    groups: list[set[str]] = []
    for node in graph.node:
        if node.op_type not in PASSING:
            continue
        tied = {name for name in (*node.input, *node.output) if name not in weights}
        apart = [group for group in groups if not group & tied]
        groups = [*apart, tied.union(*(group for group in groups if group & tied))]
    return groups


def _free(graph: Any, weights: dict[str, Any], group: set[str]) -> bool:
    """Whether nothing but what can be rescaled reads or makes the group."""
    if group & {tensor.name for tensor in (*graph.input, *graph.output)}:
        return False
    return all(_scales(node, weights) for node in graph.node if group & {*node.input, *node.output})


def _scales(node: Any, weights: dict[str, Any]) -> bool:
    """Whether a factor goes through, or into weights (out, in, ...) of which every output reads every input."""
    given = {attribute.name: attribute.i for attribute in node.attribute}
    if node.op_type == "Conv":
        return bool(given.get("group", 1) == 1)
    if node.op_type == "Gemm":
        return bool(given.get("transB", 0) == 1)
    return node.op_type in PASSING and not (node.op_type == "Add" and weights.keys() & {*node.input})


def _ranges(model: onnx.ModelProto, names: list[str], pictures: NDArray[np.float32]) -> dict[str, Factors]:
    """The largest value of each channel of the activations ``names``."""
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    seen = [_channels(session.run(names, {"input": part})) for part in _parts(pictures)]
    return {name: np.max(each, axis=0) for name, each in zip(names, zip(*seen, strict=True), strict=True)}


def _parts(pictures: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    return (pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH))


def _channels(values: list[NDArray[np.float32]]) -> list[Factors]:
    return [each.max(axis=(0, *range(2, each.ndim))).astype(np.float64) for each in values]


def _rescale(graph: Any, weights: dict[str, Any], group: set[str], factors: Factors) -> None:
    """Divide the channels of ``group`` by ``factors`` where they are made and multiply where they are read."""
    for node in graph.node:
        if node.op_type not in READING:
            continue
        if node.output[0] in group:
            for name in node.input[1:]:
                _multiply(weights[name], 1 / factors, axis=0)
        if node.input[0] in group:
            _multiply(weights[node.input[1]], factors, axis=1)


def _multiply(tensor: Any, factors: Factors, axis: int) -> None:
    values = numpy_helper.to_array(tensor)
    shape = [-1 if place == axis else 1 for place in range(values.ndim)]
    tensor.CopyFrom(numpy_helper.from_array((values * factors.reshape(shape)).astype(np.float32), tensor.name))
