import csv
import errno
import json
import os
import re
import shutil
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reader import Element, read_page
from tiny_onnx import tiny_manifest

from fer_live import cli, palette
from fer_live.bench_report import Pair
from fer_live.comparison import Drift, Interval
from fer_live.dataset import FER2013_LABELS
from fer_live.frame import Box, Choice, Face, Frame, FrameResult, Prediction, VariantRun
from fer_live.manifest import Manifest
from fer_live.record import FRAME_COLUMNS, Recorder, RowRates, SessionFacts, summarise_session
from fer_live.report import findings, looks, svg
from fer_live.report.page import write_report
from fer_live.report.runs import ReportError, read_runs
from fer_live.report.session import Machine, read_session

FACE = Face(Box(1, 2, 30, 30), 0.9, ((8, 10), (22, 10)), track=1)
MS = {"fp32": 8.0, "pruned": 3.0, "int8": 1.0}
SECTIONS = [
    "Summary",
    "How long a frame takes",
    "How many frames are done in time",
    "Speed over the session",
    "What the main face was said to show",
    "What each face was said to show",
    "How often the variants agree",
    "Accuracy against speed and size",
    "Where it was measured",
    "Which files ran",
    "How each number was obtained",
]
Say = Callable[[int, str], str]


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path / "models")


def _same(index: int, name: str) -> str:
    return "happy" if index % 7 else "sad"


