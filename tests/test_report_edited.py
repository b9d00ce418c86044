"""Sessions that somebody edited: a page or one line, and what cannot have been recorded is told with its place."""

import csv
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import run
from page_reader import read_page
from tiny_onnx import tiny_manifest

from fer_live.dataset import FER2013_LABELS
from fer_live.frame import Box, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.record import Recorder, RecordError, RowRates, SessionFacts, summarise_session
from fer_live.report.page import write_report
from fer_live.report.runs import ReportError
from fer_live.report.session import read_session
from fer_live.report.svg import time_ticks

FACE = Face(Box(1, 2, 30, 30), 0.9, ((8, 10), (22, 10)), track=1)
HUGE = 10**400


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording of 30 frames."""
    manifest = tiny_manifest(tmp_path / "models")
    recorder = Recorder(tmp_path, SessionFacts("clip.mkv", manifest, manifest.names, 1, 3, "live"))
    said = Prediction(FER2013_LABELS, tuple(0.7 if name == "happy" else 0.05 for name in FER2013_LABELS))
    start_s = time.perf_counter()
    for index in range(30):
        at_s = start_s + index / 30
        runs = tuple(VariantRun(name, (said,), 2.0) for name in manifest.names)
        frame = Frame(index, at_s, np.zeros((2, 2, 3), np.uint8))
        recorder.write(FrameResult(frame, (FACE,), 1.5, runs, at_s + 0.01), RowRates(30.0, 29.5, 0))
    return recorder.close()


def _edit_json(folder: Path, change: Callable[[Any], object]) -> None:
    path = folder / "session.json"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))


def _edit_cells(path: Path, column: str, cell: str, rows: slice = slice(1, None)) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        table = list(csv.reader(file))
    for row in table[rows]:
        row[table[0].index(column)] = cell
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(table)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw["machine"].update(vector_flags=True), "machine.vector_flags is true, not tuple"),
        (lambda raw: raw["machine"].update(memory_mb=HUGE), "machine.memory_mb is 1000.*, too large a number"),
        (lambda raw: raw["machine"].update(cpu=[]), r"machine.cpu is \[\], not str"),
        (lambda raw: raw["variants"][0].update(bytes=-1), "the variant fp32 has a size below 0"),
        (lambda raw: raw["variants"][0].update(macs=HUGE), r"variants\[0\].macs is 1000.*, too large a number"),
        (lambda raw: raw["variants"][0].update(accuracy=2), "the variant fp32 has an accuracy of 2"),
        (lambda raw: raw.update(detect_every=-1), "detect_every is -1"),
        (lambda raw: raw.update(started="y" * 140_000), "Invalid isoformat string: 'yyy"),
        (lambda raw: raw.update(versions=["a" * 10] * 3), "versions is "),
    ],
)
def test_facts_that_no_program_writes_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], change: Callable[[Any], object], told: str
) -> None:
    _edit_json(folder, change)
    code, out, err = run(capsys, "report", str(folder))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(rf"session\.json cannot be read: .*{told}", err)
    assert len(err) < 1100


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("wall_time", "0001-01-01T00:00:00"),
        ("wall_time", "0001-01-01"),
        ("faces", "9223372036854775808"),
        ("process_ms", "1e308"),
        ("latency_ms", "1e300"),
        ("label", "y" * 140_000),
    ],
)
def test_rows_that_nothing_can_have_measured_are_told(folder: Path, column: str, cell: str) -> None:
    _edit_cells(folder / "frames.csv", column, cell)
    with pytest.raises(ReportError, match=r"frames\.csv cannot be read, line \d+: ") as caught:
        write_report([folder])
    assert len(str(caught.value)) < 300


def test_a_crowd_that_cannot_be_makes_a_page_without_filling_memory(folder: Path) -> None:
    _edit_cells(folder / "frames.csv", "faces", "90000000000")
    assert "There were 90000000000.0 faces per frame" in write_report([folder]).read_text()


def test_a_clock_that_was_set_in_the_midst_makes_a_page_with_few_marks(folder: Path) -> None:
    _edit_cells(folder / "frames.csv", "wall_time", "1970-01-01T00:00:00+00:00", slice(1, 4))
    plot = read_page(write_report([folder]).read_text()).all("svg", "plot")[2]
    assert 2 <= len([text for text in plot.all("text", "tick") if text.attributes["y"] == "100%"]) <= 8
    assert [len(time_ticks(days * 86400.0)) <= 8 for days in (5, 6, 7, 100, 10**6)] == [True] * 5


@pytest.mark.parametrize(
    ("column", "cell"), [("bytes", "-1"), ("accuracy", "5"), ("agreement", "-0.5"), ("p50_ms", "-1")]
)
def test_a_summary_with_impossible_figures_is_worked_out_again(folder: Path, column: str, cell: str) -> None:
    before = write_report([folder]).read_text()
    _edit_cells(folder / "summary.csv", column, cell)
    assert read_session(folder).recovered
    assert "its figures were worked out again" in write_report([folder]).read_text()
    assert "its figures were worked out again" not in before


@pytest.mark.parametrize(
    ("column", "cell"),
    [("track", "9223372036854775808"), ("track", "one"), ("time_s", "1e300"), ("label", "y" * 140_000)],
)
def test_faces_that_cannot_be_cost_the_timeline_alone(folder: Path, column: str, cell: str) -> None:
    _edit_cells(folder / "faces.csv", column, cell)
    page = read_page(write_report([folder]).read_text())
    assert "There is no timeline per face: faces.csv cannot be read, line" in page.all("aside")[0].text
    assert len(page.all("aside")[0].text) < 1000


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw.update(detect_every=0), "detect_every is 0"),
        (lambda raw: raw["variants"][0].update(accuracy="high"), 'accuracy is "high", not float'),
        (lambda raw: raw["variants"][0].update(bytes="many"), 'bytes is "many", not int'),
        (lambda raw: raw["variants"].pop(0), "rows of 'fp32', which session.json does not list"),
        (lambda raw: raw.update(machine=[[[]]] * 3, reference=None), "reference is null, not str"),
    ],
)
def test_what_cannot_be_summed_up_is_told(folder: Path, change: Callable[[Any], object], told: str) -> None:
    (folder / "summary.csv").unlink()
    _edit_json(folder, change)
    with pytest.raises(RecordError, match=told):
        summarise_session(folder)
    assert not (folder / "summary.csv").exists()


def test_times_that_nobody_measured_are_not_summed_up(folder: Path) -> None:
    _edit_cells(folder / "frames.csv", "process_ms", "inf")
    with pytest.raises(RecordError, match="inf is no measurement"):
        summarise_session(folder, folder / "again.csv")
