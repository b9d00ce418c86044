"""From a torch network to the ONNX file that ships: batch-norm folded, one input, one named output per head."""

import logging
import warnings
from pathlib import Path

import onnx
import torch

from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.networks import FerResNet

OPSET = 20


def export_onnx(network: FerResNet, path: Path, size: int) -> None:
    """Write ``network`` as ONNX: input ``input`` (n, 1, size, size) float32, outputs named as its heads, any n."""
    folded = fold_batch_norm(network)
    example = torch.zeros(2, 1, size, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    for chatty in ("onnxscript", "onnx_ir"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        torch.onnx.export(
            folded,
            (example,),
            str(path),
            dynamo=True,
            external_data=False,
            verbose=False,
            opset_version=OPSET,
            input_names=["input"],
            output_names=list(network.heads),
            dynamic_shapes={"x": {0: torch.export.Dim("n", min=1, max=4096)}},
        )
    model = onnx.load(path)
    _strip(model)
    _pool(model.graph)
    onnx.save(model, path)


def _strip(model: onnx.ModelProto) -> None:
    """Take out what the exporter notes on every node: stack traces with the paths of the machine it ran on."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _pool(graph: onnx.GraphProto) -> None:
    """Name the mean over each channel's picture what it is: ONNX Runtime pools integers, but takes a mean in float."""
    (mean,) = (node for node in graph.node if node.op_type == "ReduceMean")
    (axes,) = (tensor for tensor in graph.initializer if tensor.name == mean.input[1])
    mean.op_type = "GlobalAveragePool"
    del mean.input[1:]
    del mean.attribute[:]
    graph.initializer.remove(axes)
