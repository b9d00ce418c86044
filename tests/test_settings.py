import json
import stat
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from fer_live.gui.remembered import find_source, text_of
from fer_live.settings import SCHEMA, Settings, load_settings, save_settings, settings_file
from fer_live.source import CameraError, CameraInfo, Source


def test_without_a_file_the_defaults_and_nothing_to_say() -> None:
    assert load_settings() == (Settings(), "")


def test_what_is_saved_comes_back() -> None:
    own = Settings(
        theme="dark",
        source="rtsp://camera/1",
        variant="int8",
        compare=True,
        compared=["fp32", "int8"],
        reference="fp32",
        mirror_webcam=False,
        smoothing=0.25,
        inspector=False,
        recordings="/data",
        privacy_seen=True,
    )
    assert save_settings(own) == ""
    assert load_settings() == (own, "")
    assert [path.name for path in settings_file().parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"schema": 99}',
        json.dumps({"schema": SCHEMA, "smoothing": "much"}),
        json.dumps({"schema": SCHEMA, "compare": 1}),
        json.dumps({"schema": SCHEMA, "smoothing": True}),
        json.dumps({"schema": SCHEMA, "theme": "pink"}),
        json.dumps({"schema": SCHEMA, "compared": [1]}),
        json.dumps({"schema": SCHEMA, "smoothing": float("nan")}),
        json.dumps({"schema": SCHEMA, "geometry": "\ud83d"}),
        "[" * 100_000,
        json.dumps({"schema": SCHEMA, "recordings": "a\0b"}),
        json.dumps({"schema": SCHEMA, "source": "\ud800"}),
        "\ud83d".encode("utf-16", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_broken_file_is_set_aside_and_said(text: str) -> None:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    settings, said = load_settings()
    assert settings == Settings()
    assert "settings.set-aside.json" in said
    assert not path.exists()
    assert path.with_name("settings.set-aside.json").read_bytes() == text.encode("latin-1")


def test_keys_of_nobody_are_ignored_and_smoothing_is_kept_in_its_range() -> None:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(asdict(Settings()) | {"future": 1, "smoothing": 10**400, "charts_px": 10**12}), encoding="utf-8"
    )
    settings, said = load_settings()
    assert said == ""
    assert settings.smoothing == 1.0
    assert settings.charts_px == 10_000  # more than Qt can count is no height


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("FER_LIVE_CONFIG", str(blocked / "config"))
    assert "could not be saved" in save_settings(Settings())


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write bit there")
def test_a_broken_file_that_cannot_be_moved_is_still_not_fatal(monkeypatch: pytest.MonkeyPatch) -> None:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(stat.S_IWUSR)

    monkeypatch.setattr(Path, "replace", refuse)
    settings, said = load_settings()
    assert settings == Settings()
    assert "The defaults are used." in said


def test_folders_are_the_users_own_unless_chosen() -> None:
    assert Settings().recordings_folder().name == "fer_live"
    assert Settings(recordings="/data/rows").recordings_folder() == Path("/data/rows")
    assert Settings(pictures="/data/pictures").pictures_folder() == Path("/data/pictures")
    assert Settings().pictures_folder().is_absolute()


def test_the_webcam_that_was_remembered_is_no_other_with_its_name_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_live.source.list_cameras", lambda: [CameraInfo(2, "HD Webcam C270", 200, "/dev/video2")])
    with pytest.raises(CameraError, match=r"Cameras found: HD Webcam C270 \(2\)"):
        find_source("HD Webcam")
    assert find_source("HD Webcam C270") == Source("webcam", "HD Webcam C270")


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://10.0.0.5:554/user=admin&password=X&channel=1&stream=0.sdp",
        "http://camera/token/X/live",
        "rtsp://admin:pass#1@camera/live",
        "rtsp://admin:p/a?s@camera/live",
        "rtsp://admin:p[a@camera/live",
    ],
)
def test_a_password_anywhere_in_an_address_is_not_saved(address: str) -> None:
    assert text_of(Source("url", address)) == ""


@pytest.mark.parametrize("address", ["http://camera:8080/live@2", "http://camera/design/live"])
def test_an_address_without_one_is_saved(address: str) -> None:
    assert text_of(Source("url", address)) == address
