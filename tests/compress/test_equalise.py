"""Equalised networks are the same function, and lose less when they are quantised."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fer_live.compress.equalise import equalise
from fer_live.compress.export import export_onnx
from fer_live.compress.networks import FerResNet
from fer_live.compress.quantize import QuantizeConfig, QuantizeError, quantize

SIZE = 24
Pictures = NDArray[np.float32]


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    return np.random.default_rng(0).normal(size=(64, 1, SIZE, SIZE)).astype(np.float32)


def rescale(tensor: onnx.TensorProto, factors: NDArray[np.float64]) -> None:
    values = numpy_helper.to_array(tensor) * factors
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))


@pytest.fixture(scope="module")
def uneven(network: FerResNet, pictures: Pictures, tmp_path_factory: pytest.TempPathFactory) -> onnx.ModelProto:
    """The network with channels of very different ranges, as training leaves them."""
    path = tmp_path_factory.mktemp("uneven") / "network.onnx"
    export_onnx(network, path, SIZE)
    model, random = onnx.load(path), np.random.default_rng(1)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    inner = [node for node in model.graph.node if any(name.endswith("conv1.weight") for name in node.input)]
    for weight, *bias in (node.input[1:] for node in inner):
        factors = np.exp(random.normal(0, 1.5, weights[weight].dims[0]))
        rescale(weights[weight], factors[:, None, None, None])
        for name in bias:
            rescale(weights[name], factors)
        rescale(weights[weight.replace("conv1", "conv2")], 1 / factors[:, None, None])
    return model


def run(model: onnx.ModelProto, pictures: Pictures, names: list[str] | None = None) -> list[Pictures]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs: list[Pictures] = session.run(names or ["fer2013", "ferplus"], {"input": pictures})
    return outputs


def spread(model: onnx.ModelProto, pictures: Pictures) -> float:
    """How far the largest values of the channels of activations lie apart, as a mean factor."""
    names = [node.output[0] for node in model.graph.node if node.op_type == "Relu"]
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    shown.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    ranges = [values.max(axis=(0, 2, 3)) for values in run(shown, pictures, names)]
    return float(np.exp(np.mean([np.std(np.log(each[each > 0])) for each in ranges])))


def test_the_function_stays_and_the_ranges_draw_together(uneven: onnx.ModelProto, pictures: Pictures) -> None:
    before = uneven.SerializeToString()
    even = equalise(uneven, pictures, 0.5)
    assert uneven.SerializeToString() == before
    for ours, theirs in zip(run(even, pictures), run(uneven, pictures), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * np.abs(theirs).max())
    assert spread(even, pictures) < 0.75 * spread(uneven, pictures)


def test_every_layer_of_the_network_takes_part(uneven: onnx.ModelProto, pictures: Pictures) -> None:
    even = {tensor.name: numpy_helper.to_array(tensor) for tensor in equalise(uneven, pictures, 1.0).graph.initializer}
    same = [t.name for t in uneven.graph.initializer if np.array_equal(even[t.name], numpy_helper.to_array(t))]
    assert not [name for name in same if name.endswith("weight")]
    assert "heads.fer2013.bias" in same  # the outputs are not rescaled


def test_rounding_costs_less_afterwards(uneven: onnx.ModelProto, pictures: Pictures, tmp_path: Path) -> None:
    source, target = tmp_path / "uneven.onnx", tmp_path / "int8.onnx"
    onnx.save(uneven, source)
    exact = run(uneven, pictures)[0]
    errors = []
    for strength in (0.0, 0.5):
        quantize(source, target, pictures, replace(QuantizeConfig(), equalise=strength))
        errors.append(np.linalg.norm(run(onnx.load(target), pictures)[0] - exact))
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("strength", [-0.1, 1.5])
def test_senseless_strengths_are_refused(
    uneven: onnx.ModelProto, pictures: Pictures, tmp_path: Path, strength: float
) -> None:
    onnx.save(uneven, tmp_path / "uneven.onnx")
    with pytest.raises(QuantizeError, match="between 0 and 1"):
        quantize(tmp_path / "uneven.onnx", tmp_path / "x.onnx", pictures, QuantizeConfig(equalise=strength))


@pytest.mark.parametrize("between", ["Sigmoid", "grouped", "shared", "constant"])
def test_what_cannot_be_rescaled_stays(between: str) -> None:
    """An operator that scales no factor through, a grouped convolution, a network's own output, a constant added."""
    random = np.random.default_rng(2)

    def tensor(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(random.normal(size=shape).astype(np.float32), name)

    conv = helper.make_node("Conv", ["input", "w1", "b1"], ["a"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    relu = helper.make_node("Relu", ["a"], ["b"])
    group = 4 if between == "grouped" else 1
    last = helper.make_node(
        "Conv", ["c" if between in ("Sigmoid", "constant") else "b", "w2", "b2"], ["out"], group=group
    )
    nodes = [conv, relu, last]
    if between == "Sigmoid":
        nodes.insert(2, helper.make_node("Sigmoid", ["b"], ["c"]))
    if between == "constant":
        nodes.insert(2, helper.make_node("Add", ["b", "w3"], ["c"]))
    weights = [tensor("w1", 4, 1, 3, 3), tensor("b1", 4), tensor("w2", 4, 4 // group, 1, 1), tensor("b2", 4)]
    weights.append(tensor("w3", 1, 4, 1, 1))
    outputs = ["out", "b"] if between == "shared" else ["out"]
    graph = helper.make_graph(
        nodes,
        between,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 1, 6, 6])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4, 6, 6]) for name in outputs],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    pictures = random.normal(size=(8, 1, 6, 6)).astype(np.float32)
    even = equalise(model, pictures, 1.0)
    assert list(even.graph.initializer) == list(model.graph.initializer)
    np.testing.assert_array_equal(run(even, pictures, ["out"])[0], run(model, pictures, ["out"])[0])
