"""Importing the command line must stay light: a fresh process tells what was loaded."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("PySide6", "torch", "onnx", "matplotlib", "tqdm", "mediapipe", "cv2", "onnxruntime", "numpy")


def _loaded_by(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nsys.stdout.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return {module.partition(".")[0] for module in done.stdout.split()}


@pytest.mark.parametrize("module", ["cli", "bench", "evaluate", "doctor", "engine", "record", "report.page"])
def test_the_app_without_a_window_loads_neither_qt_nor_torch(module: str) -> None:
    loaded = _loaded_by(f"import fer_live.{module}")
    assert "fer_live" in loaded
    assert not loaded & {"PySide6", "shiboken6", "torch", "onnx", "matplotlib", "tqdm"}


def test_the_command_line_starts_without_any_heavy_library() -> None:
    assert not _loaded_by("import fer_live.cli") & set(HEAVY)


def test_help_and_usage_need_no_heavy_library() -> None:
    statement = "from fer_live.cli import main\ntry: main(['bench', '--rounds', '0'])\nexcept SystemExit: pass"
    assert not _loaded_by(statement) & set(HEAVY)


def test_mediapipe_waits_for_the_first_face_finder() -> None:
    assert "mediapipe" not in _loaded_by("import fer_live.bench, fer_live.faces")
