from pathlib import Path

import pytest

from fer_live.demo import demo_clip
from fer_live.gui.remembered import find_source, text_of
from fer_live.manifest import ManifestError
from fer_live.source import CameraError, Source


def test_the_demo_is_remembered_by_its_name() -> None:
    demo = Source("clip", str(demo_clip()))
    assert text_of(demo) == "demo"
    assert find_source("demo") == demo


def test_a_clip_of_ones_own_may_be_called_as_the_demo_is(tmp_path: Path) -> None:
    own = tmp_path / "demo.mp4"
    own.touch()
    assert find_source(text_of(Source("clip", str(own)))) == Source("clip", str(own))


@pytest.mark.parametrize(
    "address", ["rtsp://camera/stream", "http://me@camera:8080/", "rtsp://camera/realmonitor?channel=1&subtype=0"]
)
def test_an_address_is_remembered(address: str) -> None:
    assert find_source(text_of(Source("url", address))) == Source("url", address)


@pytest.mark.parametrize(
    "rest", ["me:secret@camera/stream", "camera/?user=me&Password=s", "camera/live?access_token=s"]
)
def test_a_password_is_never_remembered(rest: str) -> None:
    assert text_of(Source("url", f"rtsp://{rest}")) == ""


def test_without_the_assets_the_demo_is_a_source_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ManifestError(f"the {name} that belong to fer_live are missing")

    monkeypatch.setattr("fer_live.demo.shipped", missing)
    with pytest.raises(CameraError, match="the assets that belong to fer_live are missing") as caught:
        find_source("demo")
    assert caught.value.kind == "missing"
