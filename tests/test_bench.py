import csv
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from command import run
from tiny_onnx import faltering_model, tiny_manifest, tiny_variant

from fer_live.bench import BenchOptions, BenchStopped, run_bench
from fer_live.bench_table import bench_table
from fer_live.camera import Camera, CameraError, open_camera
from fer_live.classifier import ClassifierError, OnnxClassifier
from fer_live.comparison import Drift, Interval
from fer_live.manifest import shipped, write_manifest
from fer_live.measured import Step
from fer_live.record import RecordError, summarise_session
from fer_live.source import Source, parse_source

FRAMES = 40  # ten runs of four frames


@pytest.fixture(scope="module")
def demo() -> Source:
    return parse_source(str(shipped("assets") / "demo.mp4"))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_variant_meets_every_frame_in_rotating_order(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    seen: list[tuple[int, int]] = []
    options = BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=2, frames=FRAMES)
    report = run_bench(options, manifest, lambda step: seen.append((step.round, step.frames)))
    assert (report.frames, report.rounds, report.without_face, report.interrupted) == (2 * FRAMES, 2, 0, False)
    assert seen == [(1 + (frames > FRAMES), frames) for frames in range(4, 2 * FRAMES + 1, 4)]
    rows = _rows(report.folder / "frames.csv")
    assert len(rows) == 2 * FRAMES * 3
    frames = {name: [int(row["frame"]) for row in rows if row["variant"] == name] for name in manifest.names}
    assert all(numbers == [*range(FRAMES), *range(FRAMES)] for numbers in frames.values())
    first = [row["variant"] for row in rows if row["place"] == "1"]
    assert first[::4] == (["fp32", "pruned", "int8"] * 7)[:20]
    shared = {row["variant"]: row["detect_ms"] for row in rows[:3]}
    assert len(set(shared.values())) == 1
    assert rows[0]["capture_fps"] == rows[0]["latency_ms"] == ""


def test_json_has_the_promised_shape_and_the_tables_figures(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=1, frames=FRAMES), manifest)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert {"machine", "source", "threads", "versions", "rounds", "warm_up", "variants"} <= told.keys()
    assert told["frames_without_face"] == 0
    for row in told["variants"]:
        for stage in ("classify_ms", "process_ms"):
            assert set(row[stage]) == {"p50", "p90", "p95", "p99", "mean", "sd"}
            assert 0 < row[stage]["p50"] <= row[stage]["p90"] <= row[stage]["p95"] <= row[stage]["p99"]
        assert row["process_ms"]["mean"] > row["classify_ms"]["mean"]
        assert row["capacity_fps"] == pytest.approx(1000 / row["process_ms"]["p50"], rel=1e-3)
        assert row["detect_ms"] > 0
        assert row["frames"] == row["faces"] == FRAMES
        assert row["bytes"] == manifest.variant(row["name"]).bytes
        assert row["parameters"] == manifest.variant(row["name"]).parameters
        assert 0 <= row["agreement"] <= 1
        assert f"{row['capacity_fps']:.0f}" in bench_table(report)
    reference = told["variants"][0]
    assert (reference["speedup"], reference["agreement"], reference["largest_score_change"]) == (1.0, 1.0, 0.0)


def test_the_csv_says_the_same_as_the_report(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=1, frames=FRAMES), manifest)
    summary = {row["variant"]: row for row in _rows(report.folder / "summary.csv")}
    rows = _rows(report.folder / "frames.csv")
    for told in report.to_dict()["variants"]:
        mine = summary[told["name"]]
        assert float(mine["p95_ms"]) == pytest.approx(told["process_ms"]["p95"], abs=1e-3)
        assert float(mine["agreement"]) == pytest.approx(told["agreement"], abs=1e-4)
        assert float(mine["cpu_percent"]) == pytest.approx(told["cpu_percent"], abs=0.1)
        column = [float(row["process_ms"]) for row in rows if row["variant"] == told["name"]]
        assert np.percentile(column, 99) == pytest.approx(told["process_ms"]["p99"], abs=1e-3)
    assert json.loads((report.folder / "session.json").read_text())["mode"] == "bench"


