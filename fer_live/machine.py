"""What this machine is, as far as it decides speed, and what a process costs on it."""

import os
import platform
import subprocess
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from fer_live import __version__

PACKAGES: Final = ("numpy", "onnxruntime", "opencv-contrib-python", "mediapipe", "PySide6-Essentials")
BUILDS: Final = {  # other packages that bring the same module, and overwrite its files where both are installed
    "onnxruntime": tuple(f"onnxruntime-{name}" for name in ("gpu", "openvino", "directml", "qnn", "rocm", "training")),
    "opencv-contrib-python": ("opencv-python", "opencv-python-headless", "opencv-contrib-python-headless"),
}
INT8_FLAGS: Final = frozenset({"avx512_vnni", "avx_vnni", "amx_int8", "dotprod", "i8mm"})  # fast 8-bit dot products
# What the flags are called here, by what Linux, macOS and numpy (for Windows) call them.
_FLAGS: Final = {
    "avx2": ("avx2", "X86_V3", "AVX2"),
    "avx512": ("avx512f", "avx512bw", "X86_V4", "AVX512_SKX"),
    "avx512_vnni": ("avx512_vnni", "AVX512VNNI", "AVX512_ICL", "AVX512_CLX"),
    "avx_vnni": ("avx_vnni",),
    "amx_int8": ("amx_int8",),
    "neon": ("asimd", "neon", "NEON", "ASIMD", "hw.optional.neon", "hw.optional.AdvSIMD"),
    "dotprod": ("asimddp", "ASIMDDP", "hw.optional.arm.FEAT_DotProd"),
    "i8mm": ("i8mm", "hw.optional.arm.FEAT_I8MM"),
}


@cache
def vector_flags() -> tuple[str, ...]:
    """Instruction sets that matter for these networks: avx2, avx512, avx512_vnni, avx_vnni, amx_int8, neon, ..."""
    found = _linux_flags() or _mac_flags() or _numpy_flags()
    return tuple(name for name, words in _FLAGS.items() if found.intersection(words))


def fast_int8(flags: tuple[str, ...] | None = None) -> bool:
    """Whether INT8 can be expected to pay here: the processor multiplies and adds 8-bit numbers in one step."""
    return bool(INT8_FLAGS.intersection(vector_flags() if flags is None else flags))


@cache
def cpu_model() -> str:
    """The processor's name as its maker gives it, or what the system says instead."""
    if platform.system() == "Darwin":
        return _asked("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    for line in _cpuinfo():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "Hardware") and value.strip():
            return value.strip()
    return platform.processor() or platform.machine()


def machine_facts() -> dict[str, Any]:
    """Processor, cores, memory and system, as plain JSON values."""
    return {
        "cpu": cpu_model(),
        "architecture": platform.machine(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count(),
        "logical_cores": psutil.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 2**20),
        "vector_flags": list(vector_flags()),
        "system": platform.platform(terse=True),
    }


@cache
def versions() -> dict[str, str]:
    """Versions of fer_live, Python and the libraries that decide speed; none of them is imported for it.

    Where another build of a library is installed, its name stands behind its version.
    """
    found = {"fer_live": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        listed = [number if name == package else f"{number} ({name})" for name, number in builds(package).items()]
        found[package] = ", ".join(listed) or "missing"
    return found


def builds(package: str) -> dict[str, str]:
    """The installed builds of a library, name to version: more than one overwrite each other's files."""
    found = {}
    for name in (package, *BUILDS.get(package, ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class LoadMeter:
    """How much of all processors went to others since the meter was made: to other programs, or to the host."""

    def __init__(self) -> None:
        self._busy, self._all, self._own = _cpu_times()

    @property
    def others_percent(self) -> float:
        """In percent of the whole machine; the system counts in steps of 10 ms, so less than a second tells little."""
        busy, total, own = _cpu_times()
        passed = total - self._all
        taken = (busy - self._busy) - (own - self._own)
        return min(max(100 * taken / passed, 0.0), 100.0) if passed > 0 else 0.0


class ProcessMeter:
    """What this process costs since the meter was made, children not counted. Any thread."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def cpu_percent(self) -> float:
        """Processor time per wall time since then, in percent; above 100 when several cores work."""
        passed = time.perf_counter() - self._wall
        return 100 * (time.process_time() - self._cpu) / passed if passed > 0 else 0.0

    @property
    def rss_mb(self) -> float:
        """Memory that this process holds now, in MiB."""
        return float(psutil.Process().memory_info().rss) / 2**20


def _cpu_times() -> tuple[float, float, float]:
    """Seconds in which any processor worked, of all processors together, and in which one worked for this process."""
    times = psutil.cpu_times()._asdict()
    counted = {name: spent for name, spent in times.items() if name not in ("guest", "guest_nice")}  # in user already
    idle = counted.get("idle", 0.0) + counted.get("iowait", 0.0)
    total = sum(counted.values())
    return total - idle, total, time.process_time()


def _linux_flags() -> frozenset[str]:
    for line in _cpuinfo():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def _mac_flags() -> frozenset[str]:
    if platform.system() != "Darwin":
        return frozenset()
    lines = _asked("sysctl", "-a").splitlines()
    found = {line.split(":")[0] for line in lines if line.startswith("hw.optional") and line.endswith(": 1")}
    intel = "AVX2" in _asked("sysctl", "-n", "machdep.cpu.leaf7_features")
    return frozenset(found | ({"avx2"} if intel else set()))


def _numpy_flags() -> frozenset[str]:
    config: Any = np.show_config(mode="dicts")
    simd = config.get("SIMD Extensions", {})
    return frozenset([*simd.get("baseline", ()), *simd.get("found", ())])


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if os.access(path, os.R_OK) else []


def _asked(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
