"""``fer-live models`` with actions: what it prints as JSON, and titles that the window has room for."""

import json
from pathlib import Path

import pytest
from command import run
from tiny_onnx import foreign_model, tiny_manifest

from fer_live.manifest import load_manifest, own_models

FED = ("--labels", "neutral,happy", "--input", "32x32", "--channels", "gray", "--mean", "0.5", "--std", "0.5")


@pytest.fixture(autouse=True)
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    tiny_manifest(tmp_path / "models")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))
    (tmp_path / "net.onnx").write_bytes(foreign_model(("n", 1, 32, 32), 2))
    return str(tmp_path / "net.onnx")


@pytest.mark.parametrize("first", [True, False])
def test_json_may_stand_before_and_behind_the_action(net: str, capsys: pytest.CaptureFixture[str], first: bool) -> None:
    def asked(*words: str) -> str:
        code, out, err = run(capsys, "models", *(("--json", *words) if first else (*words, "--json")))
        assert (code, err) == (0, "")
        return out

    added = json.loads(asked("add", net, *FED))
    assert (added["name"], added["own"], added["intact"]) == ("net", True, True)
    assert added == json.loads(run(capsys, "models", "--json")[1])["variants"][-1]
    assert json.loads(asked("remove", "net")) == {"removed": "net"}


def test_a_title_is_as_long_as_the_window_lets_it_be(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "models", "add", net, *FED, "--title", "T" * 61)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "argument --title: TTT" in err
    assert "is longer than 60 letters" in err
    assert run(capsys, "models", "add", net, *FED, "--title", "T" * 60)[0] == 0
    assert load_manifest().variant("net").title == "T" * 60


@pytest.mark.parametrize("batch", [2**31, 2**40])
def test_a_batch_that_no_memory_holds_is_refused(
    tmp_path: Path, net: str, capsys: pytest.CaptureFixture[str], batch: int
) -> None:
    (tmp_path / "net.onnx").write_bytes(foreign_model((batch, 1, 32, 32), 2))
    code, out, err = run(capsys, "models", "add", net, *FED)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"a batch of {batch} faces cannot be fed; export the network for any number" in err


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 300 + "1" + "}" * 300])
def test_own_models_that_are_nested_too_deep_are_left_out(capsys: pytest.CaptureFixture[str], text: str) -> None:
    own_models().mkdir(parents=True)
    (own_models() / "manifest.json").write_text(text)
    code, _, err = run(capsys, "models")
    assert (code, err.count("\n")) == (0, 1)
    assert "your own models are left out: " in err
    code, out, err = run(capsys, "models", "remove", "mine")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "manifest.json is broken: not JSON (it is nested too deep)" in err
    assert (own_models() / "manifest.json").read_text() == text
