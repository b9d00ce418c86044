import csv
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
import pytest
from command import run
from tiny_onnx import tiny_manifest

from fer_live.analyze import AnalyzeOptions, TableError, run_analyze
from fer_live.annotate import draw_clip
from fer_live.camera import ClipCamera
from fer_live.classifier import OnnxClassifier
from fer_live.cli import main
from fer_live.growing import RecordError
from fer_live.manifest import Manifest, Variant, load_manifest, shipped
from fer_live.variant import CropGeometry

ROOT = Path(__file__).resolve().parents[1]
DEMO = shipped("assets") / "demo.mp4"
FRAMES = 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A face for 16 frames, then an empty picture for 8."""
    path = tmp_path_factory.mktemp("clip") / "short.mp4"
    with closing(ClipCamera(str(DEMO), live=False, loop=False)) as demo:
        size = (demo.width, demo.height)
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, size)
        for number in range(FRAMES):
            rgb = demo.read().rgb if number < 16 else np.full((size[1], size[0], 3), 90, np.uint8)
            writer.write(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    tiny_manifest(tmp_path / "models")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))
    return load_manifest()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _options(clip: Path, folder: Path, *variants: str) -> AnalyzeOptions:
    return AnalyzeOptions((clip,), variants or ("int8",), folder)


def test_every_frame_face_and_variant_has_a_row(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    seen: list[tuple[int, int]] = []
    result = run_analyze(_options(clip, tmp_path, "int8", "fp32"), manifest, lambda *step: seen.append(step))[0]
    assert (result.frames, result.before, result.without_face, result.finished) == (FRAMES, 0, 8, True)
    assert seen[-1] == (FRAMES, FRAMES)
    rows = _rows(tmp_path / "short.mp4.csv")
    assert [int(row["frame"]) for row in rows] == sorted([*range(16), *range(FRAMES)])
    for row in rows[:32]:
        assert float(row["time_s"]) == pytest.approx(int(row["frame"]) / 20, abs=1e-3)
        shares = {name[2:]: float(value) for name, value in row.items() if name.startswith("p_")}
        assert len(shares) == 7
        assert sum(shares.values()) == pytest.approx(1, abs=1e-3)
        assert float(row["score"]) == max(shares.values()) == shares[row["label"]]
        assert (row["faces"], row["face"], row["track"]) == ("1", "1", "1")
        assert float(row["w"]) > 50
    assert [row["variant"] for row in rows[:4]] == ["int8", "fp32", "int8", "fp32"]
    assert all(row["faces"] == "0" and row["variant"] == row["label"] == row["x"] == "" for row in rows[32:])
    about = json.loads((tmp_path / "short.mp4.json").read_text())
    assert (about["finished"], about["frames"], about["frames_without_face"]) == (True, FRAMES, 8)
    assert [row["name"] for row in about["variants"]] == ["int8", "fp32"]


def _cut(folder: Path, keep: int) -> None:
    """As a kill in the middle of writing would leave it: the first ``keep`` bytes, not said to be finished."""
    table, about = folder / "short.mp4.csv", folder / "short.mp4.json"
    table.write_bytes(table.read_bytes()[:keep])
    about.write_text(json.dumps({**json.loads(about.read_text()), "finished": False}))


def test_after_a_kill_it_goes_on_at_the_last_whole_frame(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    options = _options(clip, tmp_path, "int8", "fp32")
    run_analyze(options, manifest)
    whole = (tmp_path / "short.mp4.csv").read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    for keep, frames in ((ends[12] + 9, 6), (ends[11], 5), (ends[10], 5), (ends[34] + 1, 18), (ends[0], 0), (20, 0)):
        _cut(tmp_path, keep)
        result = run_analyze(options, manifest)[0]
        assert (result.before, result.frames, result.without_face, result.finished) == (frames, FRAMES, 8, True)
        again, wanted = _rows(tmp_path / "short.mp4.csv"), list(csv.DictReader(whole.decode().splitlines()))
        for row, other in zip(again, wanted, strict=True):
            number = "2" if frames and int(row["frame"]) >= frames and row["track"] else other["track"]
            assert row == {**other, "track": number}
        (tmp_path / "short.mp4.csv").write_bytes(whole)


def test_what_is_finished_is_not_done_again(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    run_analyze(_options(clip, tmp_path), manifest)
    files = [tmp_path / "short.mp4.csv", tmp_path / "short.mp4.json"]
    files[1].write_text(files[1].read_text().replace('"versions"', '"of_then"'))
    before = [path.read_bytes() for path in files]
    result = run_analyze(_options(clip, tmp_path), manifest)[0]
    assert (result.before, result.frames, result.without_face, result.finished) == (FRAMES, FRAMES, 8, True)
    assert [path.read_bytes() for path in files] == before


def _sorted(table: str) -> str:
    first, *rows = table.splitlines(keepends=True)
    return first + "".join(sorted(rows, key=lambda row: row.split(",")[-2]))


def _begun(table: str) -> str:
    return "".join(table.splitlines(keepends=True)[:7])


@pytest.mark.parametrize(
    ("finished", "alter"),
    [
        (True, lambda table: table.replace(",", ";")),
        (True, _sorted),
        (True, _begun),
        (True, lambda table: table + "0.9,2"),
        (True, lambda table: ""),
        (False, lambda table: table.replace(",", ";")),
        (False, _sorted),
        (False, lambda table: table.replace("\r\n0.100,2,1", "\r\nabout,here,1")),
    ],
)
def test_a_table_that_was_altered_is_never_touched(
    tmp_path: Path, manifest: Manifest, clip: Path, finished: bool, alter: Callable[[str], str], capsys: Any
) -> None:
    run_analyze(_options(clip, tmp_path), manifest)
    table, about = tmp_path / "short.mp4.csv", tmp_path / "short.mp4.json"
    told = {**json.loads(about.read_text()), "finished": finished}
    about.write_text(json.dumps(told))
    altered = alter(table.read_bytes().decode())
    assert altered.encode() != table.read_bytes()
    table.write_bytes(altered.encode())
    code, out, err = run(capsys, "analyze", str(clip), "--csv", str(tmp_path), "--variants", "int8")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "short.mp4.csv was altered since it was made; restore it, delete it, or give another folder" in err
    assert table.read_bytes() == altered.encode()
    assert json.loads(about.read_text()) == told


def test_the_rate_is_that_of_the_frames_without_the_loading(
    tmp_path: Path, manifest: Manifest, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*words: Any, **options: Any) -> OnnxClassifier:
        time.sleep(1)
        return OnnxClassifier(*words, **options)

    monkeypatch.setattr("fer_live.one_clip.OnnxClassifier", slowly)
    told = run_analyze(_options(clip, tmp_path), manifest)[0].to_dict()
    assert told["seconds"] > 1
    assert told["frames"] / told["fps"] <= told["seconds"] - 1 + 0.02


def test_what_a_cut_off_clip_lacks_is_told(tmp_path: Path, manifest: Manifest, capsys: Any) -> None:
    whole, cut = tmp_path / "whole.avi", tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for number in range(20):
        writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    writer.release()
    content = whole.read_bytes()
    cut.write_bytes(content[: content.index(b"movi") + (content.index(b"idx1") - content.index(b"movi")) // 2])
    for _ in range(2):  # done, and known
        code, out, _ = run(capsys, "analyze", str(whole), str(cut), "--csv", str(tmp_path), "--processes", "1")
        assert code == 0
        assert out.count("\n") == 3
        frames = len(_rows(tmp_path / "cut.avi.csv"))
        sentence = f"cut.avi is damaged or cut off: {20 - frames} of the 20 frames that it says it has are missing"
        assert out.splitlines()[2] == sentence
        missing = [
            json.loads((tmp_path / f"{name}.avi.json").read_text())["frames_missing"] for name in ("whole", "cut")
        ]
        assert missing == [0, 20 - frames]
    _, out, _ = run(
        capsys, "bench", "--source", str(cut), "--csv", str(tmp_path), "--rounds", "2", "--variants", "int8"
    )
    assert sentence in out


@pytest.mark.parametrize(
    "content",
    ['{"title": "short.mp4", "description": ""}', "[]", "no JSON", pytest.param("[" * 100_000, id="too deep")],
)
def test_a_json_of_another_program_is_not_overwritten(
    tmp_path: Path, manifest: Manifest, clip: Path, content: str
) -> None:
    (tmp_path / "short.mp4.json").write_text(content)
    with pytest.raises(TableError, match=r"short\.mp4\.json was not made by fer_live .* give another folder"):
        run_analyze(_options(clip, tmp_path), manifest)
    assert [(path.name, path.read_text()) for path in tmp_path.glob("short*")] == [("short.mp4.json", content)]


def test_a_deleted_table_is_made_anew(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    run_analyze(_options(clip, tmp_path), manifest)
    (tmp_path / "short.mp4.csv").unlink()
    result = run_analyze(_options(clip, tmp_path, "fp32"), manifest)[0]
    assert (result.before, result.frames, result.finished) == (0, FRAMES, True)


def test_two_at_once_never_write_the_same_table(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    folder, second = tmp_path / "csv", list[str]()

    def meanwhile(done: int, _of: int) -> None:
        if done and not second:
            with pytest.raises(TableError, match=r"another fer-live is writing .*short\.mp4\.csv; wait") as told:
                run_analyze(_options(clip, folder), manifest)
            second.append(str(told.value))

    (result,) = run_analyze(_options(clip, folder), manifest, meanwhile)
    assert second
    assert (result.finished, result.frames) == (True, FRAMES)
    assert [int(row["frame"]) for row in _rows(result.table)] == list(range(FRAMES))
    assert not list(folder.glob("*.lock"))
    assert run_analyze(_options(clip, folder), manifest)[0].before == FRAMES


def test_another_table_is_never_mixed_into_this_one(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    run_analyze(_options(clip, tmp_path), manifest)
    before = (tmp_path / "short.mp4.csv").read_bytes()
    other = tmp_path / "other" / "short.mp4"
    other.parent.mkdir()
    other.write_bytes(clip.read_bytes() + b" ")
    for options in (
        _options(clip, tmp_path, "fp32"),
        replace(_options(clip, tmp_path), full_range=True),
        _options(other, tmp_path),
    ):
        with pytest.raises(TableError, match="was made of another clip, with other variants or options"):
            run_analyze(options, manifest)
    assert (tmp_path / "short.mp4.csv").read_bytes() == before


@pytest.mark.parametrize(
    "fed",
    [
        lambda variant: replace(variant, input=replace(variant.input, mean=0.9)),
        lambda variant: replace(variant, input=replace(variant.input, crop=CropGeometry(2.0, 0.3))),
        lambda variant: replace(variant, heads=tuple(replace(one, gives="probabilities") for one in variant.heads)),
    ],
)
def test_the_same_file_fed_otherwise_is_another_variant(
    tmp_path: Path, manifest: Manifest, clip: Path, fed: Callable[[Variant], Variant]
) -> None:
    run_analyze(_options(clip, tmp_path), manifest)
    otherwise = replace(manifest, variants=tuple(fed(one) for one in manifest.variants))
    with pytest.raises(TableError, match="with other variants or options"):
        run_analyze(_options(clip, tmp_path), otherwise)


def test_times_that_jump_back_in_the_clip_rise_after_a_kill_too(
    tmp_path: Path, manifest: Manifest, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of a clip whose stamps begin anew at its twelfth frame."""
    position_s = ClipCamera.position_s
    monkeypatch.setattr(ClipCamera, "position_s", lambda camera: position_s(camera) % 0.6)
    options = _options(clip, tmp_path)
    run_analyze(options, manifest)
    whole = (tmp_path / "short.mp4.csv").read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == 10]
    _cut(tmp_path, ends[14])
    run_analyze(options, manifest)
    times = [float(row["time_s"]) for row in _rows(tmp_path / "short.mp4.csv")]
    assert len(times) == FRAMES
    assert times == sorted(set(times))


