import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_onnx import tiny_manifest

from fer_live import doctor, faces, listings
from fer_live.doctor import examine
from fer_live.listings import list_models, list_webcams

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_manifest(tmp_path / "models")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def _states(checkup: doctor.Checkup) -> dict[str, str]:
    return {finding.name: finding.state for finding in checkup.findings}


def test_a_whole_installation_is_healthy(models: Path) -> None:
    checkup = examine()
    assert checkup.healthy, checkup.table()
    names = {"fer_live", "machine", "vector flags", "providers", "display", "cameras", "face detectors", "model int8"}
    assert names <= _states(checkup).keys()
    assert "Nothing is broken." in checkup.table()
    told = json.loads(json.dumps(checkup.to_dict()))
    assert told["healthy"]
    assert told["versions"]["onnxruntime"]


def test_an_altered_model_is_broken(models: Path) -> None:
    (models / "int8.onnx").write_bytes(b"other")
    checkup = examine()
    assert not checkup.healthy
    assert _states(checkup)["model int8"] == "broken"
    assert _states(checkup)["model fp32"] == "ok"
    assert "altered" in checkup.table()


def test_a_missing_manifest_is_broken(models: Path) -> None:
    (models / "manifest.json").unlink()
    assert _states(examine())["models"] == "broken"


@pytest.mark.parametrize("version", ["6.12.0", "missing"])
def test_a_window_library_that_cannot_work_is_broken(
    models: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    found = {**doctor.versions(), "PySide6-Essentials": version}
    monkeypatch.setattr(doctor, "versions", lambda: found)
    checkup = examine()
    assert _states(checkup)["PySide6-Essentials"] == "broken"
    assert "1 broken" in checkup.table()


def test_a_library_that_does_not_load_is_named(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor.NEEDED, "fer_live.no_such_module", "mediapipe")
    monkeypatch.delitem(doctor.NEEDED, "mediapipe")
    assert _states(examine())["mediapipe"] == "broken"


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("cv2", {"opencv-contrib-python", "mediapipe", "cameras", "model fp32", "model pruned", "model int8"}),
        ("cv2_enumerate_cameras", {"cameras"}),
        ("onnxruntime", {"onnxruntime", "providers", "model fp32", "model pruned", "model int8"}),
    ],
)
def test_what_needs_a_library_that_does_not_load_is_broken(
    models: Path, tmp_path: Path, module: str, names: set[str]
) -> None:
    (tmp_path / "ahead").mkdir()
    (tmp_path / "ahead" / f"{module}.py").write_text("raise ImportError('libGL.so.1: no such file')\n")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'ahead'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "fer_live", "doctor", "--json"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (1, "")
    broken = {one["name"]: one["text"] for one in json.loads(ended.stdout)["findings"] if one["state"] == "broken"}
    assert broken.keys() - {"face detectors"} == names
    assert any("libGL.so.1: no such file" in text for text in broken.values())


def test_two_builds_that_overwrite_each_other_are_noted(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"onnxruntime": "1.31.1", "onnxruntime-gpu": "1.30.0"}
    monkeypatch.setattr(doctor, "builds", lambda package: both if package in both else {package: "1"})
    checkup = examine()
    assert _states(checkup)["onnxruntime"] == "note"
    assert "pip uninstall onnxruntime onnxruntime-gpu, then" in checkup.table()
    assert checkup.healthy


GREETING = "I0000 00:00:17 46 inference_runner.cc:14] Input"


@pytest.mark.parametrize(
    ("trial", "told"),
    [
        (
            f"print({GREETING!r}, 'CHECK in NumCPUs', sep='\\n', file=sys.stderr, flush=True); os.abort()",
            "CHECK in NumCPUs",
        ),
        ("os._exit(3)", "mediapipe ends with 3"),
        ("sys.exit('it cannot be loaded')", "it cannot be loaded"),
    ],
)
def test_detectors_that_end_the_process_are_broken(
    models: Path, monkeypatch: pytest.MonkeyPatch, trial: str, told: str
) -> None:
    monkeypatch.setattr(doctor, "TRIAL", f"import os, sys; {trial}")
    found = next(finding for finding in examine().findings if finding.name == "face detectors")
    assert (found.state, found.text) == ("broken", told)


def test_detectors_that_do_not_answer_are_broken(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "TRIAL", "import time; time.sleep(60)")
    monkeypatch.setattr(doctor, "TRIAL_SECONDS", 0.5)
    assert _states(examine())["face detectors"] == "broken"


def test_a_detector_that_cannot_be_loaded_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faces, "shipped", lambda folder: tmp_path)
    with pytest.raises(SystemExit, match=f"{faces.SHORT_RANGE} cannot be loaded"):
        doctor.try_detectors()


def test_models_are_listed_with_what_is_wrong(tmp_path: Path) -> None:
    manifest = tiny_manifest(tmp_path)
    (tmp_path / "pruned.onnx").unlink()
    (tmp_path / "int8.onnx").write_bytes(b"other")
    listing = list_models(manifest)
    assert listing.faults == ("", "missing", "altered")
    told = json.loads(json.dumps(listing.to_dict()))
    assert [row["intact"] for row in told["variants"]] == [True, False, False]
    assert told["default"] == "int8"
    lines = listing.table().splitlines()
    assert lines[2].split()[0] == "fp32"
    assert lines[2].split()[-2:] == ["50.00%", "yes"]
    assert lines[4].startswith("int8 *")


def test_webcams_are_listed_or_their_absence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_live.source import CameraInfo

    monkeypatch.setattr(listings, "list_cameras", lambda: [CameraInfo(2, "HD Webcam", 200, "/dev/video2")])
    listing = list_webcams()
    assert listing.to_dict() == {"cameras": [{"index": 2, "name": "HD Webcam", "path": "/dev/video2"}]}
    assert listing.table().splitlines()[-1].split() == ["2", "HD", "Webcam", "/dev/video2"]
    monkeypatch.setattr(listings, "list_cameras", list)
    assert list_webcams().table().startswith("No camera found.")
