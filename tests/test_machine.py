import json
import platform
from pathlib import Path

import pytest

from fer_live.machine import ProcessMeter, cpu_model, fast_int8, machine_facts, vector_flags, versions


def test_facts_are_plain_json() -> None:
    facts = json.loads(json.dumps(machine_facts()))
    assert facts["logical_cores"] >= facts["cores"] >= 1
    assert facts["memory_mb"] > 100
    assert facts["cpu"] == cpu_model() != ""


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="no /proc/cpuinfo to compare with")
def test_flags_are_those_of_the_system() -> None:
    told = Path("/proc/cpuinfo").read_text()
    words = set(told.split())
    flags = vector_flags()
    assert ("avx2" in flags) == ("avx2" in words)
    assert ("avx512_vnni" in flags) == ("avx512_vnni" in words)
    assert ("neon" in flags) == (platform.machine() == "aarch64")


@pytest.mark.parametrize(
    ("flags", "fast"),
    [
        (("avx2",), False),
        (("avx2", "avx512"), False),
        (("avx2", "avx_vnni"), True),
        (("neon", "dotprod"), True),
        ((), False),
    ],
)
def test_int8_pays_only_with_dot_products(flags: tuple[str, ...], fast: bool) -> None:
    assert fast_int8(flags) is fast


def test_versions_name_what_decides_speed() -> None:
    found = versions()
    assert found["python"] == platform.python_version()
    assert all(found[name] != "missing" for name in ("numpy", "onnxruntime", "mediapipe", "opencv-contrib-python"))


def test_the_meter_counts_this_process() -> None:
    meter = ProcessMeter()
    sum(range(2_000_000))
    assert meter.cpu_percent > 0
    assert meter.rss_mb > 10
