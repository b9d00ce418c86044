"""Sessions over ONNX files, and what onnxruntime complains about in words. The app's only user of onnxruntime."""

import re
from typing import Any, Final

import onnxruntime

PROVIDER: Final = "CPUExecutionProvider"


class ClassifierError(Exception):
    """A variant cannot run: its file is missing, altered, not ONNX or of the wrong shape. One line."""


def open_session(content: bytes, threads: int = 1) -> Any:
    """An onnxruntime session over an ONNX file's bytes; ClassifierError with the reason alone when it does not load."""
    try:
        return onnxruntime.InferenceSession(content, _options(threads), providers=[PROVIDER])
    except Exception as error:  # onnxruntime's errors share no base of their own
        raise ClassifierError(_reason(str(error))) from error


def _reason(told: str) -> str:
    """A complaint of onnxruntime about a file in words for whoever made it."""
    newer = f"newer than onnxruntime {onnxruntime.__version__} knows; export it with a lower opset_version"
    for pattern, words in (
        (r"Opset (\d+) is under development", "its opset {} is " + newer),
        (r"Unsupported model IR version: (\d+)", "its format, IR version {}, is " + newer),
        (r"(\S+)\(-?\d+\) is not a registered function/op", "its operator {} is unknown to onnxruntime"),
        (r"No Op registered for (\S+)", "its operator {} is unknown to onnxruntime in this opset"),
        (r"External data", "its weights lie in a second file; save it with them inside"),
        (r"(?i)No graph was found|protobuf parsing failed", "it is not an ONNX file"),
    ):
        if found := re.search(pattern, told):
            return words.format(*found.groups())
    return " ".join(told.split())[:200]


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores alone
    return options