def test_the_command_runs_several_clips_in_processes(
    tmp_path: Path, manifest: Manifest, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(clip.read_bytes())
    words = ("analyze", str(clip), str(copy), str(clip), "--csv", str(tmp_path / "csv"), "--processes", "2", "--json")
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert [(row["frames"], row["finished"]) for row in told["clips"]] == [(FRAMES, True)] * 2
    tables = [(tmp_path / "csv" / f"{name}.mp4.csv").read_bytes() for name in ("short", "copy")]
    assert tables[0] == tables[1]


def test_the_video_has_boxes_and_labels_in_it(
    tmp_path: Path, manifest: Manifest, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out_path = tmp_path / "drawn" / "out.mp4"
    words = ("analyze", str(clip), "--csv", str(tmp_path), "--video", str(out_path), "--variants", "all")
    code, out, _ = run(capsys, *words)
    assert code == 0
    assert out.splitlines()[-1] == f"Video: {out_path}"
    assert list(out_path.parent.iterdir()) == [out_path]
    before, after = cv2.VideoCapture(str(clip)), cv2.VideoCapture(str(out_path))
    assert after.get(cv2.CAP_PROP_FPS) == 20
    changes = []
    while (pair := (before.read(), after.read()))[0][0]:
        assert pair[1][0]
        changes.append(float((cv2.absdiff(pair[0][1], pair[1][1]).max(axis=2) > 60).mean()))
    assert not after.read()[0]
    assert len(changes) == FRAMES
    assert min(changes[:16]) > 0.005
    assert max(changes[16:]) < 0.001


@pytest.fixture
def table(tmp_path: Path, manifest: Manifest, clip: Path) -> Path:
    run_analyze(_options(clip, tmp_path / "csv"), manifest)
    return tmp_path / "csv" / "short.mp4.csv"


def test_a_full_disk_leaves_the_earlier_video(tmp_path: Path, clip: Path, table: Path) -> None:
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")
    (tmp_path / "out.mp4").write_bytes(b"earlier")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, unlimited[1]))
    try:
        with pytest.raises(RecordError, match=r"out\.mp4: what was written cannot be read again; is the disk full\?"):
            draw_clip(clip, table, tmp_path / "out.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert (tmp_path / "out.mp4").read_bytes() == b"earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"csv", "models", "out.mp4"}