def test_following_between_detections_is_told_and_counted_in_stretches(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    options = BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=2, frames=FRAMES, detect_every=10)
    report = run_bench(options, manifest)
    told, table = report.to_dict(), bench_table(report)
    assert (told["detect_every"], report.without_face) == (10, 0)
    assert "--detect-every 10: faces are followed" in table
    session = json.loads((report.folder / "session.json").read_text())
    assert session["detect_every"] == 10
    rows = _rows(report.folder / "frames.csv")
    spent = [float(row["detect_ms"]) for row in rows if row["variant"] == "fp32"]
    assert spent[0] > np.median(spent)  # what was really spent on a frame: here it was detected, on most not
    assert spent[FRAMES] > np.median(spent)  # and every round starts with a detection
    for row in told["variants"]:
        spent = np.array([float(line["process_ms"]) for line in rows if line["variant"] == row["name"]])
        means = spent.reshape(-1, 10).mean(axis=1)
        assert row["capacity_fps"] == pytest.approx(1000 / np.median(means), rel=1e-2)
    (report.folder / "summary.csv").unlink()
    rates = [float(row["capacity_fps"]) for row in _rows(summarise_session(report.folder))]
    assert rates == pytest.approx([row["capacity_fps"] for row in told["variants"]], rel=1e-2)


def test_every_frame_is_detected_unless_asked_otherwise(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, ("int8",), tmp_path / "csv", rounds=1, frames=4), manifest)
    assert report.to_dict()["detect_every"] == 1
    assert "followed" not in bench_table(report)


def test_frames_without_a_face_are_counted_apart(tmp_path: Path, shared_clip) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    source = parse_source(str(shared_clip("no_face.mp4")))
    report = run_bench(BenchOptions(source, manifest.names, tmp_path / "csv", rounds=1, frames=8), manifest)
    assert report.frames == report.without_face == 8
    row = json.loads(json.dumps(report.to_dict(), allow_nan=False))["variants"][0]
    assert (row["frames"], row["faces"], row["classify_ms"], row["capacity_fps"]) == (0, 0, None, None)
    assert "8 without a face" in bench_table(report)
    assert "no verdicts" in bench_table(report)


def test_speed_ups_come_with_intervals_and_verdicts(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=2, frames=FRAMES), manifest)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert told["runs"] == 20
    intervals = [row["speedup_interval"] for row in told["variants"]]
    assert intervals[0] is None  # the reference itself
    assert all(0 < found["low"] <= found["estimate"] <= found["high"] for found in intervals[1:])
    assert [(row["variant"], row["against"]) for row in told["verdicts"]] == [
        *(("pruned", "fp32"), ("int8", "fp32"), ("int8", "pruned")),
    ]
    assert told["verdicts"][1]["speedup"] == intervals[2]
    assert all(
        row["told"] in bench_table(report) and row["classify_told"] in bench_table(report) for row in told["verdicts"]
    )
    for row in told["verdicts"]:  # detection, which both share, draws the ratio towards 1
        assert abs(np.log(row["speedup"]["estimate"])) <= abs(np.log(row["classify_speedup"]["estimate"])) + 0.1
    assert told["drift"]["told"] in bench_table(report)
    assert set(told["load"]) == {"others_percent", "told"}
    assert told["load"]["told"] in bench_table(report)
    rows = _rows(report.folder / "summary.csv")
    last = ["threads", "provider", "speedup_low", "speedup_high", "not_compared", "speedup_paired"]
    assert list(rows[0])[-6:] == last
    assert (rows[0]["speedup_low"], rows[0]["speedup_high"]) == ("", "")
    for row, found in zip(rows[1:], intervals[1:], strict=True):
        assert float(row["speedup_low"]) == pytest.approx(found["low"], abs=1e-3)
        assert float(row["speedup_high"]) == pytest.approx(found["high"], abs=1e-3)


def test_a_machine_that_was_not_at_rest_is_never_silent(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, ("int8",), tmp_path / "csv", rounds=1, frames=4), manifest)
    busy = replace(report, others_percent=63.2, drift=Drift(Interval(1.18, 1.15, 1.21, 24)))
    for text in (bench_table(busy), json.dumps(busy.to_dict())):
        assert "other programs took 63 % of this machine's processors while measuring" in text
        assert "this machine got 18 % slower while measuring" in text
    idle = replace(report, others_percent=2.0)
    assert "other programs" not in bench_table(idle)
    assert idle.to_dict()["load"] == {"others_percent": 2.0, "told": ""}