def _record(parent: Path, manifest: Manifest, frames: int = 140, say: Say = _same, source: str = "clip.mkv") -> Path:
    """A session as the engine would write it; ``say`` gives the label of a frame and variant, "" without a face."""
    facts = SessionFacts(source, manifest, manifest.names, threads=1, warm_up=3, mode="live")
    recorder, start_s = Recorder(parent, facts), time.perf_counter()
    for index in range(frames):
        at_s = start_s + index / 30
        runs = tuple(_run(name, say(index, name), index) for name in manifest.names)
        faces = (FACE,) if any(run.predictions for run in runs) else ()
        frame = Frame(index, at_s, np.zeros((2, 2, 3), np.uint8))
        recorder.write(FrameResult(frame, faces, 1.5, runs, at_s + 0.012), RowRates(30.0, 29.5, index // 10))
    return recorder.close()


def _run(name: str, label: str, index: int) -> VariantRun:
    scores = tuple(0.7 if name == label else 0.05 for name in FER2013_LABELS)
    return VariantRun(name, (Prediction(FER2013_LABELS, scores),) if label else (), MS[name] * (1 + index % 5 / 10))


def _page(*folders: Path) -> Element:
    return read_page(write_report(folders).read_text(encoding="utf-8"))


def _cells(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _figures(path: Path) -> list[dict[str, str]]:
    """What a page should show of a summary.csv whose labels can all be compared."""
    rows = _cells(path)
    assert {row.pop("not_compared") for row in rows} == {"0"}  # not worth a column
    return [{k: v for k, v in row.items() if k not in ("variant", "threads", "provider") and v} for row in rows]


def _shown(page: Element) -> list[dict[str, str]]:
    """The summary tables' figures by column, a row per variant."""
    rows = [row for table in page.all("table", "summary") for row in table.all("tbody")[0].all("tr")]
    return [{cell.attributes["data-column"]: cell.attributes["value"] for cell in row.all("data")} for row in rows]


def test_the_page_has_its_sections_and_is_well_formed(tmp_path: Path, manifest: Manifest) -> None:
    text = write_report([_record(tmp_path, manifest)]).read_text(encoding="utf-8")
    page = read_page(text)
    assert text.startswith("<!DOCTYPE html>\n")
    assert page.all("html")[0].attributes["lang"] == "en"
    names = {meta.attributes.get("name"): meta.attributes for meta in page.all("meta")}
    assert names["viewport"]["content"] == "width=device-width, initial-scale=1"
    assert names["color-scheme"]["content"] == "light dark"
    assert [one.all("h2")[0].text for one in page.all("section")] == SECTIONS
    assert [len(page.all("svg", "plot")), len(page.all("h1")), len(page.all("main"))] == [6, 1, 1]
    identities = re.findall(r' id="([^"]*)"', text)
    assert len(identities) == len(set(identities))
    for plot in page.all("svg", "plot"):
        assert plot.attributes["role"] == "img"
        title, description = plot.all("title")[0], plot.all("desc")[0]
        assert plot.attributes["aria-labelledby"].split() == [title.attributes["id"], description.attributes["id"]]
        assert title.text
        assert "INT8" in description.text or "Face 1: in view" in description.text
    for table in page.all("table"):
        assert all(head.attributes.get("scope") for head in table.all("th"))


def test_the_page_fetches_nothing_and_runs_nothing(tmp_path: Path, manifest: Manifest) -> None:
    text = write_report([_record(tmp_path, manifest)]).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|<script|<link|<img|<iframe|\son\w+=|javascript:", text)
    assert "default-src &#x27;none&#x27;" in text


def test_the_figures_are_those_of_summary_csv(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, say=lambda index, name: "" if index % 9 == 0 else _same(index, name))
    page = _page(folder)
    wanted = _figures(folder / "summary.csv")
    assert _shown(page) == wanted
    assert wanted[0]["without_face"] == "16"
    heads = [row.all("th")[0].text for row in page.all("table", "summary")[0].all("tbody")[0].all("tr")]
    assert heads == ["FP32 reference", "PRUNED", "INT8"]
    for cell in page.all("table", "summary")[0].all("data"):
        said = float(re.sub(r"[^0-9.]", "", cell.text))
        value = float(cell.attributes["value"])
        scaled = {"bytes": value / 1e3, "agreement": 100 * value, "accuracy": 100 * value}
        assert said == pytest.approx(scaled.get(cell.attributes["data-column"], value), rel=0.06, abs=0.51)


def test_columns_that_came_later_are_shown_as_they_are(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest)
    rows = _cells(folder / "summary.csv")
    with (folder / "summary.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*rows[0], "mood"])
        table.writeheader()
        table.writerows({**row, "mood": "<fine>"} for row in rows)
    table_shown = _page(folder).all("table", "summary")[0]
    assert table_shown.all("thead")[0].all("th")[-1].text == "mood"
    assert [row.all("td")[-1].text for row in table_shown.all("tbody")[0].all("tr")] == ["<fine>"] * 3
    assert not read_session(folder).recovered


def test_no_name_becomes_markup(tmp_path: Path, manifest: Manifest) -> None:
    nasty = "<script>alert('x')</script> & \"q\""
    variants = (replace(manifest.variants[0], title=nasty), *manifest.variants[1:])
    folder = _record(tmp_path, replace(manifest, variants=variants), source="</style><b>x</b>")
    _edit(folder / "frames.csv", ",happy,", ",<i>happy</i>,")
    page = _page(folder)
    assert [len(page.all("script")), len(page.all("style"))] == [0, 1]
    assert {one.text for one in page.all("b")} == set()
    assert page.all("table", "summary")[0].all("tbody")[0].all("th")[0].text == f"{nasty} reference"
    assert "</style><b>x</b>" in page.all("table", "facts")[0].text
    assert {one.attributes.get("class", "") for one in page.all("i")} <= {
        *("swatch v0 d0", "swatch v1 d1", "swatch v2 d2"),
        *("patch e-happy", "patch e-sad", "patch v0", "patch v1", "patch v2", "patch nobody"),
    }
    assert "<i>happy</i>" in [one.text for one in page.all("ul", "legend")[-2].all("li")]


def test_several_sessions_stand_side_by_side(tmp_path: Path, manifest: Manifest) -> None:
    first, second = _record(tmp_path, manifest), _record(tmp_path, manifest, frames=60, source="other.mkv")
    _edit(second / "session.json", json.loads((second / "session.json").read_text())["machine"]["cpu"], "Apple M2")
    page = _page(first, second)
    sections = page.all("section")
    assert [one.all("h2")[0].text for one in sections] == ["Side by side", *SECTIONS]
    for section in sections[1:9]:
        assert [one.all("figcaption")[0].text[0] for one in section.all("figure")] == ["A", "B"]
    assert len(page.all("svg", "plot")) == 12
    beside = page.all("table", "beside")[0]
    wanted = [[row["p50_ms"] for row in _cells(folder / "summary.csv")] for folder in (first, second)]
    rows = [[float(cell.attributes["value"]) for cell in row.all("data")] for row in beside.all("tbody")[0].all("tr")]
    assert rows == [[float(one), float(other)] for one, other in zip(*wanted, strict=True)]
    facts = {row.all("th")[0].text: row for row in page.all("table", "facts")[0].all("tbody")[0].all("tr")}
    assert [cell.text for cell in facts["Source"].all("td")] == ["clip.mkv", "other.mkv"]
    assert facts["Source"].attributes["class"] == "differs"
    assert "class" not in facts["Python"].attributes
    assert re.fullmatch(r"INT8 is 4.1 times as fast as FP32 on .* and 4.1 times on Apple M2\.", page.all("h1")[0].text)
    assert "B: Few frames with a face (FP32 60" in page.all("aside")[0].text


def test_sessions_held_against_other_references_are_not_read_in_one_breath(tmp_path: Path, manifest: Manifest) -> None:
    folders = [_record(tmp_path, replace(manifest, reference=name)) for name in ("fp32", "pruned")]
    page = _page(*folders)
    assert page.all("h1")[0].text == "2 sessions side by side"
    heads = page.all("table", "beside")[0].all("thead")[0].all("th")
    assert [head.text.rpartition("against ")[2] for head in heads[1:]] == ["FP32", "PRUNED"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (("4.100", "3.600", "3.400", "3.700"), "INT8 is 4.1 times as fast as FP32 on A and 3.6 times on B."),
        (("1.050", "1.010", "0.990", "1.050"), "2 sessions side by side"),
        (("4.100", "0.900", "0.850", "0.950"), "2 sessions side by side"),
        (("1.040", "", "", ""), "2 sessions side by side"),
        (("4.100", "", "0.900", "4.400"), "2 sessions side by side"),
        (("4.100", "", "3.900", "4.400"), "INT8 is 4.1 times as fast as FP32 on A and 4.1 times on B."),
    ],
)
def test_of_several_sessions_only_what_each_shows_is_claimed(
    tmp_path: Path, manifest: Manifest, figures: tuple[str, ...], words: str
) -> None:
    first, second = _record(tmp_path, manifest), _record(tmp_path, manifest)
    columns = ("speedup", "speedup_paired", "speedup_low", "speedup_high")
    told = dict(zip(columns, figures, strict=True))
    _rewrite(second / "summary.csv", lambda row: [{**row, **told} if row["variant"] == "int8" else row])
    assert _page(first, second).all("h1")[0].text == words


def test_a_clip_may_have_a_name_outside_utf_8(tmp_path: Path, manifest: Manifest) -> None:
    page = _page(_record(tmp_path, manifest, source="caf\udce9.mkv"))
    assert "caf\\udce9.mkv" in page.all("header")[0].text


def test_a_session_that_was_killed_is_summed_up_and_left_as_it_is(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path / "killed", manifest)
    (folder / "summary.csv").unlink()
    _edit(
        folder / "session.json", re.search(r'"ended": ".*?"', (folder / "session.json").read_text())[0], '"ended": null'
    )  # type: ignore[index]
    with (folder / "frames.csv").open("ab") as file:
        file.write(b"2026-01-01T00:00:00.000+00:00,140,fp32,1,1,30")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    page = _page(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "report.html"} == before
    assert _shown(page) == _figures(summarise_session(copy))
    for session in (folder, copy):  # the one that was summed up before, too
        assert "The recording was cut off" in _page(session).all("aside")[0].text


def test_tables_that_a_spreadsheet_saved_are_read(tmp_path: Path, manifest: Manifest) -> None:
    """It puts a mark before the first column's name."""
    folder = _record(tmp_path, manifest)
    before = _page(folder)
    for path in folder.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert _shown(_page(folder)) == _shown(before)
    assert [section.text for section in _page(folder).all("section")] == [
        section.text for section in before.all("section")
    ]


def test_a_long_recording_is_read_in_little_memory(tmp_path: Path, manifest: Manifest) -> None:
    """The window waits beside it; as lists of tuples the rows took several times as much."""
    folder = _record(tmp_path, manifest)
    head, *rows = (folder / "frames.csv").read_text().splitlines(keepends=True)
    (folder / "frames.csv").write_text("".join([head, *rows * 50]))
    tracemalloc.start()
    try:
        recorded = read_runs(folder / "frames.csv")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert recorded.frames == 140 * 50
    assert peak < 200 * len(rows) * 50


@pytest.mark.parametrize(
    "content", ["", "variant,n\nfp32,x\n", "variant,n\nfp32,1,2,3\n", "variant,n,without_face\nfp32,1,0\n", "\0\0"]
)
def test_a_summary_that_does_not_fit_is_not_believed(tmp_path: Path, manifest: Manifest, content: str) -> None:
    folder = _record(tmp_path, manifest)
    truth = read_session(folder)
    (folder / "summary.csv").write_text(content)
    session = read_session(folder)
    assert (truth.recovered, session.recovered) == (False, True)
    assert [row["p50_ms"] for row in session.summary.values()] == [row["p50_ms"] for row in truth.summary.values()]


def test_a_summary_that_was_cut_off_in_its_last_row_is_not_believed(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest)
    truth = [row["p50_ms"] for row in _shown(_page(folder))]
    path = folder / "summary.csv"
    lines = path.read_text().splitlines()
    fields = lines[-1].split(",")
    for kept in range(3, len(fields)):
        path.write_text("\n".join([*lines[:-1], ",".join(fields[:kept])]))
        assert read_session(folder).recovered
    assert [row["p50_ms"] for row in _shown(_page(folder))] == truth


def test_nobody_in_view_is_said_and_nothing_is_drawn(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, frames=5, say=lambda index, name: "")
    page = _page(folder)
    assert page.all("h1")[0].text == "No face was found in 5 frames, so nothing was classified."
    assert not page.all("svg", "plot")
    assert [one.all("h2")[0].text for one in page.all("section")] == [SECTIONS[0], *SECTIONS[-3:]]
    assert _shown(page) == _figures(folder / "summary.csv")


def test_beside_a_session_with_faces_one_without_says_so(tmp_path: Path, manifest: Manifest) -> None:
    empty = _record(tmp_path, manifest, frames=5, say=lambda index, name: "")
    page = _page(_record(tmp_path, manifest), empty)
    assert page.all("h1")[0].text == "2 sessions side by side"
    assert len(page.all("svg", "plot")) == 6
    assert [figure.all("p", "note")[-1].text for figure in page.all("figure")[3:17:2]] == ["No face was found."] * 7


@pytest.mark.parametrize("mode", ["live", "bench"])
@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_moment_is_enough_for_a_page(tmp_path: Path, manifest: Manifest, frames: int, mode: str) -> None:
    folder = _record(tmp_path, manifest, frames=frames)
    _edit(folder / "session.json", '"mode": "live"', f'"mode": "{mode}"')
    page = _page(folder)
    for plot in page.all("svg", "plot"):
        ticks = [text.text for text in plot.all("text", "tick") if text.attributes["y"] == "100%"]
        assert len(ticks) == len(set(ticks)) > 0
    assert len(page.all("svg", "plot")) == 6
    assert "Few frames with a face" in page.all("aside")[0].text


def test_agreement_counts_the_frames_that_both_processed(tmp_path: Path, manifest: Manifest) -> None:
    def say(index: int, name: str) -> str:
        return "" if index < 10 else "sad" if name == "int8" and index % 4 == 0 else "happy"

    folder = _record(tmp_path, manifest, frames=50, say=say)
    lines = (folder / "frames.csv").read_text().splitlines(keepends=True)
    # The clip again from its first frame, as in the rounds of a benchmark, and a while with one variant alone.
    again = [line for line in lines[1:] if ",pruned," not in line]
    (folder / "frames.csv").write_text("".join([*lines, *again]))
    session = read_session(folder)
    assert session.recorded.frames == 100
    assert findings.agreement(session, "fp32", "int8") == findings.Agreement(80, 0.75)
    assert findings.agreement(session, "pruned", "fp32") == findings.Agreement(40, 1.0)
    matrix = _page(folder).all("table", "matrix")[0]
    row = matrix.all("tbody")[0].all("tr")[2]
    assert [cell.text for cell in row.all("td")] == ["75.0\u00a0%of 80", "75.0\u00a0%of 40", "\u2013"]


def test_labels_that_only_one_network_knows_are_counted_apart(tmp_path: Path, manifest: Manifest) -> None:
    def say(index: int, name: str) -> str:
        return "sad" if name == "fp32" and index % 5 == 0 else "happy"

    folder = _record(tmp_path, manifest, frames=50, say=say)
    session = read_session(folder)
    assert session.variant("int8").labels == FER2013_LABELS
    two = replace(session.variant("int8"), labels=("happy", "angry"))
    known = tuple(two if row.name == "int8" else row for row in session.facts.variants)
    session = replace(session, facts=replace(session.facts, variants=known))
    assert findings.agreement(session, "int8", "fp32") == findings.Agreement(40, 1.0)
    assert findings.agreement(session, "fp32", "pruned") == findings.Agreement(50, 0.8)
    assert not any("other frames" in sentence for sentence in findings.cautions(session))


def test_a_detection_now_and_then_is_no_disturbance(tmp_path: Path, manifest: Manifest) -> None:
    session = read_session(_record(tmp_path, manifest))
    spent = np.where(np.arange(140) % 5 == 0, 10.0, 1.0)
    runs = {name: replace(one, process_ms=spent) for name, one in session.runs.items()}
    every, fifth = (
        replace(session, recorded=replace(session.recorded, runs=runs), facts=replace(session.facts, detect_every=each))
        for each in (1, 5)
    )
    assert any("Times vary widely" in sentence for sentence in findings.cautions(every))
    assert not any("Times vary widely" in sentence for sentence in findings.cautions(fifth))


def test_one_variant_alone_is_compared_with_nothing(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest)
    lines = (folder / "frames.csv").read_text().splitlines(keepends=True)
    (folder / "frames.csv").write_text(
        "".join(line for line in lines if ",fp32," not in line and ",pruned," not in line)
    )
    page = _page(folder)
    assert page.all("h1")[0].text == "INT8 takes 2.7 ms per frame: 370 frames per second without a camera."
    assert not page.all("table", "matrix")
    assert "The reference was not measured" in page.all("aside")[0].text


@pytest.mark.parametrize("mode", ["live", "bench"])
@pytest.mark.parametrize("frames", [100, 1000])  # drawn one by one, and in parts
def test_the_bars_say_when_which_label_was_given(tmp_path: Path, manifest: Manifest, mode: str, frames: int) -> None:
    def say(index: int, name: str) -> str:
        return "sad" if index < 0.2 * frames else "" if index < 0.5 * frames else "happy"

    folder = _record(tmp_path, manifest, frames=frames, say=say)
    _edit(folder / "session.json", '"mode": "live"', f'"mode": "{mode}"')
    plot = next(one for one in _page(folder).all("svg", "plot") if one.all("title")[0].text.startswith("Label"))
    drawn = {}
    for path in plot.all("path", "said")[:3]:
        ((x, width),) = re.findall(r"M([0-9.]+) 0h([0-9.]+)v", path.attributes["d"])
        drawn[path.attributes["class"]] = (float(x), float(width))
    wanted = {"said e-sad": (0, 200), "said nobody": (200, 300), "said e-happy": (500, 500)}
    for look, place in wanted.items():
        assert drawn[look] == pytest.approx(place, abs=6)
    words = plot.all("text", "word")
    places = [(word.text, float(word.attributes["x"].rstrip("%"))) for word in words]
    assert places == [("sad", pytest.approx(10, abs=1)), ("happy", pytest.approx(75, abs=1))] * 3
    assert ["roomy" in word.attributes["class"] for word in words] == [True, False] * 3  # the first not on a phone


def test_drift_and_variants_on_other_frames_are_said(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, frames=200)
    rows = _cells(folder / "frames.csv")
    half = [row for row in rows if row["variant"] == "fp32" or int(row["frame"]) >= 100]
    for row in half:
        if int(row["frame"]) >= 150 and row["variant"] == "fp32":
            row["process_ms"] = str(1.5 * float(row["process_ms"]))
    half = [row for row in half if row["variant"] != "fp32" or int(row["frame"]) not in range(100, 150)]
    with (folder / "frames.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, FRAME_COLUMNS)
        table.writeheader()
        table.writerows(half)
    told = " ".join(findings.cautions(read_session(folder)))
    assert "PRUNED and INT8 ran on other frames than the reference" in told
    assert re.search(r"drifted between the first and the last quarter \(FP32 \d+\u00a0% slower\)", told)


def test_a_quiet_session_has_nothing_to_be_careful_about(tmp_path: Path, manifest: Manifest) -> None:
    assert findings.cautions(read_session(_record(tmp_path, manifest))) == []


def _rewrite(path: Path, change: Callable[[dict[str, str]], list[dict[str, str]]]) -> None:
    rows = [changed for row in _cells(path) for changed in change(row)]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def test_several_numbers_of_threads_are_told_apart(tmp_path: Path, manifest: Manifest) -> None:
    def twice(row: dict[str, str]) -> list[dict[str, str]]:
        return [{**row, "threads": "1"}, {**row, "threads": "2"}]

    folder = _record(tmp_path, manifest)
    for name in ("frames.csv", "summary.csv"):
        _rewrite(folder / name, twice)
    session = read_session(folder)
    assert (session.recovered, session.recorded.frames, findings.cautions(session)) == (False, 140, [])
    page = _page(folder)
    rows = page.all("table", "summary")[0].all("tbody")[0].all("tr")
    heads = [row.all("th")[0].text for row in rows]
    assert heads[:3] == ["FP32, 1 thread reference", "FP32, 2 threads reference", "PRUNED, 1 thread"]
    assert len(rows) == 6
    assert "Threads per network1, 2" in page.all("table", "facts")[0].text


@pytest.mark.parametrize(
    ("low", "words"),
    [
        ("3.900", "INT8 is 4.1 times (95\u00a0% interval 3.9 to 4.4) as fast as FP32 on "),
        ("0.900", "No difference in speed is shown between INT8 and FP32 on "),
    ],
)
def test_an_interval_is_told_with_the_speed_up(tmp_path: Path, manifest: Manifest, low: str, words: str) -> None:
    folder = _record(tmp_path, manifest)
    _rewrite(folder / "summary.csv", lambda row: [{**row, "speedup_low": low, "speedup_high": "4.400"}])
    page = _page(folder)
    assert page.all("h1")[0].text.startswith(words)
    assert _shown(page)[2]["speedup_low"] == low
    assert "by order statistics" in page.text
    assert "No interval is given" not in page.text


def test_a_benchmark_s_verdicts_are_told_as_it_told_them(tmp_path: Path, manifest: Manifest) -> None:
    """The headline, the tables and the sentences are of the same estimate, which is not the ratio of the medians."""
    facts = SessionFacts("clip.mkv", manifest, manifest.names, 1, 3, "bench")
    recorder = Recorder(tmp_path, facts)
    for index in range(140):
        runs = tuple(_run(name, _same(index, name), index) for name in manifest.names)
        frame = Frame(index, 0.0, np.zeros((2, 2, 3), np.uint8))
        recorder.write(FrameResult(frame, (FACE,), 1.5, runs, 0.1), RowRates(None, None, 0))
    interval = Interval(3.6, 3.456, 3.7, 30)
    pair = Pair(Choice("int8"), Choice("fp32"), interval, None)
    drift = Drift(Interval(1.2, 1.1, 1.3, 20))
    found = {
        "verdicts": [pair.to_dict(False)],
        **{"drift": drift.to_dict(), "load": {"others_percent": 40.0, "told": "other programs took 40 %"}},
    }
    folder = recorder.close({}, {Choice("int8"): interval}, {"found": found})
    page = _page(folder)
    sentence = "is 3.6x as fast as {} (95 % interval 3.5 to 3.7)"
    assert page.all("h1")[0].text.startswith(f"INT8 {sentence.format('FP32')} on ")
    section = next(one for one in page.all("section") if one.all("h2")[0].text == "Verdicts")
    assert [one.text for one in section.all("li")] == [f"int8 {sentence.format('fp32')}"]
    assert _shown(page)[2]["speedup_paired"] == "3.600"
    careful = [one.text for one in page.all("aside")[0].all("li")]
    assert [one.partition(" while")[0] for one in careful] == [
        "This machine got 20 % slower",
        "Other programs took 40 %.",
    ]
    both = _page(folder, _record(tmp_path, manifest))
    assert [one.text for one in both.all("table", "beside")[0].all("tr")[3].all("span", "under")] == [
        *("370/s \u00b7 3.6\u00d7", "370/s \u00b7 4.1\u00d7")
    ]


@pytest.mark.parametrize(
    "found", ["[]", '{"verdicts": 3, "drift": [], "load": {"told": null}}', '{"verdicts": ["x", {}]}']
)
def test_findings_of_another_form_are_passed_over(tmp_path: Path, manifest: Manifest, found: str) -> None:
    folder = _record(tmp_path, manifest)
    _edit(folder / "session.json", '"schema": 1,', f'"schema": 1, "found": {found},')
    if found == "[]":
        with pytest.raises(ReportError, match=r"session\.json cannot be read"):
            write_report([folder])
        return
    assert "Verdicts" not in [one.all("h2")[0].text for one in _page(folder).all("section")]


def test_more_faces_at_the_end_are_no_drift(tmp_path: Path, manifest: Manifest) -> None:
    session = read_session(_record(tmp_path, manifest, frames=200))
    for alike, told in ((60, False), (100, True)):
        runs = {}
        for name, one in session.runs.items():
            faces = np.where(np.arange(200) < 150, 1, 3)
            faces[170:] = 1 if alike == 100 else 3
            spent = one.process_ms * faces * np.where(np.arange(200) < 150, 1.0, 1.3)
            runs[name] = replace(one, faces=faces, process_ms=spent)
        changed = replace(session, recorded=replace(session.recorded, runs=runs))
        assert any("drifted" in sentence for sentence in findings.cautions(changed)) == told


def test_a_benchmark_is_drawn_by_frames(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest)
    _edit(folder / "session.json", '"mode": "live"', '"mode": "bench"')
    page = _page(folder)
    speed = next(plot for plot in page.all("svg", "plot") if plot.all("title")[0].text.startswith("Time per frame"))
    assert speed.all("desc")[0].text.startswith("Lines over 140 frames, logarithmic scale. Medians: FP32 11.1 ms, ")
    assert "frame, in the order measured" in speed.text
    assert "Recorded by the benchmark" in page.text
    assert "Recorded live" not in page.text


def test_a_long_session_makes_a_small_page_that_says_what_it_leaves_out(tmp_path: Path, manifest: Manifest) -> None:
    folder = _record(tmp_path, manifest, frames=30)
    lines = (folder / "frames.csv").read_text().splitlines(keepends=True)
    stamp = "2026-01-01T{:02}:{:02}:{:02}.{:03}+00:00"
    rows = []
    for number in range(6_000):
        whole, part = divmod(number, 10)
        wall = stamp.format(whole // 3600, whole // 60 % 60, whole % 60, 100 * part)
        label = "happy" if number % 2 else "sad"
        rows += [f"{wall},{number},{name},1,1,10,10,1.5,2,{number % 9 + 2}.5,,0,{label},0.5,1,1,CPU\n" for name in MS]
    (folder / "frames.csv").write_text("".join([lines[0], *rows]))
    path = write_report([folder])
    page = read_page(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 250_000
    notes = " ".join(note.text for note in page.all("p", "note"))
    assert "240 points of 2.5 s each: the line is the median of about 25 frames" in notes
    assert "Each of 400 parts of 1.5 s" in notes


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


Break = Callable[[Path], object]
BROKEN: dict[str, tuple[Break, str]] = {
    "no folder": (shutil.rmtree, "no such folder"),
    "a file": (lambda folder: [shutil.rmtree(folder), folder.write_text("")], "is not a folder"),
    "a link to itself": (lambda folder: [shutil.rmtree(folder), folder.symlink_to(folder)], "no such folder"),
    "no frames": (lambda folder: (folder / "frames.csv").unlink(), "it has no frames.csv"),
    "no session.json": (
        lambda folder: (folder / "session.json").unlink(),
        r"session.json cannot be read: No such file",
    ),
    "half a session.json": (lambda folder: (folder / "session.json").write_text('{"schema"'), "cannot be read: "),
    "a list": (lambda folder: (folder / "session.json").write_text("[]"), "the whole is not an object"),
    "a newer one": (
        lambda folder: _edit(folder / "session.json", '"schema": 1', '"schema": 99'),
        "by a newer fer_live",
    ),
    "a date": (lambda folder: _edit(folder / "session.json", '"started": "', '"started": "x'), "cannot be read: "),
    "empty": (lambda folder: (folder / "frames.csv").write_text(""), "it has no column wall_time"),
    "only a head": (lambda folder: _keep(folder, 1), "holds no frames"),
    "no such column": (lambda folder: _edit(folder / "frames.csv", "process_ms", "x"), "it has no column process_ms"),
    "no stretch": (
        lambda folder: _edit(folder / "session.json", '"detect_every": 1', '"detect_every": 0'),
        "detect_every is 0",
    ),
    "too deep": (lambda folder: (folder / "session.json").write_text("[" * 100_000), "nested too deep"),
    "a word": (lambda folder: _edit(folder / "frames.csv", ",1.500,", ",abc,"), "line 2: .*'abc'"),
    "not a number": (lambda folder: _edit(folder / "frames.csv", ",1.500,", ",nan,"), "line 2: nan is no measurement"),
    "a short row": (lambda folder: _add(folder, b"2026-01-01T00:00:00+00:00,1\n"), "line 422: it has too few cells"),
    "not text": (lambda folder: _add(folder, b"\xff\xfe\0\n"), "frames.csv cannot be read"),
}


def _keep(folder: Path, lines: int) -> None:
    kept = (folder / "frames.csv").read_text().splitlines(keepends=True)[:lines]
    (folder / "frames.csv").write_text("".join(kept))


def _add(folder: Path, row: bytes) -> None:
    with (folder / "frames.csv").open("ab") as file:
        file.write(row)


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_session_is_refused_in_one_line(
    tmp_path: Path, manifest: Manifest, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil, words = BROKEN[case]
    folder = _record(tmp_path, manifest)
    spoil(folder)
    assert cli.main(["report", str(folder), "--out", str(tmp_path / "page.html")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(rf"fer-live: .*{words}.*\n", told.err)
    assert not (tmp_path / "page.html").exists()


def test_the_folder_above_the_sessions_is_no_session_but_names_one(
    tmp_path: Path, manifest: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _record(tmp_path / "recordings", manifest, frames=3)
    assert cli.main(["report", str(tmp_path / "recordings")]) == 2
    assert f"it holds sessions such as {folder}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "a" * 300])
def test_a_folder_that_the_system_will_not_look_at_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken(path: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "scandir", broken)
    assert cli.main(["report", str(tmp_path / name)]) == 2
    told = "no such folder: .*" if name else ".* cannot be read: Input/output error"
    assert re.fullmatch(rf"fer-live: {told}\n", capsys.readouterr().err)


def test_the_command_says_where_the_page_is(
    tmp_path: Path, manifest: Manifest, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _record(tmp_path, manifest, frames=3)
    assert cli.main(["report", str(folder)]) == 0
    assert capsys.readouterr() == (f"{folder / 'report.html'}\n", "")
    out = tmp_path / "new" / "page.html"
    assert cli.main(["report", str(folder), str(folder), "--out", str(out)]) == 0
    assert len(read_page(out.read_text(encoding="utf-8")).all("table", "summary")) == 1  # given twice, shown once
    (tmp_path / "file").write_text("")
    assert cli.main(["report", str(folder), "--out", str(tmp_path / "file" / "page.html")]) == 2
    mend = r"fer-live: .*page.html cannot be written: a file is in the way; name another with --out\n"
    assert re.fullmatch(mend, capsys.readouterr().err)
    assert cli.main(["report", str(folder), "--out", str(folder / "frames.csv")]) == 2
    assert "writes an .html page" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.main(["report"])


@pytest.mark.parametrize(
    ("cpu", "short"),
    [
        ("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", "11th Gen Intel Core i7-1165G7"),
        ("AMD Ryzen 7 5800X 8-Core Processor", "AMD Ryzen 7 5800X"),
        ("Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz", "Intel Xeon E5-2670 v3"),
        ("Apple M2", "Apple M2"),
        ("", "an unknown processor"),
    ],
)
def test_processors_have_short_names(tmp_path: Path, manifest: Manifest, cpu: str, short: str) -> None:
    session = read_session(_record(tmp_path, manifest, frames=1))
    assert replace(session, facts=replace(session.facts, machine=Machine(cpu=cpu))).cpu == short


positive = st.floats(1e-3, 1e6)


@given(positive, positive, st.booleans())
def test_ticks_are_few_in_order_and_on_the_axis(one: float, other: float, log: bool) -> None:
    low, high = sorted((one, other))
    scale = svg.log_scale(low, high) if log else svg.Scale(low, high + 1e-3 * (1 + high))
    assert scale.at(scale.low) == 0
    assert scale.at(scale.high) == pytest.approx(100)
    assert scale.covers(low)
    assert scale.covers(high) or log
    ticks = scale.ticks()
    assert 1 <= len(ticks) <= 10
    assert all(before.place < after.place for before, after in pairwise(ticks))
    assert all(-1e-6 <= tick.place <= 100 + 1e-6 for tick in ticks)


@given(st.floats(0.1, 1e6))
def test_time_ticks_begin_at_nought_and_have_words_of_their_own(duration_s: float) -> None:
    ticks = svg.time_ticks(duration_s)
    assert ticks[0].place == 0
    assert len({tick.text for tick in ticks}) == len(ticks) <= 14
    assert ticks[-1].place <= 100 + 1e-6


def test_what_is_drawn_and_written_can_be_seen() -> None:
    style = looks.style_sheet()
    light, dark = (dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in style.split("@media", 2)[:2])
    for tokens, hues in ((light, looks.ON_LIGHT), (dark, palette.VARIANTS)):
        for ground in ("window", "panel"):
            for ink in ("text", "muted", "accent"):
                assert palette.contrast(tokens[ink], tokens[ground]) >= 4.5
        assert palette.contrast(tokens["warn"], tokens["careful"]) >= 4.5
        assert min(palette.contrast(colour, tokens["panel"]) for colour in hues) >= 3
    assert all(f".e-{label}{{" in style for label in palette.EMOTIONS)