def test_no_name_of_a_clip_is_overwritten_by_its_video(tmp_path: Path, clip: Path, table: Path) -> None:
    copy = tmp_path / "out.part.mp4"
    copy.write_bytes(clip.read_bytes())
    assert draw_clip(copy, table, tmp_path / "out.mp4") == FRAMES
    assert copy.read_bytes() == clip.read_bytes()


def test_a_video_under_a_name_outside_utf_8_is_refused(tmp_path: Path, clip: Path, table: Path) -> None:
    with pytest.raises(RecordError, match=r"out\\udce9\.mp4' is not UTF-8; choose another"):
        draw_clip(clip, table, tmp_path / "out\udce9.mp4")


def test_a_video_lasts_as_long_as_its_clip(tmp_path: Path, clip: Path, table: Path) -> None:
    head, *rows = table.read_text().splitlines()
    at_s = [f"{0.12 * number:.3f}" for number in range(FRAMES)]  # a rate of 20 is what the file says
    cells = (row.split(",", 2) for row in rows)
    table.write_text("\n".join([head, *(f"{at_s[int(frame)]},{frame},{rest}" for _, frame, rest in cells)]) + "\n")
    draw_clip(clip, table, tmp_path / "out.mp4")
    video = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert video.get(cv2.CAP_PROP_FPS) == pytest.approx(1 / 0.12, rel=1e-3)
    video.release()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("a" * 300,), "No camera or clip is called"),
        (("{clip}", "--video", "{tmp}/\udce9.mp4"), "which is not UTF-8; choose another name"),
        (("nope.mp4",), "No such clip: nope.mp4"),
        (("{tmp}/text.mp4",), "text.mp4 cannot be decoded"),
        (("{clip}", "{tmp}/text.mp4"), "text.mp4 cannot be decoded"),
        (("{tmp}",), "is no clip"),
        (("0",), "0 is no clip"),
        (("{clip}", "{tmp}/b/short.mp4"), "two clips are called short.mp4"),
        (("{clip}", "--variants", "nope"), "unknown variant nope"),
        (("{clip}", "{tmp}/other.mp4", "--video", "{tmp}/o.mp4"), "--video takes one clip"),
        (("{clip}", "--video", "{tmp}/o.avi"), "--video writes an .mp4, not o.avi"),
        (("{clip}", "--video", "{clip}"), "--video would write over the clip itself"),
        (("{clip}", "--processes", "0"), "'0' is not a whole number above 0"),
        ((), "the following arguments are required: CLIP"),
    ],
)
def test_bad_input_is_one_line_and_code_2(
    tmp_path: Path, manifest: Manifest, clip: Path, capfd: Any, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "text.mp4").write_text("no film\n")
    (tmp_path / "b").mkdir()
    for copy in (tmp_path / "b" / "short.mp4", tmp_path / "other.mp4"):
        copy.write_bytes(clip.read_bytes())
    given = (word.replace("{tmp}", str(tmp_path)).replace("{clip}", str(clip)) for word in words)
    code, out, err = run(capfd, "analyze", *given, "--csv", str(tmp_path / "csv"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert err.startswith("fer-live")
    assert not (tmp_path / "csv").exists()


@pytest.mark.parametrize("folder", ["file/x", "a" * 300])
def test_a_folder_that_cannot_be_written(
    tmp_path: Path, manifest: Manifest, clip: Path, capsys: Any, folder: str
) -> None:
    (tmp_path / "file").touch()
    code, out, err = run(capsys, "analyze", str(clip), "--csv", str(tmp_path / folder))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.endswith("; choose another folder\n")


# Ctrl+C in a terminal goes to all processes, also to those that have only just begun.
INTERRUPTED = """
import multiprocessing, os, signal, sys, threading, time
from fer_live.cli import main

def interrupt():
    while len(multiprocessing.active_children()) < 2:
        time.sleep(0.001)
    for _ in range(5):  # somebody impatient
        os.killpg(0, signal.SIGINT)
        time.sleep(0.02)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    threading.Thread(target=interrupt).start()
    sys.exit(main(sys.argv[1:]))
"""


def _copies(clip: Path, folder: Path, number: int) -> list[str]:
    copies = [folder / f"{place}.mp4" for place in range(number)]
    for copy in copies:
        copy.write_bytes(clip.read_bytes())
    return [*map(str, copies)]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a group")
def test_ctrl_c_while_processes_begin(tmp_path: Path, manifest: Manifest, clip: Path) -> None:
    (tmp_path / "script.py").write_text(INTERRUPTED)
    words = ["analyze", *_copies(clip, tmp_path, 6), "--csv", str(tmp_path / "csv"), "--processes", "2"]
    command = [sys.executable, str(tmp_path / "script.py"), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, start_new_session=True, timeout=120, check=False
    )
    assert ended.stderr == "fer-live: stopped early; the same command goes on from there\n"
    assert ended.returncode == 130
    assert len([*(tmp_path / "csv").glob("*.json")]) < 6  # what was not begun is left alone


def test_a_process_that_is_killed_is_told(tmp_path: Path, manifest: Manifest, clip: Path, capsys: Any) -> None:
    def kill() -> None:
        while len(begun := multiprocessing.active_children()) < 2:
            time.sleep(0.001)
        begun[0].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    words = ["analyze", *_copies(clip, tmp_path, 2), "--csv", str(tmp_path / "csv"), "--processes", "2"]
    code, out, err = run(capsys, *words)
    killer.join()
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "a process ended in the midst of a clip, perhaps for want of memory; the same command goes on" in err
    assert main(words) == 0


def test_processes_end_with_the_one_that_began_them(tmp_path: Path) -> None:
    """By a network that ships, as below. The same command then goes on at once: nobody holds the tables any more."""
    words = ["analyze", *_copies(DEMO, tmp_path, 2), "--csv", str(tmp_path), "--variants", "fp32", "--processes", "2"]
    tables = [tmp_path / f"{place}.mp4.csv" for place in range(2)]
    begun: list[psutil.Process] = []
    with subprocess.Popen([sys.executable, "-m", "fer_live", *words], cwd=ROOT, stderr=subprocess.DEVNULL) as program:
        while program.poll() is None and not all(table.exists() and b"\n0" in table.read_bytes() for table in tables):
            time.sleep(0.01)
        if program.poll() is None:
            begun = psutil.Process(program.pid).children()
            program.kill()
    if program.returncode == 0:
        pytest.skip("this machine was done before it could be interrupted")
    _, left = psutil.wait_procs(begun, timeout=60)
    for process in left:
        process.kill()
    assert len(begun) >= 2
    assert not left
    assert main(words) == 0
    for table in tables:
        assert [int(row["frame"]) for row in _rows(table)] == list(range(240))


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
def test_ctrl_c_and_kill_keep_what_was_seen(tmp_path: Path) -> None:
    """By the networks that ship: with tiny ones the clip is at its end before it can be interrupted twice."""
    words = ["analyze", str(DEMO), "--csv", str(tmp_path), "--variants", "fp32,int8,pruned-int8"]
    command = [sys.executable, "-m", "fer_live", *words]
    table = tmp_path / "demo.mp4.csv"
    for end, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        before = len(table.read_bytes().splitlines()) if table.exists() else 1  # the last may be half a row
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ.copy(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as program:
            until_s = time.monotonic() + 60
            while time.monotonic() < until_s and program.poll() is None:
                if table.exists() and len(table.read_bytes().splitlines()) > before + 1:
                    break
                time.sleep(0.01)
            program.send_signal(end)
            _, err = program.communicate(timeout=60)
        if program.returncode == 0:
            pytest.skip("this machine was done before it could be interrupted")
        assert program.returncode == code
    assert err == "fer-live: stopped early; the same command goes on from there\n"
    assert main(words) == 0
    assert [int(row["frame"]) for row in _rows(table)][::3] == list(range(240))