def test_threads_are_swept_within_the_same_runs(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    options = BenchOptions(
        demo, ("fp32", "int8"), tmp_path / "csv", threads=(2, 1), rounds=2, frames=FRAMES, detect_every=5
    )
    report = run_bench(options, manifest)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    choices = [("fp32", 2), ("int8", 2), ("fp32", 1), ("int8", 1)]
    assert (told["threads"], told["sweep"]) == (2, [2, 1])
    assert [(row["name"], row["threads"]) for row in told["variants"]] == choices
    assert {row["provider"] for row in told["variants"]} == {"CPUExecutionProvider"}
    assert [row["speedup"] for row in told["variants"] if row["name"] == "fp32"] == [1.0, 1.0]
    sentences = [row["told"] for row in told["verdicts"]]
    assert len(sentences) == 4  # int8 against fp32 twice, each against itself with other threads
    assert all("int8 with 1 thread" in told or "with 2 threads" in told for told in sentences)
    assert not any("fp32 with 1 thread" in told and "int8 with 2" in told for told in sentences)
    summary = _rows(report.folder / "summary.csv")
    assert [(row["variant"], int(row["threads"])) for row in summary] == choices
    assert [row["n"] for row in summary] == [str(2 * FRAMES)] * 4
    assert [row["agreement"] for row in summary][::2] == ["1.0000", "1.0000"]
    rows = _rows(report.folder / "frames.csv")
    assert [(row["variant"], int(row["threads"])) for row in rows[:4]] == choices
    assert {row["place"] for row in rows} == {"1", "2", "3", "4"}
    assert json.loads((report.folder / "session.json").read_text())["sweep"] == [2, 1]
    assert report.runs == 2 * FRAMES // 5  # a detection in each
    (report.folder / "summary.csv").unlink()
    again = _rows(summarise_session(report.folder))
    same = ("variant", "threads", "provider", "n", "agreement", "not_compared")
    assert [[row[column] for column in same] for row in again] == [[row[column] for column in same] for row in summary]
    assert [float(row["speedup"]) for row in again] == pytest.approx([float(row["speedup"]) for row in summary], 1e-2)


def test_a_short_clip_gets_verdicts(tmp_path: Path) -> None:
    clip = tmp_path / "short.mp4"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (64, 48))
    for number in range(30):
        writer.write(np.full((48, 64, 3), 8 * number, np.uint8))
    writer.release()
    manifest = tiny_manifest(tmp_path / "models")
    for frames in (None, 30, 300):
        options = BenchOptions(Source("clip", str(clip)), ("int8",), tmp_path / "csv", frames=frames)
        assert run_bench(options, manifest).runs == 24  # of which the verdicts are made


def test_few_runs_end_without_a_verdict(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=1, frames=8), manifest)
    assert "no verdicts: 2 short runs of frames, 12 with a face are needed" in bench_table(report)
    assert all(row["speedup"] is None for row in report.to_dict()["verdicts"])
    assert report.to_dict()["drift"]["slowdown"] is None


