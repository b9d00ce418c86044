"""From the CSV files to variants that the app's classifier runs, in one command; and what bad input gets."""

import csv
import errno
import logging
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_live.classifier import OnnxClassifier
from fer_live.compress import command
from fer_live.compress.command import main
from fer_live.compress.publish import PublishOptions, all_scores
from fer_live.compress.remembering import Memory
from fer_live.manifest import Manifest, load_manifest
from tests.compress.conftest import NEAR_COPIES, FerFiles, drawn_face

RECIPE = Path(__file__).parents[2] / "recipes" / "tiny.toml"


def arguments(files: FerFiles, work: Path, out: Path) -> list[str]:
    return [
        *("run", str(RECIPE), "--work", str(work), "--out", str(out), "--threads", "2", "--all-views", "--sensitivity"),
        *("--fer2013", str(files.fer2013), "--ferplus", str(files.ferplus), "--unseen", str(others(work.parent))),
    ]


def others(folder: Path) -> Path:
    """Face crops of a few labels, as a folder that nothing is learned from."""
    for label in ("happy", "sad", "contempt"):
        path = folder / "others" / label / "1.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.random.default_rng(len(label)).integers(0, 256, (48, 48), np.uint8))
    return folder / "others"


def assert_announced(messages: list[str]) -> None:
    """What takes minutes on real data says so: each scoring and each variant's layers."""
    assert sum(line.startswith("exporting and quantising into ") for line in messages) == 1
    scorings = [line for line in messages if line.startswith("scoring on ")]
    assert len(set(scorings)) == len(scorings) == 12  # 3 heads on 3 kinds of labels, 2 more views, apart from copies
    assert "scoring on fer2013.csv, head fer2013, with flip" in scorings
    assert "scoring on FER+ majority, head blend, single crop" in scorings
    assert "layer by layer: fp16" in messages
    assert "layer by layer: int8, each quantised alone" in messages


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("short_search")
def test_the_whole_way(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work, out = tmp_path / "work", tmp_path / "models"
    with caplog.at_level(logging.INFO):
        assert main(arguments(drawn, work, out)) == 0
    assert_announced(caplog.messages)
    manifest = load_manifest(out)
    assert manifest.names == ("fp32", "pruned", "int8", "pruned-int8", "fp16")
    assert manifest.default == "pruned-int8"
    sizes = {variant.name: variant.bytes for variant in manifest.variants}
    assert sizes["fp32"] > 1.9 * sizes["fp16"]
    assert manifest.variant("fp16").metrics[0].accuracy == pytest.approx(
        manifest.variant("fp32").metrics[0].accuracy, abs=0.05
    )
    assert sizes["fp32"] > 3.3 * sizes["int8"] > 3.3 * 3 * sizes["pruned-int8"]
    for variant in manifest.variants:
        variant.verify()
        scores = OnnxClassifier(variant).scores(np.zeros((2, 48, 48), np.uint8))
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
        assert variant.recipe["network"]["base"] == 32
        heads = {(row.data, row.head) for row in variant.metrics if row.protocol == "single crop"}
        data = ("FER2013", "FER+", "others")
        assert heads == {(one, head) for one in data for head in ("fer2013", "ferplus", "blend")}
        others = {(row.head, row.protocol) for row in variant.metrics} - {(head, "single crop") for _, head in heads}
        apart = "single crop, apart from near copies in Training"
        assert others == {("fer2013", "with flip"), ("fer2013", "ten-crop"), ("fer2013", apart)}
        assert {row.n for row in variant.metrics if row.protocol == apart} == {70 - NEAR_COPIES}
        counts = {(row.data, row.n) for row in variant.metrics if row.head != "ferplus" and row.protocol != apart}
        assert counts == {("FER2013", 70), ("FER+", 70), ("others", 2)}  # that of contempt has no name in FER2013
    assert (out / "confusion" / "int8.png").stat().st_size > 1000
    card = (out / "README.md").read_text()
    assert "fer-live evaluate --data fer2013.csv --split PublicTest --head blend" in card
    assert "fer-live evaluate --data others --head blend" in card
    assert "others: faces of others. Nothing was learned from them." in card
    assert "was held out to choose by. Once all was chosen, these were learned as well; what" in card
    assert_told_apart(card, manifest)
    for name, told in (("pruned-int8", True), ("int8", True), ("pruned", False), ("fp16", False)):
        rows = list(csv.DictReader((out / "layers" / f"{name}.csv").read_text().splitlines()))
        assert len(rows) == 22
        there = [row for row in rows if row["output"] != "removed"]
        assert len(there) == (20 if name.startswith("pruned") else 22)  # less a block of two convolutions
        assert min(float(row["latency_share"]) for row in there) > 0
        assert all(bool(row["accuracy_lost"]) == told for row in there)

    with caplog.at_level(logging.INFO):
        assert main(["calibrate", str(RECIPE), "--work", str(work)]) == 0
    lines = [line for line in caplog.messages if "points lost" in line]
    assert len(lines) == 3 * 3 * 2 * 2  # networks (one also trained for it), methods, weight widths, equalised or not

    checkpoints = {path: path.stat().st_mtime_ns for path in work.glob("*/checkpoint.pt")}
    # narrow: first, again, beside and its again, taught; wide: first, again; half cut, pruned, rounded
    assert len(checkpoints) == 10
    old = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes() if source.name != "manifest.json" else b"half")
        if source.name == "manifest.json":  # the last one
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        assert main(arguments(drawn, work, out)) == 1
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == old
    for variant in load_manifest(out).variants:
        variant.verify()
    assert {path: path.stat().st_mtime_ns for path in work.glob("*/checkpoint.pt")} == checkpoints  # nothing repeated


