"""Layer by layer: what each convolution of a variant holds, costs, and loses; read from the ONNX files themselves."""

import csv
import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from onnx import shape_inference

from fer_live.compress.checkpoint import CheckpointError

RUNS: Final = 60  # profiled runs, after as many for warm-up
# What ONNX Runtime adds to a node's name: the first where it computes FP16 in float32.
_ADDED: Final = re.compile(r"^InsertedPrecisionFreeCast_|(_nchwc)?(_token_\d+)?(_kernel_time)$")


@dataclass(frozen=True)
class Layer:
    """A layer with weights: its ONNX node, the weight's name less ".weight", its output (channels, h, w), its cost."""

    node: str
    name: str
    output: tuple[int, ...]
    parameters: int
    macs: int
    aliases: frozenset[str]  # names under which ONNX Runtime may report it once it is fused


@dataclass(frozen=True)
class LayerRow:
    """One row of the table that is published. Shares are in 0..1; ``accuracy_lost`` in percentage points.

    A layer that pruning removed as a whole has no parameters left and no ratio.
    """

    layer: str
    output: str
    parameters_before: int
    parameters_after: int
    ratio: float | None
    macs: int
    latency_share: float
    accuracy_lost: float | None


def read_layers(path: Path, size: int) -> list[Layer]:
    """The convolutions and linear layers of a float ONNX file, in graph order, for an input of ``size`` pixels.

    CheckpointError for a damaged file.
    """
    try:
        model = onnx.load(path)
    except DecodeError as error:
        raise CheckpointError(f"{path}: not a whole ONNX file; delete its folder, and it is exported again") from error
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    del model.graph.value_info[:]
    graph = shape_inference.infer_shapes(model, data_prop=True).graph
    known = [*graph.value_info, *graph.output]
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in known}
    weights = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    relu = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Relu"}
    layers = []
    for node in graph.node:
        if node.op_type not in ("Conv", "Gemm"):
            continue
        output = shapes[node.output[0]][1:]
        size_of_weight = int(np.prod(weights[node.input[1]]))
        parameters = size_of_weight + sum(int(np.prod(weights[name])) for name in node.input[2:])
        macs = size_of_weight * int(np.prod(output[1:], initial=1))
        aliases = frozenset({node.name, node.output[0], relu.get(node.output[0], node.name)})
        name = node.input[1].removesuffix(".weight")
        layers.append(Layer(node.name, name, tuple(output), parameters, macs, aliases))
    return layers


def latency_shares(path: Path, layers: Sequence[Layer], size: int) -> dict[str, float]:
    """Share of one run's time per layer name (batch 1, one thread), from ONNX Runtime's own profile."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    options.log_severity_level = 3
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        for _ in range(2 * RUNS):
            session.run(None, {"input": np.zeros((1, 1, size, size), np.float32)})
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    times: dict[str, list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            times[_ADDED.sub("", event["name"])].append(event["dur"])
    fastest = {name: min(durations[-RUNS:]) for name, durations in times.items()}  # what else runs can only add
    total = sum(fastest.values())
    return {layer.name: sum(fastest.get(alias, 0.0) for alias in layer.aliases) / total for layer in layers}


def layer_table(
    before: Sequence[Layer],
    after: Sequence[Layer],
    shares: dict[str, float],
    accuracy_lost: Callable[[Layer], float] | None = None,
) -> list[LayerRow]:
    """Join what is known of each layer of a variant; ``before`` is full precision, whatever network was pruned.

    Layers that are no longer there come last.
    """
    parameters = {layer.name: layer.parameters for layer in before}
    kept = {layer.name for layer in after}
    there = [
        LayerRow(
            layer.name,
            "x".join(map(str, layer.output)),
            parameters[layer.name],
            layer.parameters,
            parameters[layer.name] / layer.parameters,
            layer.macs,
            shares[layer.name],
            None if accuracy_lost is None else accuracy_lost(layer),
        )
        for layer in after
    ]
    gone = [
        LayerRow(layer.name, "removed", layer.parameters, 0, None, 0, 0.0, None)
        for layer in before
        if layer.name not in kept
    ]
    return there + gone


def write_table(rows: Sequence[LayerRow], folder: Path, name: str) -> None:
    """``name``.csv and ``name``.md in ``folder``."""
    columns = [field.name for field in fields(LayerRow)]
    cells = [[_cell(getattr(row, column)) for column in columns] for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *cells])
    lines = [columns, ["---"] * len(columns), *cells]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    (folder / f"{name}.md").write_text(f"{text}\n", encoding="utf-8")


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
