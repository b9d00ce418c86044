import csv
import errno
import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tiny_onnx import tiny_manifest

from fer_live.comparison import Interval
from fer_live.dataset import FER2013_LABELS
from fer_live.frame import Box, Choice, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.growing import FolderError
from fer_live.manifest import Manifest
from fer_live.record import Recorder, RecordError, RowRates, SessionFacts, summarise_session
from fer_live.summary import SessionTally, read_frames, write_summary

FACE = Face(Box(1, 2, 30, 30), 0.9, ((8, 10), (22, 10)), track=1)
CPU = "CPUExecutionProvider"
RATES = RowRates(capture_fps=29.97, processed_fps=28.5, dropped=3)


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path / "models")


@pytest.fixture
def facts(manifest: Manifest) -> SessionFacts:
    return SessionFacts("clip.mkv", manifest, ("fp32", "int8"), threads=1, warm_up=3, mode="live")


def _said(label: str, score: float = 0.75) -> Prediction:
    rest = (1 - score) / (len(FER2013_LABELS) - 1)
    return Prediction(FER2013_LABELS, tuple(score if name == label else rest for name in FER2013_LABELS))


def _result(
    index: int, labels: dict[str, str], classify_ms: float = 2.0, faces: tuple[Face, ...] = (FACE,)
) -> FrameResult:
    captured_at = time.perf_counter()
    frame = Frame(index, captured_at, np.zeros((2, 2, 3), np.uint8))
    said = {name: (_said(label),) * len(faces) if label else () for name, label in labels.items()}
    runs = tuple(VariantRun(name, predictions, classify_ms) for name, predictions in said.items())
    faces = faces if any(labels.values()) else ()
    return FrameResult(frame, faces, 1.5, runs, captured_at + 0.0125)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_frames_csv_cell_by_cell(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path / "sessions", facts)
    before = datetime.now().astimezone()
    recorder.write(_result(7, {"int8": "happy", "fp32": "sad"}), RATES)
    recorder.write(_result(8, {"fp32": "", "int8": ""}, classify_ms=0.001), RATES)
    recorder.write(_result(9, {"int8": "happy"}), RowRates(None, None, 0))
    folder = recorder.close()

    raw = (folder / "frames.csv").read_bytes().decode("utf-8").split("\r\n")
    assert raw[0] == (
        "wall_time,frame,variant,place,faces,capture_fps,processed_fps,detect_ms,classify_ms,process_ms,latency_ms,"
        "dropped,label,score,agrees,threads,provider"
    )
    cells = [line.split(",") for line in raw[1:-1]]
    assert {tuple(row[-2:]) for row in cells} == {("1", CPU)}
    assert [row[1:-2] for row in cells] == [
        ["7", "int8", "1", "1", "29.97", "28.50", "1.500", "2.000", "3.500", "12.500", "3", "happy", "0.7500", "0"],
        ["7", "fp32", "2", "1", "29.97", "28.50", "1.500", "2.000", "3.500", "12.500", "3", "sad", "0.7500", "1"],
        ["8", "fp32", "1", "0", "29.97", "28.50", "1.500", "0.001", "1.501", "12.500", "3", "", "", ""],
        ["8", "int8", "2", "0", "29.97", "28.50", "1.500", "0.001", "1.501", "12.500", "3", "", "", ""],
        ["9", "int8", "1", "1", "", "", "1.500", "2.000", "3.500", "12.500", "0", "happy", "0.7500", ""],
    ]
    moment = datetime.fromisoformat(cells[0][0])
    assert moment.utcoffset() == before.utcoffset()
    assert abs((moment - before).total_seconds()) < 2
    assert cells[0][0].split(".")[1][3] in "+-"  # milliseconds, then the zone
    assert raw[-1] == ""


