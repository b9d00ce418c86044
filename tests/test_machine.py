import json
import platform
import time
from collections import namedtuple
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import psutil
import pytest

from fer_live import machine
from fer_live.machine import LoadMeter, ProcessMeter, cpu_model, fast_int8, machine_facts, vector_flags, versions


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


def test_another_build_of_a_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"onnxruntime-openvino": "1.24.1", "opencv-contrib-python": "5.0.0", "opencv-python": "4.13.0"}
    _install(monkeypatch, installed)
    found = versions.__wrapped__()
    assert found["onnxruntime"] == "1.24.1 (onnxruntime-openvino)"
    assert found["opencv-contrib-python"] == "5.0.0, 4.13.0 (opencv-python)"
    assert found["mediapipe"] == "missing"


def _install(monkeypatch: pytest.MonkeyPatch, installed: dict[str, str]) -> None:
    """Let only these packages be there."""

    def version(name: str) -> str:
        if name not in installed:
            raise PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(machine, "version", version)


def test_the_meter_counts_this_process() -> None:
    meter = ProcessMeter()
    sum(range(2_000_000))
    assert meter.cpu_percent > 0
    assert meter.rss_mb > 10


def test_the_load_of_others_is_what_is_neither_idle_nor_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    times = namedtuple("times", "user system idle iowait guest steal")
    counted = [times(50, 10, 30, 5, 20, 5), times(56, 11, 31, 6, 26, 6)]  # guest is part of user
    own = [3.0, 5.0]
    monkeypatch.setattr(psutil, "cpu_times", lambda: counted.pop(0))
    monkeypatch.setattr(time, "process_time", lambda: own.pop(0))
    assert LoadMeter().others_percent == pytest.approx(60)  # of ten seconds 8 busy, 2 of them ours


def test_nothing_passed_is_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = psutil.cpu_times()
    monkeypatch.setattr(psutil, "cpu_times", lambda: frozen)
    assert LoadMeter().others_percent == 0.0
