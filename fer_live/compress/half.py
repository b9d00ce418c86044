"""A half-precision copy of a float ONNX file: weights and arithmetic in FP16, input and outputs still float32."""

import warnings
from pathlib import Path

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16


def halve(source: Path, target: Path) -> None:
    """Write the FP16 form of ``source`` to ``target``; half the bytes, the same interface.

    Processors without FP16 arithmetic compute it in float32 between casts: no gain in speed there, only in bytes.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # weights below FP16's smallest number become that number, which is meant
        model = convert_float_to_float16(onnx.load(source), keep_io_types=True)
    onnx.save(model, target)
