"""Sessions over ONNX files, and what onnxruntime complains about in words. The app's only user of onnxruntime."""

import re
from collections.abc import Callable
from typing import Any

import onnxruntime

from fer_live.runtime import CPU, ON_CPU, PROVIDERS, Runtime, provider_title

onnxruntime.disable_telemetry_events()  # on Windows, where ``outward``'s switch is not heeded
onnxruntime.set_default_logger_severity(4)  # what a provider has to say stands in a ProviderError, not on the terminal


class ClassifierError(Exception):
    """A variant cannot run: its file is missing, altered, not ONNX or of the wrong shape. One line."""


class ProviderError(ClassifierError):
    """A provider cannot run a network here: not present, without its driver, or handing on to the CPU."""


class RunError(ClassifierError):
    """A loaded variant fails on some faces; ``variant`` is its name and ``why`` one line."""

    def __init__(self, variant: str, why: str) -> None:
        super().__init__(variant, why)  # both, so that it can be sent to another process
        self.variant, self.why = variant, why

    def __str__(self) -> str:
        return f"variant {self.variant}: {self.why}"


def present() -> tuple[str, ...]:
    """The providers of this installation that can be chosen, the CPU first. Whether one works shows when it is used."""
    listed = onnxruntime.get_available_providers()
    return tuple(provider for provider in PROVIDERS if provider in listed)


def open_session(
    content: bytes, runtime: Runtime = ON_CPU, make: Callable[..., Any] = onnxruntime.InferenceSession
) -> Any:
    """A session over an ONNX file's bytes; ClassifierError with the reason alone when it does not load.

    ProviderError when the provider is what fails: onnxruntime would go on with the CPU without a word, and figures
    would then bear the wrong name. ``make`` takes what InferenceSession takes.
    """
    title, there = provider_title(runtime.provider), present()
    if runtime.provider not in there:
        known = ", ".join(map(provider_title, there))
        raise ProviderError(f"{title} is not in this installation of onnxruntime (there: {known})")
    try:
        return make(
            content,
            _options(runtime),
            providers=[runtime.provider],
            provider_options=[_provider_options(runtime)],
            enable_fallback=0,
        )
    except Exception as error:  # onnxruntime's errors share no base of their own
        if runtime.provider != CPU:
            raise ProviderError(_fault_of_provider(title, error)) from error
        raise ClassifierError(_fault_of_file(str(error))) from error


def reason(error: Exception) -> str:
    """What an error of onnxruntime says, in one line and without the place in its source code."""
    text = " ".join(str(error).split())
    return re.sub(r"^\S+\.(?:cc|cpp|h):\d+ .*?\)(?: const)? (?=\S)", "", text)[:200]


def _fault_of_provider(title: str, error: Exception) -> str:
    if "fallback to CPU EP has been explicitly disabled" in str(error):
        why = "its driver or libraries are missing or too old, or it lacks an operator"
        return f"{title} leaves this network, or part of it, to the CPU: {why}; choose CPU"
    return f"{title} cannot run here: {reason(error)}"


def _fault_of_file(told: str) -> str:
    """A complaint of onnxruntime about a file in words for whoever made it."""
    newer = f"newer than onnxruntime {onnxruntime.__version__} knows; export it with a lower opset_version"
    for pattern, words in (
        (r"Opset (\d+) is under development", "its opset {} is " + newer),
        (r"Unsupported model IR version: (\d+)", "its format, IR version {}, is " + newer),
        (r"(\S+)\(-?\d+\) is not a registered function/op", "its operator {} is unknown to onnxruntime"),
        (r"No Op registered for (\S+)", "its operator {} is unknown to onnxruntime in this opset"),
        (r"External data", "its weights lie in a second file; save it with them inside"),
        (r"(?i)No graph was found|protobuf parsing failed", "it is not an ONNX file, or not a whole one"),
    ):
        if found := re.search(pattern, told):
            return words.format(*found.groups())
    return " ".join(told.split())[:200]


def _options(runtime: Runtime) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = runtime.threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the cores alone
    # Without VNNI, 8-bit weights saturate the kernel's 16-bit sums. So told, it computes exactly; 7-bit ones as fast.
    options.add_session_config_entry("session.x64quantprecision", "1")
    if runtime.provider != CPU:  # a provider stands among the session's also where it computes nothing of it
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    if runtime.provider == "DmlExecutionProvider":
        options.enable_mem_pattern = False  # which DirectML does not have
    return options


def _provider_options(runtime: Runtime) -> dict[str, str]:
    if runtime.provider == "OpenVINOExecutionProvider":
        return {"device_type": "CPU", "num_of_threads": str(runtime.threads)}  # it heeds no threads of the session
    return {}
