"""The timeline of each face in a report: structure, places on the axis, words, and what is left out."""

import csv
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from page_reader import Element, read_page
from tiny_onnx import tiny_manifest

from fer_live.classifier import OnnxClassifier
from fer_live.dataset import FER2013_LABELS
from fer_live.faces import FaceFinder
from fer_live.frame import Box, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.manifest import Manifest
from fer_live.pipeline import Pipeline
from fer_live.record import Recorder, RowRates, SessionFacts
from fer_live.report.axis import Axis
from fer_live.report.page import write_report
from fer_live.report.per_face import MOST, timelines, voices
from fer_live.report.session import read_session
from fer_live.report.strip import pieces
from fer_live.tracking import FaceTracker

RATES = RowRates(10.0, 10.0, 0)
TITLE = "What each face was said to show"
Cast = dict[int, Callable[[int], str]]  # by track: the label on a frame, "" while away


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path / "models")


def _record(parent: Path, manifest: Manifest, cast: Cast, frames: int = 100, names: Sequence[str] = ()) -> Path:
    """A session at ten frames a second; variants beyond the first two call every face neutral."""
    names = names or manifest.names
    recorder = Recorder(parent, SessionFacts("clip.mkv", manifest, manifest.names, 1, 3, "live"))
    start_s = time.perf_counter()
    for index in range(frames):
        said = {track: label for track, of in cast.items() if (label := of(index))}
        faces = tuple(Face(Box(50 * track, 0, 40, 40), 0.9, ((1, 1), (2, 1)), track) for track in said)
        runs = tuple(
            VariantRun(name, tuple(_said(label if place < 2 else "neutral") for label in said.values()), 2.0)
            for place, name in enumerate(names)
        )
        at_s = start_s + index / 10
        frame = Frame(index, at_s, np.zeros((2, 2, 3), np.uint8))
        recorder.write(FrameResult(frame, faces, 1.5, runs, at_s + 0.01), RATES)
    return recorder.close()


def _said(label: str) -> Prediction:
    return Prediction(FER2013_LABELS, tuple(0.7 if name == label else 0.05 for name in FER2013_LABELS))


def _section(folder: Path) -> Element | None:
    page = read_page(write_report([folder]).read_text(encoding="utf-8"))
    return next((one for one in page.all("section") if one.all("h2")[0].text == TITLE), None)


def _found(folder: Path) -> Element:
    section = _section(folder)
    assert section is not None
    return section


PAIR: Cast = {
    1: lambda index: "happy" if index < 60 else "sad",
    4: lambda index: (
        "" if index < 20 or 40 <= index < 80 else "angry"
    ),  # comes back under its number, as far as is told
}


def test_a_line_per_face_with_gaps_where_it_was_away(tmp_path: Path, manifest: Manifest) -> None:
    section = _found(_record(tmp_path, manifest, PAIR))
    plot = section.all("svg", "plot")[0]
    drawn = [
        (path.attributes["class"].split()[1], [tuple(map(float, piece)) for piece in _pieces(path)])
        for path in plot.all("path", "said")
    ]
    assert [look for look, _ in drawn] == ["e-happy", "e-sad", "e-angry"]
    wanted = [[(0, 600)], [(600, 400)], [(200, 200), (800, 200)]]
    for (_, parts), places in zip(drawn, wanted, strict=True):
        assert np.array(parts) == pytest.approx(np.array(places), abs=6)
    assert len(plot.all("line", "away")) == 2
    assert [word.text for word in plot.all("text", "word")] == ["happy", "sad", "angry", "angry"]
    assert [row.text for row in plot.all("text", "row")] == [
        *("Face 1  in view 10 s", "happy 60.0\u00a0%", "Face 4  in view 4.0 s", "angry 100.0\u00a0%"),
    ]
    assert plot.all("desc")[0].text == (
        "A line per face, coloured by label where it was in view. Face 1: in view 10 s, mostly happy, 60.0\u00a0%; "
        "Face 4: in view 4.0 s, mostly angry, 100.0\u00a0%. The table below tells more."
    )
    assert [one.text for one in section.all("ul", "legend")[0].all("li")] == ["angry", "happy", "sad", "neutral"]
    assert [note.text for note in section.all("p", "note")] == ["Labels of FP32. Every frame is drawn."]