def test_without_the_reference_there_is_nothing_to_compare(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_bench(BenchOptions(demo, ("int8",), tmp_path / "csv", rounds=1, frames=5), manifest)
    row = report.to_dict()["variants"][0]
    assert (row["speedup"], row["agreement"]) == (None, None)
    assert row["capacity_fps"] > 0
    assert (row["speedup_interval"], report.to_dict()["verdicts"]) == (None, [])


def test_a_network_that_fails_on_a_face_is_told_and_what_was_measured_stays(
    tmp_path: Path, demo: Source, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    mine = tiny_variant(tmp_path / "models", "mine", faltering_model())
    write_manifest(replace(manifest, variants=(*manifest.variants, mine)), tmp_path / "models" / "manifest.json")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))
    words = ("--source", str(demo.value), "--frames", "8", "--variants", "fp32,mine", "--json")
    code, out, err = run(capsys, "bench", *words, "--csv", str(tmp_path / "csv"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "variant mine: it answers some faces with NaN or infinity" in err


def test_it_stops_when_asked_and_keeps_what_was_measured(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    steps: list[Step] = []
    options = BenchOptions(demo, manifest.names, tmp_path / "csv", rounds=9, frames=8)
    report = run_bench(options, manifest, steps.append, stop=lambda: len(steps) == 3)
    assert report.interrupted
    assert (report.rounds, report.frames) == (2, 12)
    assert [(step.frames, step.expected, step.rounds) for step in steps] == [(n, 72, 9) for n in (4, 8, 12)]
    assert len(_rows(report.folder / "frames.csv")) == 12 * 3
    assert _rows(report.folder / "summary.csv")[0]["n"] == "12"
    with pytest.raises(BenchStopped):
        run_bench(BenchOptions(demo, ("int8",), tmp_path / "none"), manifest, stop=lambda: True)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("last", [2, 3, 9])
def test_of_a_damaged_clip_the_figures_are_those_of_whole_rounds(tmp_path: Path, last: int) -> None:
    clip = tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 20.0, (64, 48))
    for number in range(20):
        writer.write(np.full((48, 64, 3), 10 * number, np.uint8))
    writer.release()
    content = clip.read_bytes()
    clip.write_bytes(content[: (content.index(b"movi") + content.index(b"idx1")) // 2])
    manifest, steps = tiny_manifest(tmp_path / "models"), list[Step]()
    options = BenchOptions(Source("clip", str(clip)), ("int8",), tmp_path / "csv")
    report = run_bench(options, manifest, steps.append, stop=lambda: steps[-1:] != [] and steps[-1].round == last)
    assert (report.interrupted, report.rounds) == (last < 9, min(last, 3))
    whole, missing = report.to_dict()["frames_per_round"], report.to_dict()["frames_missing"]
    assert whole == next(step.frames for step in reversed(steps) if step.round == 1)
    assert missing == 20 - whole > 0
    assert f"{missing} of the 20 frames that it says it has are missing" in bench_table(report)


def test_held_frames_are_measured_in_rounds_as_those_of_a_clip(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    with closing(open_camera(demo, live=False)) as camera:
        held = [camera.read() for _ in range(17)][5:]
    camera_source = Source("webcam", "97")  # not there: it is not opened
    options = BenchOptions(camera_source, manifest.names, tmp_path / "csv", rounds=2)
    report = run_bench(options, manifest, held=held)
    assert (report.source, report.rounds, report.frames) == ("Camera 97", 2, 24)
    rows = _rows(report.folder / "frames.csv")
    for name in manifest.names:
        numbers = [int(row["frame"]) for row in rows if row["variant"] == name]
        assert numbers == [*range(5, 17), *range(5, 17)]
    first, again = rows[: 12 * 3], rows[12 * 3 :]
    said = [
        sorted((row["frame"], row["variant"], row["label"], row["score"]) for row in part) for part in (first, again)
    ]
    assert said[0] == said[1]


def test_a_bad_source_or_model_leaves_no_session_behind(tmp_path: Path, demo: Source) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    (tmp_path / "text.mp4").write_text("no film")
    bad = Source("clip", str(tmp_path / "text.mp4"))
    with pytest.raises(CameraError, match="cannot be decoded"):
        run_bench(BenchOptions(bad, ("int8",), tmp_path / "csv"), manifest)
    manifest.variant("int8").path.write_bytes(b"altered")
    with pytest.raises(ClassifierError, match="altered"):
        run_bench(BenchOptions(demo, ("int8",), tmp_path / "csv"), manifest)
    assert not (tmp_path / "csv").exists()


def test_detection_and_labels_are_those_of_the_parts_alone(tmp_path: Path, shared_clip) -> None:
    """The labels in the CSV are what finder and classifier say when called by hand."""
    from contextlib import closing

    from fer_live.camera import open_camera
    from fer_live.faces import FaceFinder

    manifest = tiny_manifest(tmp_path / "models")
    source = parse_source(str(shared_clip("book.mkv")))
    report = run_bench(BenchOptions(source, ("pruned",), tmp_path / "csv", rounds=1, frames=12), manifest)
    classifier = OnnxClassifier(manifest.variant("pruned"))
    wanted = []
    with FaceFinder() as finder, closing(open_camera(source, live=False)) as camera:
        for _ in range(12):
            rgb = camera.read().rgb
            run = classifier.classify(rgb, finder.find(rgb))
            wanted.append(run.predictions[0].label if run.predictions else "")
    assert [row["label"] for row in _rows(report.folder / "frames.csv")] == wanted


def test_the_source_is_closed_when_nothing_can_be_written(
    tmp_path: Path, demo: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest, opened, closed = tiny_manifest(tmp_path / "models"), list[Camera](), list[Camera]()

    def remembered(source: Source, *, live: bool) -> Camera:
        camera = open_camera(source, live=live)
        opened.append(camera)
        whole = camera.close
        monkeypatch.setattr(camera, "close", lambda: (closed.append(camera), whole()))
        return camera

    monkeypatch.setattr("fer_live.bench.open_camera", remembered)
    (tmp_path / "file").touch()
    with pytest.raises(RecordError) as caught:
        run_bench(BenchOptions(demo, ("fp32",), tmp_path / "file", rounds=1, frames=8), manifest)
    assert opened == closed
    assert caught.traceback  # which holds all that the benchmark held
