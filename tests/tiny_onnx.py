"""Real ONNX files of a few hundred bytes, with a manifest that describes them: the same shape as the shipped ones.

A tiny network pools its 44x44 input to 4x4 and has one linear layer per head, so it runs in microseconds, depends on
the picture, and two seeds disagree now and then.
"""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fer_live.dataset import FER2013_LABELS, FERPLUS_LABELS
from fer_live.manifest import BLEND, SINGLE_CROP, Head, InputSpec, Manifest, Metrics, Variant, write_manifest

HEADS: Final = (Head("fer2013", FER2013_LABELS), Head("ferplus", FERPLUS_LABELS))
CELLS: Final = 16  # 4 x 4 averages


def tiny_model(seed: int = 0, size: int = 44, heads: tuple[Head, ...] = HEADS, name: str = "input") -> bytes:
    """An ONNX file: ``name`` (n, 1, size, size) float32 -> one output of logits per head."""
    random = np.random.default_rng(seed)
    side = size // 4
    nodes = [
        helper.make_node("AveragePool", [name], ["cells"], kernel_shape=[side, side], strides=[side, side]),
        helper.make_node("Flatten", ["cells"], ["flat"], axis=1),
    ]
    weights = []
    for head in heads:
        matrix = random.normal(0, 2, (CELLS, len(head.labels))).astype(np.float32)
        weights.append(numpy_helper.from_array(matrix, f"{head.name}_weight"))
        nodes.append(helper.make_node("MatMul", ["flat", f"{head.name}_weight"], [head.name]))
    outputs = [helper.make_tensor_value_info(h.name, TensorProto.FLOAT, ["n", len(h.labels)]) for h in heads]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1, size, size])]
    return _model("tiny", nodes, inputs, outputs, weights)


def brightness_model() -> bytes:
    """An ONNX file whose answer is known: the brighter the picture, the more "neutral", else "angry" (both heads)."""
    nodes = [helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1, 2, 3], keepdims=0)]
    nodes.append(helper.make_node("Unsqueeze", ["mean", "last"], ["column"]))
    weights = [numpy_helper.from_array(np.array([1], np.int64), "last")]
    for head in HEADS:
        row = np.zeros((1, len(head.labels)), np.float32)
        row[0, head.labels.index("neutral")], row[0, head.labels.index("angry")] = 10, -10
        weights.append(numpy_helper.from_array(row, f"{head.name}_weight"))
        nodes.append(helper.make_node("MatMul", ["column", f"{head.name}_weight"], [head.name]))
    outputs = [helper.make_tensor_value_info(h.name, TensorProto.FLOAT, ["n", len(h.labels)]) for h in HEADS]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 1, 44, 44])]
    return _model("brightness", nodes, inputs, outputs, weights)


def open_model(labels: int) -> bytes:
    """An ONNX file with one output "answer" of (n, labels), which nobody can know before it has run."""
    nodes = [
        helper.make_node("Flatten", ["input"], ["flat"], axis=1),
        helper.make_node("ReduceMax", ["flat"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "nothing"], ["none"]),
        helper.make_node("Add", ["none", "labels"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["end"], to=TensorProto.INT64),
        helper.make_node("Slice", ["flat", "first", "end", "last"], ["answer"]),
    ]
    values = {"nothing": np.float32([0]), "labels": np.float32([labels]), "first": np.int64([0]), "last": np.int64([1])}
    weights = [numpy_helper.from_array(np.array(value), name) for name, value in values.items()]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 1, 44, 44])]
    outputs = [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["n", "m"])]
    return _model("open", nodes, inputs, outputs, weights)