def _pieces(path: Element) -> list[tuple[str, str]]:
    return re.findall(r"M([0-9.]+) 0h([0-9.]+)v", path.attributes["d"])


def test_the_table_says_the_same_in_words(tmp_path: Path, manifest: Manifest) -> None:
    table = _found(_record(tmp_path, manifest, PAIR)).all("table", "faces")[0]
    heads = [head.text for head in table.all("thead")[0].all("th")]
    assert heads == [
        *("Face", "first seen", "last seen", "in view", "FP32", "PRUNED", "INT8", "longest stretches of one label"),
    ]
    rows = [[cell.text for cell in row.all("td")] for row in table.all("tbody")[0].all("tr")]
    assert [row.all("th")[0].text for row in table.all("tbody")[0].all("tr")] == ["Face 1", "Face 4"]
    happy, angry, neutral = "happy 60.0\u00a0%", "angry 100.0\u00a0%", "neutral 100.0\u00a0%"
    assert rows[0] == ["0 s", "10 s", "10 s", happy, happy, neutral, "happy 0 s to 6 s; sad 6 s to 10 s"]
    assert rows[1] == ["2 s", "10 s", "4.0 s", angry, angry, neutral, "angry 2 s to 4 s; angry 8 s to 10 s"]
    assert all(head.attributes["scope"] for head in table.all("th"))


def test_a_stutter_leaves_no_hole_in_a_long_bar_and_an_absence_does() -> None:
    at = np.arange(700) * 0.04
    at[200:] += 0.3  # the machine was busy
    at[400:] += 3.0  # nobody was there
    label = np.where(at < 10, "happy", "sad")
    parts = pieces(at, label, Axis(at[-1] + 0.04, by_frame=False))
    assert [label for _, _, label in parts] == ["happy", "sad", "sad"]
    ends = [(start, end) for start, end, _ in parts]
    assert np.array(ends) == pytest.approx(np.array([(0, 10), (10, at[399]), (at[400], at[-1])]), abs=0.2)


def test_of_a_crowd_the_longest_seen_are_drawn_and_the_others_counted(tmp_path: Path, manifest: Manifest) -> None:
    def stays(track: int) -> Callable[[int], str]:
        return lambda index: "happy" if 2 * track <= index < 2 * track + 10 * (track % 4 + 1) else ""

    folder = _record(tmp_path, manifest, {track: stays(track) for track in range(1, 12)}, names=("int8",))
    shown = timelines(read_session(folder))
    assert [one.face.track for one in shown] == [1, 2, 3, 5, 6, 7, 10, 11]  # of 20 to 40 frames, in order of coming
    assert len(shown) == MOST
    section = _found(folder)
    assert len(section.all("svg", "plot")[0].all("line", "away")) == MOST
    assert "3 more faces are left out, in view on at most 20 frames each: " in section.all("p", "note")[0].text


