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
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONPATH": str(ROOT), "no_proxy": "googleapis.com"},
            cwd=tmp_path,
        ) as sender:
            caught, _ = trap.accept()
            with caught:
                asked = caught.recv(200)
            sender.wait(100)
    assert asked.startswith(b"CONNECT play.googleapis.com:443")


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment and a memory of one's own, put back at the end."""
    for name in outward._WAYS:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(outward, "_users", {})


@pytest.mark.usefixtures("_alone")
def test_other_programs_go_the_users_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    users = {"https_proxy": "http://office:8080", "http_proxy": "http://office:8080", "no_proxy": "cam.local,*.com"}
    for name, way in users.items():
        monkeypatch.setenv(name, way)
    for _ in range(2):  # asked twice, it still knows what was there first
        outward.keep_in()
        assert os.environ["https_proxy"] == outward.NOWHERE
        assert (os.environ["http_proxy"], os.environ["no_proxy"]) == ("http://office:8080", "cam.local")
        with outward.as_before():
            assert {name: os.environ[name] for name in users} == users
    assert os.environ["https_proxy"] == outward.NOWHERE


@pytest.mark.usefixtures("_alone")
def test_without_a_proxy_other_programs_have_none() -> None:
    outward.keep_in()
    with outward.as_before():
        assert not set(outward._WAYS) & set(os.environ)
    assert os.environ["https_proxy"] == outward.NOWHERE


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("around", ["googleapis.com", ".googleapis.com", "play.googleapis.com:443", "COM", "*.com"])
def test_no_entry_of_no_proxy_leads_around_it(monkeypatch: pytest.MonkeyPatch, around: str) -> None:
    monkeypatch.setenv("NO_PROXY", f"cam.local, {around} 10.0.0.7,mygoogleapis.com")
    outward.keep_in()
    assert os.environ["NO_PROXY"] == "cam.local,10.0.0.7,mygoogleapis.com"


@pytest.mark.usefixtures("_alone")
def test_a_stream_past_all_proxies_still_goes_past_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("http_proxy", "http://office:8080")
    outward.keep_in()
    assert "http_proxy" not in os.environ
    assert os.environ["no_proxy"] == ""
    with outward.as_before():
        assert (os.environ["no_proxy"], os.environ["http_proxy"]) == ("*", "http://office:8080")