def test_faces_csv_cell_by_cell(tmp_path: Path, facts: SessionFacts) -> None:
    other = Face(Box(-3.25, 200, 20.04, 21), 0.5016, ((0, 210), (8, 210)), track=12)
    recorder = Recorder(tmp_path, facts)
    before_s = time.perf_counter()
    recorder.write(_result(7, {"int8": "happy", "fp32": "sad"}, faces=(FACE, other)), RATES)
    recorder.write(_result(8, {"fp32": ""}), RATES)
    told = Prediction(("happy", "smirk"), (0.25, 0.75))  # a network of the user's own, added while this was recorded
    recorder.write(replace(_result(9, {"fp32": "sad"}), runs=(VariantRun("own", (told,), 1.0),)), RATES)
    passed_s = time.perf_counter() - before_s
    recorder.tally = SessionTally("fp32")  # the manifest does not have that network
    folder = recorder.close()

    raw = (folder / "faces.csv").read_bytes().decode("utf-8").split("\r\n")
    assert raw[0] == (
        "time_s,frame,faces,face,track,x,y,w,h,found,variant,label,score,"
        "p_angry,p_disgust,p_fear,p_happy,p_sad,p_surprise,p_neutral"
    )
    low = "0.0417"
    happy, sad = [low] * 3 + ["0.7500"] + [low] * 3, [low] * 4 + ["0.7500"] + [low] * 2
    first, second = (
        ["1", "1", "1.0", "2.0", "30.0", "30.0", "0.900"],
        ["2", "12", "-3.2", "200.0", "20.0", "21.0", "0.502"],
    )
    cells = [line.split(",") for line in raw[1:-1]]
    assert [row[1:] for row in cells] == [
        ["7", "2", *first, "int8", "happy", "0.7500", *happy],
        ["7", "2", *first, "fp32", "sad", "0.7500", *sad],
        ["7", "2", *second, "int8", "happy", "0.7500", *happy],
        ["7", "2", *second, "fp32", "sad", "0.7500", *sad],
        ["8", "0", *[""] * 17],
        ["9", "1", *first, "own", "smirk", "0.7500", "", "", "", "0.2500", "", "", ""],
    ]
    times = [float(row[0]) for row in cells]
    assert times == sorted(times)
    assert times[-1] - times[0] <= passed_s + 0.0015
    walls = [datetime.fromisoformat(row["wall_time"]) for row in _rows(folder / "frames.csv")]
    started = datetime.fromisoformat(json.loads((folder / "session.json").read_text())["started"])
    assert [(wall - started).total_seconds() for wall in (walls[0], walls[-1])] == pytest.approx(
        [times[0], times[-1]], abs=0.003
    )


def test_a_benchmark_has_no_faces_csv(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, replace(facts, mode="bench"))
    recorder.write(_result(0, {"fp32": "sad"}), RATES)
    assert sorted(path.name for path in recorder.close().iterdir()) == ["frames.csv", "session.json", "summary.csv"]


def test_summary_csv_cell_by_cell(tmp_path: Path, facts: SessionFacts, manifest: Manifest) -> None:
    recorder = Recorder(tmp_path, facts)
    for index, classify_ms in enumerate((2.0, 4.0, 6.0)):
        result = _result(index, {"fp32": "sad", "int8": "sad" if index else "happy"}, classify_ms)
        recorder.write(result, RATES)
    recorder.write(_result(3, {"fp32": "", "int8": ""}, 0.0), RATES)
    first, second = _rows(
        recorder.close({Choice("int8"): 12.3}, {Choice("int8"): Interval(1.5, 1.25, 2.0, 30)}) / "summary.csv"
    )
    cost = {name: first.pop(name) for name in ("cpu_percent", "rss_mb")}
    assert float(cost["cpu_percent"]) >= 0
    assert float(cost["rss_mb"]) > 10
    assert first == {
        **{"variant": "fp32", "n": "3", "mean_ms": "5.500", "sd_ms": "2.000", "p50_ms": "5.500", "p90_ms": "7.100"},
        **{"p95_ms": "7.300", "p99_ms": "7.460", "capacity_fps": "181.82", "speedup": "1.000", "agreement": "1.0000"},
        **{"bytes": str(manifest.variant("fp32").bytes), "accuracy": "0.5000", "classify_p50_ms": "4.000"},
        **{"without_face": "1", "threads": "1", "provider": CPU, "speedup_low": "", "speedup_high": ""},
        **{"not_compared": "0", "speedup_paired": ""},
    }
    assert (second["variant"], second["agreement"], second["cpu_percent"]) == ("int8", "0.6667", "12.3")
    shown = ("speedup_paired", "speedup_low", "speedup_high")
    assert [second[name] for name in shown] == ["1.500", "1.250", "2.000"]