def test_a_session_without_faces_csv_still_makes_a_page(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, PAIR)
    (folder / "faces.csv").unlink()
    assert _section(folder) is None
    other = _record(tmp_path, manifest, PAIR)
    page = read_page(write_report([folder, other]).read_text(encoding="utf-8"))
    section = next(one for one in page.all("section") if one.all("h2")[0].text == TITLE)
    notes = [figure.all("p", "note")[0].text for figure in section.all("figure")]
    assert notes == ["This recording does not tell faces apart.", "Labels of FP32. Every frame is drawn."]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "line 1: it has no column time_s"),
        (b"time_s,frame,track,variant,label\nx,0,1,fp32,sad\n", "line 2: 'x' is no number"),
        (b"time_s,frame,track,variant,label\n0.1,0\n", "line 2: it has too few cells"),
        (b"time_s,frame,track,variant,label\n0.1,0,-1,fp32,sad\n", "line 2: track -1 is no number"),
        (b"\xff\xfe\n", "line 1: 'utf-8' codec"),
    ],
)
def test_a_broken_faces_csv_costs_the_timeline_alone(
    tmp_path: Path, manifest: Manifest, content: bytes, why: str
) -> None:
    folder = _record(tmp_path, manifest, PAIR)
    (folder / "faces.csv").write_bytes(content)
    page = read_page(write_report([folder]).read_text(encoding="utf-8"))
    assert f"There is no timeline per face: faces.csv cannot be read, {why}" in page.all("aside")[0].text
    assert TITLE not in page.text


def test_a_row_that_was_cut_off_is_passed_over(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, PAIR)
    whole = [(one.name, one.parts) for one in timelines(read_session(folder))]
    with (folder / "faces.csv").open("ab") as file:
        file.write(b"9.99,100,2,1,7,50.0")
    assert [(one.name, one.parts) for one in timelines(read_session(folder))] == whole


def test_where_a_variant_did_not_run_another_speaks(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, {1: lambda index: "happy"})
    with (folder / "faces.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if row[10] != "pruned" and (row[10] != "fp32" or int(row[1]) >= 70)]  # int8 ran on all
    with (folder / "faces.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(row for row in kept if row[10] != "int8" or int(row[1]) < 90)
    session = read_session(folder)
    assert voices(session) == ("int8", "fp32")
    (one,) = timelines(session)
    assert [label for _, _, label in one.parts] == ["neutral", "happy"]
    assert one.parts[1][:2] == pytest.approx((9.0, 10.1), abs=0.11)
    assert "Labels of INT8 (where it did not run, of another variant that did)." in _found(folder).text


def test_labels_that_only_another_face_got_have_colours(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, PAIR)
    path = folder / "faces.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",angry,", ",<smirk>,"), encoding="utf-8")
    section = _found(folder)
    assert "<smirk>" in [one.text for one in section.all("ul", "legend")[0].all("li")]
    word = next(word for word in section.all("text", "word") if word.text == "<smirk>")
    assert word.attributes["fill"] == "var(--panel)"


def test_real_faces_that_come_and_go(tmp_path: Path, manifest: Manifest, shared_clip: Callable[[str], Path]) -> None:
    bgr = cv2.imread(str(shared_clip("four_faces.jpg")))
    assert bgr is not None
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    covered = rgb.copy()
    covered[:, : rgb.shape[1] * 45 // 100] = 90  # the faces on the left
    recorder = Recorder(tmp_path, SessionFacts("four_faces.jpg", manifest, ("int8",), 1, 0, "live"))
    start_s = time.perf_counter()
    with FaceFinder() as finder:
        pipeline, classifier = Pipeline(finder, FaceTracker()), OnnxClassifier(manifest.variant("int8"))
        for index in range(24):
            at_s = start_s + index / 10
            frame = Frame(index, at_s, covered if 6 <= index < 18 else rgb)
            result = pipeline.process(frame, [classifier])
            recorder.write(FrameResult(frame, result.faces, 1.0, result.runs, at_s), RATES)
    folder = recorder.close()
    seen = {one.face.track: one.face.frame for one in timelines(read_session(folder))}
    assert len(seen) >= 3  # one that stayed, one that left, and the same under a new number
    assert sum(frames.size == 24 for frames in seen.values()) >= 1
    assert sum(frames[-1] == 6 for frames in seen.values()) == sum(frames[0] == 19 for frames in seen.values()) >= 1
    rows = [row.all("th")[0].text for row in _found(folder).all("table", "faces")[0].all("tbody")[0].all("tr")]
    assert rows == [f"Face {track}" for track in seen]
