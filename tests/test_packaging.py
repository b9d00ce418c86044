import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def required(*texts: str) -> list[Requirement]:
    return [Requirement(text) for text in texts]


APP = required(*PROJECT["dependencies"])
EXTRAS = required(*PROJECT["optional-dependencies"]["compress"], *PROJECT["optional-dependencies"]["dev"])


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / "packaging" / name).read_text(encoding="utf-8").splitlines()
    entries = [line.split("==") for line in lines if line and not line.startswith(("#", "-c "))]
    return {canonicalize_name(package): version for package, version in entries}


def tree(roots: list[Requirement]) -> set[str]:
    """Every package that ``roots`` bring here, by what the installed ones say. torch's own tree differs by build."""
    found: set[str] = set()
    waiting = [(canonicalize_name(root.name), extra) for root in roots for extra in ("", *root.extras)]
    while waiting:
        name, extra = waiting.pop()
        if name == "fer-live" or name in found:
            continue
        found.add(name)
        try:
            wanted = required(*(requires(name) or ()))
        except PackageNotFoundError:
            pytest.fail(f"{name} is required and not installed; make test installs it")
        if name != "torch":
            here = [item for item in wanted if item.marker is None or item.marker.evaluate({"extra": extra})]
            waiting += [(canonicalize_name(item.name), extra) for item in here for extra in ("", *item.extras)]
    return found


@pytest.mark.parametrize("requirement", APP, ids=lambda requirement: requirement.name)
def test_the_app_is_pinned_within_what_pyproject_allows(requirement: Requirement) -> None:
    assert pins("constraints.txt")[canonicalize_name(requirement.name)] in requirement.specifier


@pytest.mark.parametrize("requirement", EXTRAS, ids=lambda requirement: requirement.name)
def test_the_extras_are_pinned_within_what_pyproject_allows(requirement: Requirement) -> None:
    if requirement.name != PROJECT["name"]:
        known = pins("constraints.txt") | pins("constraints-dev.txt")
        assert known[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_pins_are_the_complete_tree_and_the_app_needs_no_torch() -> None:
    app, extras = pins("constraints.txt"), pins("constraints-dev.txt")
    assert tree(APP) <= app.keys()
    assert tree(APP + EXTRAS) <= app.keys() | extras.keys()
    assert not app.keys() & extras.keys()
    assert "torch" not in app


def test_there_is_one_opencv() -> None:
    """Two of the opencv packages install over each other in the same folder."""
    assert [name for name in pins("constraints.txt") | pins("constraints-dev.txt") if name.startswith("opencv")] == [
        "opencv-contrib-python"
    ]
    assert set(packages_distributions()["cv2"]) == {"opencv-contrib-python"}


def test_the_faulty_pyside_is_excluded() -> None:
    (pyside,) = (requirement for requirement in APP if requirement.name == "PySide6-Essentials")
    assert "6.12.0" not in pyside.specifier
    assert "6.11.3" in pyside.specifier


def test_the_installed_pyside_keeps_its_references() -> None:
    """PySide6 6.12.0 on Python 3.11 loses a reference to True with each emit, and aborts after some thousand."""
    program = """
import sys
from PySide6.QtCore import QObject, Signal
class Sender(QObject):
    sent = Signal(int)
sender = Sender()
sender.sent.connect(lambda number: None)
before = sys.getrefcount(True)
for number in range(20_000):
    sender.sent.emit(number)
print(before - sys.getrefcount(True))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1_000


def test_python_is_the_one_that_the_readme_promises() -> None:
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.11")
    assert SpecifierSet(PROJECT["requires-python"]).contains("3.13.9")


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    script = ROOT / ".ci" / "run"
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert commands[-1] == "exec make test"
    assert os.access(script, os.X_OK)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(ROOT)], check=True)
    (built,) = folder.glob("fer_live-*.whl")
    return built


def test_the_wheel_carries_what_the_app_needs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"fer_live/_assets/{path.name}" for path in (ROOT / "assets").iterdir()} <= names
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))
    assert {f"fer_live/_models/{variant['file']}" for variant in manifest["variants"]} <= names
    assert {"fer_live/_models/manifest.json", "fer_live/py.typed", "fer_live/report/style.css"} <= names
    assert {name.split("/")[0] for name in names} == {"fer_live", f"fer_live-{PROJECT['version']}.dist-info"}


def test_the_installed_command_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--target", str(target)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(wheel)], check=True)
    program = """
import json, fer_live
from fer_live.manifest import load_manifest, shipped
from fer_live.report.looks import style_sheet
assert ".plot" in style_sheet()
manifest = load_manifest()
for variant in manifest.variants:
    variant.verify()
print(json.dumps([fer_live.__file__, str(shipped("assets")), str(manifest.variants[0].path)]))
"""
    env = os.environ | {"PYTHONPATH": str(target)}
    python = [sys.executable, "-P"]
    found = subprocess.run([*python, "-c", program], cwd=elsewhere, env=env, capture_output=True, text=True, check=True)
    assert all(Path(path).is_relative_to(target) for path in json.loads(found.stdout))
    start = "import sys; from fer_live.cli import main; sys.exit(main(['--version']))"
    done = subprocess.run([*python, "-c", start], cwd=elsewhere, env=env, capture_output=True, text=True, check=True)
    assert PROJECT["version"] in done.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of small programs that stand for a Debian machine without one library, and for a user without rights."""
    _program(
        tmp_path / "ldconfig", "grep -o 'lib[A-Za-z0-9.-]*[.]so[.0-9]*' \"$SCRIPT\" | grep -v keysyms | sed 's/$/ (x)/'"
    )
    _program(tmp_path / "id", "echo ${ID_HERE:-1000}")
    _program(tmp_path / "sudo", "exit ${SUDO_RC:-1}")
    _program(tmp_path / "apt-get", 'echo "apt-get $*" >> "$APT_LOG"')
    _program(tmp_path / "find", "echo font.ttf")
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def _system_libraries(machine: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "packaging" / "system_libraries.sh"
    paths = {"PATH": f"{machine}:{os.environ['PATH']}", "SCRIPT": str(script), "APT_LOG": str(machine / "apt.log")}
    return subprocess.run([script, sys.executable], env=os.environ | paths | env, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform != "linux", reason="the script does nothing elsewhere")
def test_without_rights_the_missing_package_is_named_in_one_line(machine: Path) -> None:
    done = _system_libraries(machine)
    assert done.returncode == 1
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("sudo "))
    assert line.endswith("apt-get install -y --no-install-recommends libxcb-keysyms1")
    assert not (machine / "apt.log").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the script does nothing elsewhere")
def test_root_gets_the_missing_package_installed(machine: Path) -> None:
    done = _system_libraries(machine, ID_HERE="0")
    assert done.returncode == 0
    assert (machine / "apt.log").read_text(encoding="utf-8").splitlines()[-1].endswith(" libxcb-keysyms1")


@pytest.mark.skipif(sys.platform != "linux", reason="the script does nothing elsewhere")
def test_nothing_is_asked_where_nothing_is_missing(machine: Path) -> None:
    everything = (machine / "ldconfig").read_text(encoding="utf-8").replace("grep -v keysyms", "cat")
    _program(machine / "ldconfig", everything)
    done = _system_libraries(machine, ID_HERE="0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (machine / "apt.log").exists()
