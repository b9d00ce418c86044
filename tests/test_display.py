import socket
import sys
from pathlib import Path

import pytest

from fer_live.display import display_fault

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can be without a display")


def test_without_any_display() -> None:
    assert display_fault({}) == "there is no display"


def test_a_display_that_does_not_answer_counts_as_none(tmp_path: Path) -> None:
    gone = {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": str(tmp_path), "DISPLAY": ":4711"}
    assert display_fault(gone) == "the display does not answer (WAYLAND_DISPLAY=wayland-9, DISPLAY=:4711)"
    assert display_fault({"DISPLAY": "localhost:59000.0"}).startswith("the display does not answer")
    assert display_fault({"DISPLAY": "nonsense"}).startswith("the display does not answer")


def test_a_display_that_answers_is_enough(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "wayland-3"))
        server.listen()
        there = {"WAYLAND_DISPLAY": "wayland-3", "XDG_RUNTIME_DIR": str(tmp_path)}
        assert display_fault(there) == ""
        assert display_fault({**there, "DISPLAY": ":4711"}) == ""


def test_an_x_server_reached_by_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        assert display_fault({"DISPLAY": f"127.0.0.1:{number}.0"}) == ""


def test_a_platform_chosen_on_purpose_is_believed() -> None:
    assert display_fault({"QT_QPA_PLATFORM": "offscreen"}) == ""
