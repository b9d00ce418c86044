import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command import run
from tiny_onnx import tiny_manifest

from fer_live import cli
from fer_live.cli import main
from fer_live.manifest import shipped
from fer_live.settings import settings_file

ROOT = Path(__file__).resolve().parents[1]
DEMO = str(shipped("assets") / "demo.mp4")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tiny models; the returned folder may be broken by a test."""
    tiny_manifest(tmp_path / "models")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def _fresh(*words: str, **options: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "fer_live", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, **options)


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version")[1].startswith("fer-live ")
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for command in ("bench", "evaluate", "models", "cameras", "doctor", "compress"):
        assert f"    {command} " in out


def test_models_as_table_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "models")
    assert (code, err) == (0, "")
    assert "int8 *" in out
    code, out, _ = run(capsys, "models", "--json")
    assert [row["name"] for row in json.loads(out)["variants"]] == ["fp32", "pruned", "int8"]


def test_bench_ends_with_the_table_and_the_path_of_the_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "bench", "--frames", "6", "--rounds", "2", "--csv", str(tmp_path / "csv"))
    assert (code, err) == (0, "")
    assert "capacity" in out
    last = out.splitlines()[-1]
    assert last.startswith("CSV: ")
    assert (Path(last.removeprefix("CSV: ")) / "summary.csv").is_file()


def test_bench_follows_between_detections_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("bench", "--frames", "12", "--rounds", "1", "--variants", "int8", "--csv", str(tmp_path), "--json")
    code, out, _ = run(capsys, *words, "--detect-every", "5")
    assert (code, json.loads(out)["detect_every"]) == (0, 5)


def test_the_command_and_the_follower_agree_on_the_limit() -> None:
    from fer_live.arguments import FEWEST_DETECTIONS
    from fer_live.following import LONGEST

    assert FEWEST_DETECTIONS == LONGEST


def test_bench_json_stands_alone_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(
        capsys,
        *("bench", "--source", DEMO, "--variants", "int8, fp32,int8", "--frames", "4", "--rounds", "1"),
        *("--threads", "2", "--csv", str(tmp_path), "--json"),
    )
    told = json.loads(out)
    assert code == 0
    assert [row["name"] for row in told["variants"]] == ["int8", "fp32"]
    assert (told["threads"], told["frames"]) == (2, 4)


def test_bench_writes_where_recordings_go_unless_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fer_live.settings import Settings, save_settings

    assert save_settings(Settings(recordings=str(tmp_path / "mine"))) == ""
    run(capsys, "bench", "--frames", "3", "--rounds", "1", "--variants", "int8")
    assert list((tmp_path / "mine").glob("fer_live-*/frames.csv"))


def test_bench_tells_of_settings_that_could_not_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "text.mp4").write_text("no film\n")  # refused only after the settings are read
    for words in ((), ("--csv", str(tmp_path / "csv"))):
        settings_file().write_text("{")
        _, _, err = run(capsys, "bench", "--source", str(tmp_path / "text.mp4"), *words)
        lines = [line for line in err.splitlines() if line.startswith("fer-live: The settings could not be read")]
        assert len(lines) == (not words)


def test_bench_without_any_face_fails_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str], shared_clip) -> None:
    clip = str(shared_clip("no_face.mp4"))
    code, out, err = run(
        capsys, "bench", "--source", clip, "--frames", "4", "--rounds", "1", "--csv", str(tmp_path), "--json"
    )
    assert code == 1
    assert json.loads(out)["frames_without_face"] == 4
    assert err == "fer-live: no face was found in no_face.mp4, so nothing could be classified\n"


def test_evaluate_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str], shared_clip) -> None:
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    picture = shared_clip("grace_hopper.bmp").read_bytes()
    (tmp_path / "photos" / "happy" / "a.bmp").write_bytes(picture)
    code, out, _ = run(capsys, "evaluate", "--data", str(tmp_path / "photos"), "--detect", "--json")
    assert code == 0
    assert json.loads(out)["variants"][0]["n"] == 1


def test_evaluate_apart_from_another_split(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known, new = np.random.default_rng(7).integers(0, 256, (2, 48, 48))
    faces = ((known, "Training"), (known // 2 + 9, "PublicTest"), (new, "PublicTest"))
    rows = [f"3,{' '.join(map(str, face.ravel()))},{split}" for face, split in faces]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows, ""]))
    asked = ("evaluate", "--data", str(tmp_path / "fer2013.csv"), "--split", "PublicTest", "--variants", "int8")
    code, out, _ = run(capsys, *asked, "--apart-from", "Training", "--json")
    told = json.loads(out)
    assert (code, told["apart_from"], told["near_copies"], told["variants"][0]["n"]) == (0, "Training", 1, 1)
    code, out, _ = run(capsys, *asked, "--apart-from", "Training")
    assert out.startswith("FER2013 PublicTest apart from near copies in Training (1 left out), single crop; all in %")
    code, out, err = run(capsys, *asked, "--apart-from", "Test")
    assert (code, out) == (2, "")
    assert "no rows with Usage 'Test' (splits in this file: PublicTest, Training)" in err


def _bad_inputs() -> list[tuple[tuple[str, ...], str]]:
    return [
        (("bench", "--source", "nope.mp4"), "No such clip: nope.mp4"),
        (("bench", "--source", "{tmp}/text.mp4"), "text.mp4 cannot be decoded"),
        (("bench", "--source", "{tmp}/empty.mkv"), "empty.mkv is empty"),
        (("bench", "--source", "7"), "No camera found"),
        (("bench", "--source", ""), "No camera or clip is called"),
        (("bench", "--source", "http://127.0.0.1:9/x.mp4"), "does not open"),
        (("bench", "--variants", "fp32,nope"), "unknown variant nope (known: fp32, pruned, int8)"),
        (("bench", "--variants", ","), "unknown variant"),
        (("bench", "--threads", "0"), "'0' is not a whole number above 0"),
        (("bench", "--threads", "1,5000"), "5000 is too large a number, 1024 at most"),
        (("bench", "--threads", "1,x"), "'x' is not a whole number above 0"),
        (("bench", "--rounds", "two"), "'two' is not a whole number above 0"),
        (("bench", "--frames", "9" * 20), "999999999... is too large a number"),
        (("bench", "--detect-every", "11"), "'11' is not a whole number from 1 to 10"),
        (("--detect-every", "0"), "'0' is not a whole number from 1 to 10"),
        (("--detect-every", "5", "bench"), "options of the window do not belong before bench"),
        (("bench", "--nope"), "unrecognized arguments: --nope"),
        (("evaluate",), "the following arguments are required: --data"),
        (("evaluate", "--data", "{tmp}/none"), "no such file or folder"),
        (("evaluate", "--data", "{tmp}/" + "a" * 300), "no such file or folder"),
        (("evaluate", "--data", "{tmp}/text.mp4"), "no column emotion"),
        (("evaluate", "--data", "{tmp}/wide.csv"), "wide.csv: not text in UTF-8; name a CSV file, saved as UTF-8"),
        (("evaluate", "--data", "{tmp}", "--labels", "ferplus", "--votes", "v.csv"), "of fer2013.csv, not on those of"),
        (("evaluate", "--data", "{tmp}", "--votes", "{tmp}/votes.csv"), "--votes belongs to --labels ferplus"),
        (("evaluate", "--data", "{tmp}/text.mp4", "--detect"), "--detect wants a folder of photos"),
        (("evaluate", "--data", "{tmp}", "--apart-from", "Training"), "wants a --split to score"),
        (("evaluate", "--data", "{tmp}", "--detect", "--apart-from", "Training"), "leave --detect out"),
        (("frobnicate",), "invalid choice: 'frobnicate'"),
        (("clip.mp4",), "a webcam, clip or stream is opened with --camera X"),
        (("bench", "clip.mp4"), "unrecognized arguments: clip.mp4; its clip is --source X (see"),
        (("evaluate", "--data", ".", "faces"), "unrecognized arguments: faces; its faces are --data X (see"),
        (("doctor", "foo"), "unrecognized arguments: foo (see"),
        (("--variant", "fp32", "compress", "train", "x.toml"), "options of the window do not belong before compress"),
        (("--camera", "", "compress"), "options of the window do not belong before compress"),
        (("--variant", "fp32", "bench"), "options of the window do not belong before bench"),
        (("--variant", "nope"), "unknown variant 'nope'"),
        (("--compare", "fp32"), "--compare takes two to four variants, not 1"),
        (("--compare", "fp32,nope"), "unknown variant nope"),
        (("--camera", "nope.mp4"), "No such clip: nope.mp4"),
        (("--camera", "{tmp}/text.mp4"), "text.mp4 cannot be decoded"),
        (("--camera", "5"), "No camera found"),
    ]


@pytest.mark.parametrize(("words", "told"), _bad_inputs())
def test_bad_input_is_one_line_and_code_2(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.setattr("fer_live.source.list_cameras", list)
    (tmp_path / "text.mp4").write_text("no film\n")
    (tmp_path / "wide.csv").write_text("emotion,pixels,Usage\n", encoding="utf-16")
    (tmp_path / "empty.mkv").touch()
    code, out, err = run(capfd, *(word.replace("{tmp}", str(tmp_path)) for word in words))
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert err.startswith("fer-live")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no manifest of models at"),
        ("{", "is broken: not JSON"),
        ('{"schema": 99}', "was made by a newer fer_live"),
        ('{"schema": 1}', "is broken"),
    ],
)
@pytest.mark.parametrize("command", ["models", "bench", ""])
def test_a_manifest_that_cannot_be_used(
    models: Path, capsys: pytest.CaptureFixture[str], content: str | None, told: str, command: str
) -> None:
    (models / "manifest.json").unlink()
    if content is not None:
        (models / "manifest.json").write_text(content)
    code, out, err = run(capsys, *command.split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err


def test_a_detector_that_cannot_be_loaded(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_live.faces.shipped", lambda name: tmp_path)
    code, out, err = run(capfd, "bench", "--frames", "2", "--csv", str(tmp_path / "csv"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "face_detection_short_range.tflite cannot be loaded" in err


def test_an_altered_model(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "int8.onnx").write_bytes(b"other")
    code, _, err = run(capsys, "bench", "--frames", "2", "--csv", str(tmp_path / "csv"))
    assert (code, err.count("\n")) == (2, 1)
    assert "sha256 differs" in err
    assert "altered" in run(capsys, "models")[1]
    assert run(capsys, "doctor")[0] == 1


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    code, _, err = run(capsys, "bench", "--frames", "2", "--csv", str(tmp_path / "file" / "x"))
    assert (code, err.count("\n")) == (2, 1)
    assert "a file is in the way; choose another folder" in err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can be without a display")
def test_no_display(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    code, out, err = run(capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "there is no display" in err
    assert "fer-live bench" in err


def test_compress_without_its_packages(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for module in [name for name in sys.modules if name.startswith("fer_live.compress")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delattr("fer_live.compress", raising=False)  # the import below leaves another there
    code, out, err = run(capsys, "compress", "--help")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert 'pip install "fer-live[compress]"' in err


def test_compress_gets_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    command = pytest.importorskip("fer_live.compress.command", reason="torch is not installed")
    given: list[list[str]] = []
    monkeypatch.setattr(command, "main", lambda words: given.append(words) or 7)
    assert main(["compress", "train", "--help"]) == 7
    assert given == [["train", "--help"]]


def test_faults_of_the_program_stay_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(options: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_models", broken)
    with pytest.raises(ZeroDivisionError):
        main(["models"])


def test_the_theme_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_live.gui import app
    from fer_live.settings import load_settings

    opened: list[app.GuiOptions] = []
    monkeypatch.setattr(app, "run", lambda options: opened.append(options) or 0)
    words = ["--theme", "dark", "--compare", "fp32,int8", "--camera", DEMO, "--threads", "2", "--full-range"]
    assert main([*words, "--detect-every", "10"]) == 0
    assert load_settings()[0].theme == "dark"
    told = opened[0]
    assert (told.source, told.compare, told.threads, told.full_range) == (DEMO, ("fp32", "int8"), 2, True)
    assert told.detect_every == 10
    assert main(["--camera", DEMO]) == 0
    assert opened[1].detect_every == 1


def test_the_window_is_given_a_webcam_s_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_live.gui import app, remembered
    from fer_live.source import CameraInfo, Source

    opened: list[app.GuiOptions] = []
    monkeypatch.setattr(app, "run", lambda options: opened.append(options) or 0)
    monkeypatch.setattr("fer_live.source.list_cameras", lambda: [CameraInfo(2, "HD Webcam C270", 200, "/dev/video2")])
    assert main(["--camera", "webcam"]) == 0
    assert remembered.find_source(opened[0].source or "") == Source("webcam", "HD Webcam C270")


def test_a_cut_off_recording_is_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "bench", "--frames", "4", "--rounds", "1", "--csv", str(tmp_path / "csv"))
    folder = next((tmp_path / "csv").iterdir())
    (folder / "summary.csv").unlink()
    code, out, _ = run(capsys, "summarise", str(folder))
    assert (code, out.strip()) == (0, str(folder / "summary.csv"))
    assert (folder / "summary.csv").is_file()
    code, _, err = run(capsys, "summarise", str(tmp_path))
    assert (code, err.count("\n")) == (2, 1)
    assert "(session.json: No such file or directory)" in err


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes that close so, no SIGINT to another process")
class TestAsAProgram:
    def test_a_closed_pipe_is_no_fault(self) -> None:
        read, write = os.pipe()
        os.close(read)
        with subprocess.Popen(
            [sys.executable, "-m", "fer_live", "models"], cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True
        ) as program:
            os.close(write)
            assert program.communicate()[1] == ""
        assert program.returncode == 0

    def test_names_that_the_terminal_cannot_say(self, tmp_path: Path) -> None:
        clip = tmp_path / "Grüße.mp4"
        clip.write_bytes(Path(DEMO).read_bytes())
        done = self._in_ascii(
            "bench", "--frames", "3", "--rounds", "1", "--csv", str(tmp_path / "ü"), "--source", str(clip)
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"Gr\xfc\xdfe.mp4: 3 frames" in done.stdout
        assert (next((tmp_path / "ü").iterdir()) / "summary.csv").is_file()

    @pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such file names")
    def test_a_name_outside_utf_8_is_refused_before_it_crashes_cv2(self, tmp_path: Path) -> None:
        clip = os.fsencode(tmp_path / "clip") + b"\xff.mp4"
        with open(clip, "wb") as copy:
            copy.write(Path(DEMO).read_bytes())
        done = self._in_ascii("bench", "--csv", str(tmp_path / "csv"), "--source", clip)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
        assert b"is not UTF-8" in done.stderr

    def _in_ascii(self, *words: str | bytes) -> "subprocess.CompletedProcess[bytes]":
        command = [sys.executable, "-m", "fer_live", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
    def test_output_that_cannot_be_written_is_one_line(self) -> None:
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "fer_live", "models"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert done.returncode == 1
        assert done.stderr == "fer-live: the output cannot be written: No space left on device\n"

    @pytest.mark.usefixtures("interruptible")
    def test_ctrl_c_keeps_what_was_measured(self, tmp_path: Path) -> None:
        with _fresh("bench", "--source", DEMO, "--rounds", "500", "--csv", str(tmp_path / "csv"), "--json") as program:
            until_s = time.monotonic() + 60
            while not _rows(tmp_path / "csv") and time.monotonic() < until_s:
                time.sleep(0.05)
            for _ in range(5):  # somebody impatient
                program.send_signal(signal.SIGINT)
                time.sleep(0.02)
            out, err = program.communicate(timeout=60)
        assert program.returncode == 130
        assert err == ""
        told = json.loads(out)
        assert told["interrupted"]
        assert told["frames"] > 0
        assert (Path(told["csv"]) / "summary.csv").is_file()


def _rows(folder: Path) -> list[str]:
    tables = list(folder.glob("*/frames.csv"))
    return tables[0].read_text().splitlines()[1:] if tables else []