def test_session_json_tells_what_was_measured_where(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    running = json.loads((recorder.folder / "session.json").read_text(encoding="utf-8"))
    assert running["ended"] is None
    recorder.write(_result(0, {"fp32": "sad"}), RATES)
    session = json.loads((recorder.close() / "session.json").read_text(encoding="utf-8"))
    assert datetime.fromisoformat(session["started"]) <= datetime.fromisoformat(session["ended"])
    wanted = {"source": "clip.mkv", "threads": 1, "warm_up": 3, "mode": "live", "reference": "fp32", "rows": 1}
    wanted["detect_every"] = 1
    assert {name: session[name] for name in wanted} == wanted
    assert (session["running"], session["sweep"]) == (["fp32", "int8"], [1])
    assert [row["name"] for row in session["variants"]] == ["fp32", "pruned", "int8"]
    assert session["variants"][0]["sha256"] == facts.manifest.variants[0].sha256
    assert {"cpu", "vector_flags", "logical_cores"} <= session["machine"].keys()
    assert {"python", "onnxruntime", "opencv-contrib-python", "fer_live"} <= session["versions"].keys()


def test_two_sessions_in_a_second_get_folders_of_their_own(tmp_path: Path, facts: SessionFacts) -> None:
    first, second = Recorder(tmp_path, facts), Recorder(tmp_path, facts)
    assert first.close() != second.close()
    assert len(list(tmp_path.glob("fer_live-*/frames.csv"))) == 2


def test_no_folder_can_be_made(tmp_path: Path, facts: SessionFacts) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot record into"):
        Recorder(tmp_path / "file" / "sessions", facts)


def test_writing_after_the_end_is_refused(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    assert recorder.close() == recorder.close()
    with pytest.raises(RecordError, match="has ended"):
        recorder.write(_result(0, {"fp32": "sad"}), RATES)


def _write_many(recorder: Recorder, count: int) -> None:
    for index in range(count):
        recorder.write(_result(index, {"fp32": "sad"}), RATES)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_ends_the_recording_with_a_message(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    recorder._frames._file.close()
    recorder._frames._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115  the recorder closes it
    recorder.write(_result(0, {"fp32": "sad"}), RATES)
    with pytest.raises(RecordError, match="the disk is full"):
        recorder.close()
    assert recorder._frames.closed
    assert _rows(recorder.folder / "summary.csv") == []  # of what frames.csv holds


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_is_full_for_the_faces_alone_ends_it_too(
    tmp_path: Path, facts: SessionFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_live.growing.FLUSH_S", 0.0)
    recorder = Recorder(tmp_path, facts)
    assert recorder._faces is not None
    recorder._faces._file.close()
    recorder._faces._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115  the recorder closes it
    with pytest.raises(RecordError, match="the disk is full; 1 rows are kept"):
        recorder.write(_result(0, {"fp32": "sad"}), RATES)
    assert _rows(recorder.close() / "summary.csv")[0]["n"] == "1"
    assert recorder._faces.closed


def test_a_disk_that_fills_up_keeps_whole_rows(
    tmp_path: Path, facts: SessionFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_live.growing.FLUSH_S", 0.0)
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")
    recorder = Recorder(tmp_path, facts)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, unlimited[1]))  # a real limit, told by the system
    try:
        with pytest.raises(RecordError, match=r"the disk is full; \d+ rows are kept"):
            _write_many(recorder, 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    rows = _rows(recorder.folder / "frames.csv")
    assert 0 < len(rows) == recorder.rows
    assert all(row["agrees"] == "1" for row in rows)
    faces = _rows(recorder.folder / "faces.csv")
    assert 0 <= len(rows) - len(faces) <= 1
    assert all(row["p_neutral"] for row in faces)
    summary = _rows(recorder.close() / "summary.csv")  # closing goes on, the reason was told
    assert [(row["variant"], row["n"]) for row in summary] == [("fp32", str(len(rows)))]
    assert json.loads((recorder.folder / "session.json").read_text())["rows"] == len(rows)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_fails_and_damages_what_it_had_still_ends_in_one_line(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    _write_many(recorder, 3)
    table = recorder.folder / "frames.csv"
    table.write_bytes(table.read_bytes().replace(b"wall_time", b"\0\0\0\0\0\0\0\0\0"))
    with open("/dev/full", "wb", buffering=0) as full:
        recorder._frames._file.close()
        recorder._frames._file = full  # type: ignore[assignment]
        with pytest.raises(RecordError, match="recording stopped: the disk is full") as told:
            recorder.close()
    assert "\n" not in str(told.value)
    assert not (recorder.folder / "summary.csv").exists()
    assert recorder.close() == recorder.folder  # and is over


def test_a_row_that_was_cut_short_by_others_is_told(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    _write_many(recorder, 3)
    recorder.close()
    with (recorder.folder / "frames.csv").open("a") as file:
        file.write("2026-01-01T00:00:00.000+00:00,99,fp32\n")
    with pytest.raises(ValueError, match="'' is no number"):
        read_frames(recorder.folder / "frames.csv", "fp32")


def test_a_computer_that_slept_keeps_its_time(
    tmp_path: Path, facts: SessionFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock that stamps frames may stand still meanwhile."""
    recorder = Recorder(tmp_path, facts)
    _write_many(recorder, 1)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3600)
    _write_many(recorder, 1)
    recorder.close()
    times = [datetime.fromisoformat(row["wall_time"]) for row in _rows(recorder.folder / "frames.csv")]
    assert (max(times) - min(times)).total_seconds() == pytest.approx(3600, abs=5)
    seconds = [float(row["time_s"]) for row in _rows(recorder.folder / "faces.csv")]
    assert max(seconds) - min(seconds) == pytest.approx(3600, abs=5)


_RECORDING = """
import sys, time
from pathlib import Path
from typing import Any
sys.path[:0] = [{tests!r}]
from test_record import RATES, _result
from fer_live.manifest import load_manifest
from fer_live.record import Recorder, SessionFacts
manifest = load_manifest(Path({models!r}))
recorder = Recorder(Path({folder!r}), SessionFacts("clip.mkv", manifest, ("fp32", "int8"), 1, 3, "live"))
for index in range(100_000):
    recorder.write(_result(index, {{"fp32": "sad", "int8": "happy"}}), RATES)
    sys.stdout.write(f"{{index}} {{time.time()}}\\n")
    sys.stdout.flush()
    time.sleep(0.01)
"""


def test_kill_9_loses_less_than_a_second_of_rows(tmp_path: Path, manifest: Manifest) -> None:
    here = str(Path(__file__).parent)
    program = _RECORDING.format(tests=here, models=str(tmp_path / "models"), folder=str(tmp_path / "sessions"))
    told: list[str] = []
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as recording:
        assert recording.stdout is not None
        for line in recording.stdout:
            told.append(line)
            if len(told) == 150:
                recording.kill()  # SIGKILL: nothing can be flushed any more
        recording.wait()
    assert recording.returncode != 0
    folder = next((tmp_path / "sessions").iterdir())
    rows = _rows(folder / "frames.csv")
    assert rows, "nothing was kept"
    times = {int(line.split()[0]): float(line.split()[1]) for line in told if line.endswith("\n")}
    last_kept, last_written = int(rows[-1]["frame"]), max(times)
    assert [int(row["frame"]) for row in rows[::2]] == list(range(last_kept + 1))
    assert times[last_written] - times[min(last_kept, last_written)] <= 1.0
    faces = _rows(folder / "faces.csv")
    assert [int(row["frame"]) for row in faces[::2]] == list(range(len(faces) // 2))
    assert abs(len(faces) - len(rows)) / 2 <= 100  # at most what a second adds

    assert not (folder / "summary.csv").exists()
    summary = _rows(summarise_session(folder))
    assert [row["variant"] for row in summary] == ["fp32", "int8"]
    assert [row["n"] for row in summary] == [str(len(rows) // 2)] * 2
    assert summary[1]["agreement"] == "0.0000"
    assert summary[0]["bytes"] == str(manifest.variant("fp32").bytes)
    assert summary[0]["cpu_percent"] == ""


def test_a_cut_off_row_is_left_out_of_the_recovered_summary(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    for index in range(4):
        recorder.write(_result(index, {"fp32": "sad", "int8": "sad"}), RATES)
    folder = recorder.close()
    whole = (folder / "summary.csv").read_text().splitlines()
    with (folder / "frames.csv").open("ab") as file:
        file.write(b"2026-01-01T00:00:00.000+00:00,4,fp32,1,1,30")
    (folder / "summary.csv").unlink()
    again = summarise_session(folder).read_text().splitlines()
    blank = [[cell if place not in (13, 14) else "" for place, cell in enumerate(row.split(","))] for row in whole[1:]]
    assert [row.split(",") for row in again[1:]] == blank


def test_a_summary_that_knows_more_is_kept(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    recorder.write(_result(0, {"fp32": "sad", "int8": "sad"}), RATES)
    folder = recorder.close()
    before = (folder / "summary.csv").read_bytes()
    with pytest.raises(FolderError, match=r"has its summary\.csv, which knows more; nothing was changed"):
        summarise_session(folder)
    assert (folder / "summary.csv").read_bytes() == before
    other = summarise_session(folder, tmp_path / "other.csv")
    assert [row["variant"] for row in _rows(other)] == ["fp32", "int8"]
    for content in (before.replace(b",", b";"), b"\xef\xbb\xbf" + before):  # as spreadsheets save them
        (folder / "summary.csv").write_bytes(content)
        with pytest.raises(FolderError, match=r"which knows more|cannot be read and may know more; move it away"):
            summarise_session(folder)
        assert (folder / "summary.csv").read_bytes() == content
    (folder / "summary.csv").write_bytes(b"\xff\xfe of another program")
    assert [row["variant"] for row in _rows(summarise_session(folder))] == ["fp32", "int8"]
    frames = folder / "frames.csv"
    frames.write_bytes(b"\xef\xbb\xbf" + frames.read_bytes())
    assert [row["variant"] for row in _rows(summarise_session(folder, tmp_path / "marked.csv"))] == ["fp32", "int8"]


def test_a_summary_that_cannot_be_written_is_no_fault_of_the_session(tmp_path: Path, facts: SessionFacts) -> None:
    recorder = Recorder(tmp_path, facts)
    _write_many(recorder, 3)
    folder = recorder.close()
    with pytest.raises(RecordError, match=r"summary\.csv cannot be written") as told:
        summarise_session(folder, tmp_path / "none" / "summary.csv")
    assert not isinstance(told.value, FolderError)


def test_a_full_disk_leaves_the_earlier_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "summary.csv"
    path.write_text("earlier")

    def full(file: Any) -> Any:
        file.write("variant,")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fer_live.summary.csv.writer", full)
    with pytest.raises(OSError, match="No space left"):
        write_summary(path, (), {})
    assert path.read_text() == "earlier"


def test_what_is_no_session_is_refused(tmp_path: Path, facts: SessionFacts) -> None:
    with pytest.raises(RecordError, match="not a session that can be summed up"):
        summarise_session(tmp_path)
    folder = Recorder(tmp_path, facts).close()
    (folder / "frames.csv").write_text("a,b\n1,2\n")
    with pytest.raises(RecordError, match=r"no column frame"):
        summarise_session(folder)
