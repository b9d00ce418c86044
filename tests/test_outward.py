import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fer_live import outward
from fer_live.manifest import load_manifest

ROOT = Path(__file__).resolve().parents[1]


def fresh(code: str, home: Path, **environment: str) -> None:
    """Run ``code`` in a process of its own, with nothing that says that it is a test."""
    own = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    own |= {"PYTHONPATH": str(ROOT), "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    subprocess.run([sys.executable, "-c", code], env=own | environment, check=True, timeout=100, cwd=home)


@pytest.mark.skipif(sys.platform == "win32", reason="it writes elsewhere there")
def test_onnxruntime_makes_no_number_for_this_computer_and_sends_nothing(tmp_path: Path) -> None:
    model = load_manifest().variant("pruned-int8").path
    fresh(f"import fer_live.onnx_session as s; s.onnxruntime.InferenceSession({str(model)!r})", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_mediapipe_sends_is_led_to_this_computer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(60)
        code = f"""
from fer_live import outward
outward.NOWHERE = "http://127.0.0.1:{trap.getsockname()[1]}"
outward.keep_in()
import numpy as np, time
from fer_live.faces import FaceFinder
with FaceFinder() as finder:
    finder.find(np.zeros((48, 64, 3), np.uint8))
time.sleep(2)
"""
        with subprocess.Popen(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path
        ) as sender:
            caught, _ = trap.accept()
            with caught:
                asked = caught.recv(200)
            sender.wait(100)
    assert asked.startswith(b"CONNECT play.googleapis.com:443")


def test_other_programs_go_the_users_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://office:8080")
    monkeypatch.setattr(outward, "_before", [None])
    outward.keep_in()
    assert os.environ["https_proxy"] == outward.NOWHERE
    with outward.as_before():
        assert os.environ["https_proxy"] == "http://office:8080"
    assert os.environ["https_proxy"] == outward.NOWHERE
    monkeypatch.setattr(outward, "_before", [None])
    with outward.as_before():
        assert "https_proxy" not in os.environ
