"""bfloat16 only where the device computes in it."""

from types import MappingProxyType

import pytest
import torch

from fer_live.compress.arithmetic import autocast, has_bfloat16

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"architecture": "x86_64", "avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, torch.float32),
        ({"architecture": "x86_64", "avx512_bf16": True, "amx_bf16": False}, torch.bfloat16),
        ({"architecture": "x86_64", "amx_bf16": True}, torch.bfloat16),
        ({"architecture": "arm64", "neon": True}, torch.float32),
        ({"architecture": "arm64", "bf16": True}, torch.bfloat16),
    ],
)
def test_a_processor_without_bfloat16_computes_in_float32(
    capabilities: dict[str, object], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: MappingProxyType(capabilities))
    with autocast(CPU):
        assert torch.nn.functional.linear(torch.ones(2, 3), torch.ones(4, 3)).dtype == expected


def test_an_accelerator_is_taken_at_its_word() -> None:
    assert has_bfloat16(torch.device("cuda"))


def test_this_processor_is_asked() -> None:
    assert isinstance(torch.cpu.get_capabilities()["architecture"], str), "torch names its capabilities otherwise now"