def assert_told_apart(card: str, manifest: Manifest) -> None:
    """The card holds accuracy with and without near copies against each other, right below the headline figures."""
    headings = [line for line in card.splitlines() if line.startswith("## Head ")]
    assert headings[1] == f"{headings[0]}, apart from near copies in Training"
    section = card.partition(f"{headings[1]}\n\n")[2].partition("\n## ")[0]
    assert section.startswith(
        "`fer-live evaluate --data fer2013.csv --split PublicTest --head fer2013 --apart-from Training`\n\n"
        f"{NEAR_COPIES} faces of PublicTest have a near copy in Training: "
    )
    head, _, *rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    assert head[1:3] == ["all, n = 70", "apart from near copies, n = 21"]
    assert head[4] == "near copies, n = 49"
    assert tuple(row[0] for row in rows) == manifest.names
    for variant, row in zip(manifest.variants, rows, strict=True):
        whole, apart = (metrics.accuracy for metrics in variant.metrics[:2])
        assert (row[1], row[2]) == (f"{100 * whole:.2f}", f"{100 * apart:.2f}")
        assert float(row[4]) == pytest.approx(100 * (70 * whole - 21 * apart) / 49, abs=0.006)


def test_data_without_training_faces_are_published_all_the_same(
    files: FerFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files.add(3, drawn_face(3, np.random.default_rng(1)), "PublicTest")
    manifest = load_manifest()
    reports = all_scores(manifest, PublishOptions(files.write().fer2013, tmp_path))
    assert [report.apart_from for report in reports] == ["", "", ""]
    assert "no accuracy apart from near copies: " in caplog.text
    assert "no rows with Usage 'Training'" in caplog.text


def test_a_run_with_other_files_does_not_learn_from_the_imported_ones(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(command, "_publish", lambda options: seen.append(command._workshop(options).data_digest))
    argv = ["run", str(RECIPE), "--work", str(tmp_path / "work")]
    csvs = ["--fer2013", str(drawn.fer2013), "--ferplus", str(drawn.ferplus)]
    other = tmp_path / "other.csv"
    other.write_text(drawn.fer2013.read_text().replace("\n0,", "\n1,", 1))
    with caplog.at_level(logging.INFO):
        assert main([*argv, *csvs]) == main([*argv, *csvs]) == 0
        assert "imported again" not in caplog.text
        assert main([*argv, "--fer2013", str(other), *csvs[2:]]) == 0
    assert "is not known to come from these files: they are imported again" in caplog.text
    assert seen[0] == seen[1] != seen[2]


def test_wrong_input_is_one_line_and_exit_code_2(
    drawn: FerFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    work = ["--work", str(tmp_path / "work")]
    csvs = ["--fer2013", str(drawn.fer2013), "--ferplus", str(drawn.ferplus)]
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('name = "x"\n[train]\nepochs = 3\n')
    short = tmp_path / "short.csv"
    short.write_text("emotion,pixels,Usage\n0,1 2 3,Training\n")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("emotion,Usage\n0,Training\n")
    deep = tmp_path / "deep.toml"
    deep.write_text(f"name = {'[' * 100_000}")
    for argv, words in (
        (["train", str(RECIPE), *work], "run fer-live compress data"),
        (["train", str(recipe), *work], "train.epochs is unknown"),
        (["train", str(tmp_path / "none.toml"), *work], "not a readable recipe"),
        (["data", *work, "--fer2013", str(short), *csvs[2:]], "line 2: 3 pixels instead of 2304"),
        (["data", *work, "--fer2013", str(wrong), *csvs[2:]], "no column pixels"),
        (["data", "--work", str(short), *csvs], "short.csv is no folder; name another"),
        (["data", "--work", str(short / "work"), *csvs], "short.csv is no folder; name another"),
        (["train", str(deep), *work], "not a readable recipe"),
    ):
        caplog.clear()
        assert main(argv) == 2
        assert len(caplog.records) == 1
        assert words in caplog.text


def test_a_remembering_classifier_says_what_a_forgetful_one_does() -> None:
    faces = np.random.default_rng(2).integers(0, 256, (5, 48, 48)).astype(np.uint8)
    variant, memory = load_manifest().variants[-1], Memory()
    for head in ("fer2013", "ferplus", "blend"):
        wanted = OnnxClassifier(variant, 1, head).scores(faces)
        again = memory.load(variant, 1, head)
        np.testing.assert_allclose(again.scores(faces[:3]), wanted[:3], atol=1e-5)
        np.testing.assert_allclose(again.scores(faces[::-1]), wanted[::-1], atol=1e-5)