def faltering_model() -> bytes:
    """An ONNX file that answers a black picture with zeros, and any brighter one with NaN (both heads)."""
    nodes = [
        helper.make_node("ReduceMax", ["input"], ["most"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["most", "last"], ["column"]),
        helper.make_node("Sub", ["darkest", "column"], ["left"]),
        helper.make_node("Sqrt", ["left"], ["root"]),
    ]
    darkest = np.array([-1.95], np.float32)  # black, as InputSpec normalises it, is -1.99
    weights = [numpy_helper.from_array(np.array([1], np.int64), "last"), numpy_helper.from_array(darkest, "darkest")]
    for head in HEADS:
        weights.append(numpy_helper.from_array(np.zeros((1, len(head.labels)), np.float32), f"{head.name}_weight"))
        nodes.append(helper.make_node("MatMul", ["root", f"{head.name}_weight"], [head.name]))
    outputs = [helper.make_tensor_value_info(h.name, TensorProto.FLOAT, ["n", len(h.labels)]) for h in HEADS]
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 1, 44, 44])]
    return _model("faltering", nodes, inputs, outputs, weights)


def tiny_variant(folder: Path, name: str, content: bytes | None = None, **changes: Any) -> Variant:
    """Write an ONNX file (``tiny_model`` unless ``content`` is given) into ``folder`` and describe it truly."""
    content = tiny_model(seed=sum(name.encode())) if content is None else content
    file = f"{name}.onnx"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(content)
    metrics = Metrics("FER2013", "PublicTest", BLEND, SINGLE_CROP, 3589, 0.5, 0.4, 0.45, 0.1, {"happy": 0.9})
    variant = Variant(
        name=name,
        title=name.upper(),
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        parameters=CELLS * 15,
        macs=CELLS * 15,
        parent="",
        precision="fp32",
        labels=FER2013_LABELS,
        heads=HEADS,
        head=BLEND,
        input=InputSpec(),
        recipe={"seed": 1},
        metrics=(metrics,),
        folder=folder,
    )
    return replace(variant, **changes)


def tiny_manifest(folder: Path, names: tuple[str, ...] = ("fp32", "pruned", "int8")) -> Manifest:
    """A folder of tiny variants with its manifest.json; the first is the reference, the last the default."""
    variants = tuple(tiny_variant(folder, name) for name in names)
    manifest = Manifest(variants, default=names[-1], reference=names[0], folder=folder)
    write_manifest(manifest, folder / "manifest.json")
    return manifest


def foreign_model(shape: tuple[int | str, ...], labels: int, ends: str = "", opset: int = 17, batch: int = 0) -> bytes:
    """Somebody else's network: ``shape`` (n, c, h, w) or (n, h, w, c) -> output "answer" (n, labels), ``ends`` an op.

    ``batch`` folds that number into the graph, whatever ``shape`` says, as careless exports do.
    """
    planes, side = (shape[1], shape[2]) if shape[1] in (1, 3) else (shape[3], shape[1])
    side = side if isinstance(side, int) else 32
    nodes = [helper.make_node("Identity" if shape[1] in (1, 3) else "Transpose", ["picture"], ["planes"])]
    if shape[1] not in (1, 3):
        nodes[0].attribute.append(helper.make_attribute("perm", [0, 3, 1, 2]))
    nodes.append(
        helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[side // 4] * 2, strides=[side // 4] * 2)
    )
    width = int(planes) * CELLS
    nodes.append(helper.make_node("Reshape", ["cells", "rows"], ["flat"]))
    nodes.append(helper.make_node("MatMul", ["flat", "weight"], ["sums" if ends else "answer"]))
    if ends:
        nodes.append(helper.make_node(ends, ["sums"], ["answer"]))
    matrix = np.random.default_rng(labels).normal(0, 2, (width, labels)).astype(np.float32)
    weights = [
        numpy_helper.from_array(matrix, "weight"),
        numpy_helper.from_array(np.array([batch or -1, width], np.int64), "rows"),
    ]
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, list(shape))]
    outputs = [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [shape[0], labels])]
    return _model("foreign", nodes, inputs, outputs, weights, opset)


def _model(
    name: str, nodes: list[Any], inputs: list[Any], outputs: list[Any], weights: list[Any], opset: int = 17
) -> bytes:
    graph = helper.make_graph(nodes, name, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    if opset == 17:
        onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
