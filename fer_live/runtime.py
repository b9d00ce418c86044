"""What a network runs with: one of ONNX Runtime's providers and a number of threads. Knows no onnxruntime."""

from dataclasses import dataclass
from typing import Final

CPU: Final = "CPUExecutionProvider"
PROVIDERS: Final = {
    CPU: "CPU",
    "CUDAExecutionProvider": "CUDA",
    "TensorrtExecutionProvider": "TensorRT",
    "CoreMLExecutionProvider": "CoreML",
    "DmlExecutionProvider": "DirectML",
    "OpenVINOExecutionProvider": "OpenVINO",
}
"""What onnxruntime calls a provider, and what people call it. Others that onnxruntime may list are not offered."""


@dataclass(frozen=True)
class Runtime:
    """How networks run; ``provider`` as onnxruntime calls it. Only the CPU and OpenVINO heed ``threads`` in full."""

    threads: int = 1
    provider: str = CPU

    def __str__(self) -> str:
        return f"{provider_title(self.provider)}, {self.threads} thread{'s' if self.threads != 1 else ''}"


ON_CPU: Final = Runtime()  # one thread of the CPU


def provider_title(provider: str) -> str:
    """What people call a provider."""
    return PROVIDERS.get(provider, provider.removesuffix("ExecutionProvider"))


def provider_called(text: str) -> str | None:
    """The provider that ``text`` means, such as "cuda" or "CUDAExecutionProvider"; None when there is none."""
    names = {word.casefold(): provider for provider, title in PROVIDERS.items() for word in (provider, title)}
    return names.get(text.strip().casefold())
