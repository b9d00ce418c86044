import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_onnx import brightness_model, foreign_model, tiny_manifest, tiny_variant

from fer_live.classifier import ClassifierError, OnnxClassifier
from fer_live.dataset import FER2013_LABELS, FERPLUS_COLUMNS, DataError
from fer_live.evaluate import EvaluateOptions, run_evaluate
from fer_live.manifest import Head, InputSpec, Manifest, load_manifest
from fer_live.views import view_scores

N = 150  # more than two batches


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    """A small fer2013.csv: its path, the PublicTest faces and their labels."""
    random = np.random.default_rng(5)
    faces = random.integers(0, 256, (N, 48, 48)).astype(np.uint8)
    faces[: N // 2] //= 3
    labels = random.integers(0, 7, N)
    splits = ["PublicTest" if row % 5 else "Training" for row in range(N)]
    with (tmp_path / "fer2013.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["emotion", "pixels", "Usage"])
        for face, label, split in zip(faces, labels, splits, strict=True):
            rows.writerow([label, " ".join(map(str, face.ravel().tolist())), split])
    chosen = np.array([split == "PublicTest" for split in splits])
    return tmp_path / "fer2013.csv", faces[chosen], labels[chosen]


def test_scores_are_those_of_the_shipped_classifier(tmp_path: Path, table) -> None:
    path, faces, labels = table
    manifest = tiny_manifest(tmp_path / "models")
    seen: list[tuple[str, int, int]] = []
    options = EvaluateOptions(path, manifest.names, "PublicTest")
    report = run_evaluate(options, manifest, lambda *step: seen.append(step))
    for row in report.variants:
        called = OnnxClassifier(row.variant).scores(faces).argmax(axis=1)
        assert row.score.n == len(faces)
        assert row.score.accuracy == pytest.approx((called == labels).mean())
        assert np.trace(row.score.confusion) == (called == labels).sum()
        assert row.head == "blend"
    assert seen[-1] == ("int8", len(faces), len(faces))


def test_json_has_the_promised_shape(tmp_path: Path, table) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_evaluate(EvaluateOptions(table[0], manifest.names, "PublicTest"), manifest)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert {"machine", "data", "threads", "versions", "variants"} <= told.keys()
    assert [row["name"] for row in told["variants"]] == list(manifest.names)
    for row in told["variants"]:
        assert {"name", "n", "accuracy", "macro_f1", "macro_recall", "ece", "recall", "confusion"} <= row.keys()
        assert tuple(row["recall"]) == FER2013_LABELS
        assert np.array(row["confusion"]).shape == (7, 7)
        assert np.sum(row["confusion"]) == row["n"]
    assert f"{100 * told['variants'][0]['accuracy']:.2f}" in report.table()


def test_the_others_are_held_against_the_reference_face_by_face(tmp_path: Path, table) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    other = next(name for name in manifest.names if name != manifest.reference)
    report = run_evaluate(EvaluateOptions(table[0], (manifest.reference, other), "PublicTest"), manifest)
    accuracies = [row.score.accuracy for row in report.variants]
    told = report.to_dict()
    assert told["reference"] == manifest.reference
    assert told["variants"][0]["difference"] is None
    difference = told["variants"][1]["difference"]
    assert difference["accuracy"] == pytest.approx(accuracies[1] - accuracies[0])
    lines = report.table().splitlines()
    assert any(f"against {manifest.reference}" in line for line in lines)
    assert f" {100 * difference['accuracy']:+.2f} +-{100 * difference['spread']:.2f} " in lines[-1]
    alone = run_evaluate(EvaluateOptions(table[0], (other,), "PublicTest"), manifest)
    assert "against" not in alone.table()


def test_metrics_fit_the_manifest(tmp_path: Path, table) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_evaluate(EvaluateOptions(table[0], ("int8",), "PublicTest"), manifest)
    metrics = report.metrics("int8")
    assert (metrics.data, metrics.split, metrics.head, metrics.protocol) == (
        "FER2013",
        "PublicTest",
        "blend",
        "single crop",
    )
    assert metrics.accuracy == report.variants[0].score.accuracy


def test_another_head_is_scored_on_the_labels_both_know(tmp_path: Path, table) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    report = run_evaluate(EvaluateOptions(table[0], ("int8",), "PublicTest", head="ferplus"), manifest)
    row = report.variants[0]
    assert row.head == "ferplus"
    assert row.score.n == len(table[1])
    assert row.score.recall["contempt"] is None
    with pytest.raises(ClassifierError, match="has no head 'x'"):
        run_evaluate(EvaluateOptions(table[0], ("int8",), "PublicTest", head="x"), manifest)


def test_ferplus_majority_replaces_the_labels(tmp_path: Path, table) -> None:
    votes = tmp_path / "fer2013new.csv"
    with votes.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Usage", "Image name", *FERPLUS_COLUMNS])
        for row in range(N):
            split = "PublicTest" if row % 5 else "Training"
            given = (
                [0] * 8 if row % 10 == 1 else [4, 4, 0, 0, 0, 0, 0, 0] if row % 10 == 2 else [1, 0, 7, 0, 0, 0, 0, 0]
            )
            rows.writerow([split, f"{row}.png", *given])
    manifest = tiny_manifest(tmp_path / "models")
    options = EvaluateOptions(table[0], ("int8",), "PublicTest", head="ferplus", labels="ferplus", votes=votes)
    report = run_evaluate(options, manifest)
    assert (report.data, report.unusable) == ("FER+", 30)
    assert report.variants[0].score.n == len(table[1]) - 30
    assert [label for label, share in report.variants[0].score.recall.items() if share is not None] == ["surprise"]
    with pytest.raises(DataError, match="need --votes"):
        run_evaluate(EvaluateOptions(table[0], ("int8",), "PublicTest", labels="ferplus"), manifest)


def _copied(path: Path, copies: int) -> Path:
    """``table``'s CSV with mirrored copies of the first PublicTest faces as further rows of Training."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    public = [row for row in rows if row[2] == "PublicTest"]
    for label, pixels, _ in public[:copies]:
        face = np.array(pixels.split(), int).reshape(48, 48)[:, ::-1]
        rows.append([label, " ".join(map(str, face.ravel())), "Training"])
    copied = path.with_name("copied.csv")
    with copied.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return copied


def test_faces_with_a_near_copy_in_another_split_are_left_out(tmp_path: Path, table) -> None:
    path, faces, labels = table
    manifest = tiny_manifest(tmp_path / "models")
    asked = EvaluateOptions(_copied(path, 7), manifest.names, "PublicTest", apart_from="Training")
    report = run_evaluate(asked, manifest)
    for row in report.variants:
        called = OnnxClassifier(row.variant).scores(faces[7:]).argmax(axis=1)
        assert row.score.n == len(faces) - 7
        assert row.score.accuracy == pytest.approx((called == labels[7:]).mean())
    told = report.to_dict()
    assert (told["apart_from"], told["near_copies"]) == ("Training", 7)
    assert report.table().startswith("FER2013 PublicTest apart from near copies in Training (7 left out), single crop;")
    assert report.metrics("int8").protocol == "single crop, apart from near copies in Training"
    whole = run_evaluate(replace(asked, apart_from=None), manifest)
    assert (whole.to_dict()["apart_from"], whole.to_dict()["near_copies"]) == ("", 0)
    assert "near copies" not in whole.table()


@pytest.mark.parametrize(
    ("split", "apart", "told"),
    [
        ("PublicTest", "Test", r"no rows with Usage 'Test' \(splits in this file: PublicTest, Training\)"),
        ("PublicTest", "PublicTest", "--apart-from PublicTest wants a --split to score, another one"),
        (None, "Training", "wants a --split to score"),
        (None, None, "has the splits PublicTest, Training; choose the one to score with --split"),
    ],
)
def test_one_split_is_scored_and_another_one_kept_apart(
    tmp_path: Path, table, split: str | None, apart: str | None, told: str
) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    with pytest.raises(DataError, match=told):
        run_evaluate(EvaluateOptions(table[0], ("fp32",), split, apart_from=apart), manifest)


def test_faces_that_all_have_a_near_copy_are_no_data(tmp_path: Path, table) -> None:
    manifest = tiny_manifest(tmp_path / "models")
    asked = EvaluateOptions(_copied(table[0], N), ("fp32",), "PublicTest", apart_from="Training")
    with pytest.raises(DataError, match="every face has a near copy in Training"):
        run_evaluate(asked, manifest)


def test_folders_are_kept_apart_too_but_no_photos(tmp_path: Path, table) -> None:
    for split, rows in (("test", (0, 1, 2)), ("train", (2, 3))):
        (tmp_path / "crops" / split / "happy").mkdir(parents=True)
        for row in rows:
            cv2.imwrite(str(tmp_path / "crops" / split / "happy" / f"{row}.png"), table[1][row])
    manifest = tiny_manifest(tmp_path / "models")
    asked = EvaluateOptions(tmp_path / "crops", ("fp32",), "test", apart_from="train")
    report = run_evaluate(asked, manifest)
    assert (report.variants[0].score.n, report.near_copies) == (2, 1)
    with pytest.raises(DataError, match="no sub-folder 'other'"):
        run_evaluate(replace(asked, apart_from="other"), manifest)
    with pytest.raises(DataError, match="leave --detect out"):
        run_evaluate(replace(asked, detect=True), manifest)


def _bright_manifest(folder: Path) -> Manifest:
    variant = tiny_variant(folder, "fp32", brightness_model())
    return Manifest((variant,), "fp32", "fp32", folder)


def test_a_folder_of_crops_and_the_labels_it_has_too_many(tmp_path: Path) -> None:
    for label, gray in (("neutral", 250), ("anger", 5), ("contempt", 100)):
        (tmp_path / "crops" / label).mkdir(parents=True)
        for number in range(2):
            picture = np.full((64 if number else 48,) * 2, gray, np.uint8)
            cv2.imwrite(str(tmp_path / "crops" / label / f"{number}.png"), picture)
    report = run_evaluate(EvaluateOptions(tmp_path / "crops", ("fp32",)), _bright_manifest(tmp_path / "models"))
    row = report.variants[0]
    assert (row.score.n, row.score.accuracy, row.left_out) == (4, 1.0, {"contempt": 2})
    assert row.score.recall["neutral"] == row.score.recall["angry"] == 1.0
    assert row.score.recall["happy"] is None
    assert "left out" in report.table()
    assert report.metrics("fp32").data == "crops"


@pytest.mark.parametrize(("channels", "side"), [("gray", 48), ("gray", 64), ("rgb", 48), ("rgb", 64)])
def test_crops_of_a_folder_are_shown_as_a_network_asks_for_them(tmp_path: Path, channels: str, side: int) -> None:
    planes, shown = 3 if channels == "rgb" else 1, list[np.ndarray]()
    pictures = np.random.default_rng(8).integers(0, 256, (3, side, side, planes)).astype(np.uint8)
    names = ("Training/happy/a.png", "PublicTest/happy/a.png", "PublicTest/happy/b.png")
    for name, picture in zip(names, pictures[[0, 0, 1]], strict=True):
        (tmp_path / "crops" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / "crops" / name), picture[:, :, ::-1])
    head, spec = Head("answer", FER2013_LABELS), InputSpec(side, side, channels, tensor="picture")
    content = foreign_model(("n", planes, side, side), 7)
    variant = tiny_variant(tmp_path / "models", "mine", content, heads=(head,), head="answer", input=spec)

    class Seen(OnnxClassifier):
        def scores(self, crops: np.ndarray) -> np.ndarray:
            shown.append(crops)
            return super().scores(crops)

    options = EvaluateOptions(tmp_path / "crops", ("mine",), "PublicTest", apart_from="Training", views="flip")
    manifest = Manifest((variant,), "mine", "mine", tmp_path / "models")
    report = run_evaluate(options, manifest, load=lambda one, *_: Seen(one))
    assert (report.near_copies, report.variants[0].score.n) == (1, 1)
    wanted = pictures[1:2] if channels == "rgb" else pictures[1:2, :, :, 0]
    assert [crops.tolist() for crops in shown[-2:]] == [wanted.tolist(), wanted[:, :, ::-1].tolist()]


def test_photos_are_detected_and_cropped(tmp_path: Path, shared_clip) -> None:
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    shutil.copy(shared_clip("grace_hopper.bmp"), tmp_path / "photos" / "happy")
    cv2.imwrite(str(tmp_path / "photos" / "happy" / "nobody.png"), np.full((300, 300, 3), 90, np.uint8))
    manifest = tiny_manifest(tmp_path / "models")
    report = run_evaluate(EvaluateOptions(tmp_path / "photos", manifest.names, detect=True), manifest)
    assert report.without_face == 1
    assert report.protocol == "detected face"
    assert [row.score.n for row in report.variants] == [1, 1, 1]
    with pytest.raises(DataError, match="--detect wants a folder"):
        run_evaluate(EvaluateOptions(tmp_path / "photos" / "happy" / "nobody.png", ("fp32",), detect=True), manifest)


def test_photos_without_any_face_are_no_data(tmp_path: Path) -> None:
    (tmp_path / "photos" / "happy").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "photos" / "happy" / "nobody.png"), np.full((300, 300, 3), 90, np.uint8))
    manifest = tiny_manifest(tmp_path / "models")
    with pytest.raises(DataError, match="no face was found in any of 1 photo"):
        run_evaluate(EvaluateOptions(tmp_path / "photos", ("fp32",), detect=True), manifest)


def test_data_without_a_known_label_is_refused(tmp_path: Path) -> None:
    (tmp_path / "crops" / "bored").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "crops" / "bored" / "a.png"), np.zeros((48, 48), np.uint8))
    with pytest.raises(
        DataError, match=r"no label of the data \(bored\) is one of fp32's .*; leave it out with --variants"
    ):
        run_evaluate(EvaluateOptions(tmp_path / "crops", ("fp32",)), tiny_manifest(tmp_path / "models"))


@pytest.mark.parametrize("detect", [False, True])
def test_splits_are_not_taken_for_labels(tmp_path: Path, detect: bool) -> None:
    for split in ("PublicTest", "Training"):
        (tmp_path / "crops" / split / "Happiness").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "crops" / split / "Happiness" / "a.png"), np.zeros((48, 48), np.uint8))
    manifest = tiny_manifest(tmp_path / "models")
    told = "has folders of labels in PublicTest, Training; name the one to score, with --split or as .*/PublicTest"
    with pytest.raises(DataError, match=told):
        run_evaluate(EvaluateOptions(tmp_path / "crops", ("fp32",), detect=detect), manifest)
    report = run_evaluate(EvaluateOptions(tmp_path / "crops", ("fp32",), "Training"), manifest)
    assert report.variants[0].score.n == 1


def test_views_are_looked_at_as_promised() -> None:
    class Seen:
        """A classifier that keeps what it is given and says how bright the top left pixel of its view is."""

        def __init__(self) -> None:
            self.variant = load_manifest().variants[0]
            self.pixels: list[int] = []

        def scores(self, crops: np.ndarray) -> np.ndarray:
            edge = (self.variant.input.face - self.variant.input.size) // 2
            self.pixels.append(int(crops[0, edge, edge]))
            return np.full((len(crops), 7), self.pixels[-1], np.float32)

    face = np.arange(48 * 48, dtype=np.uint16).reshape(1, 48, 48) // 10
    crops, size = face.astype(np.uint8), load_manifest().variants[0].input.size
    edge = (48 - size) // 2
    assert edge > 0
    row = [int(crops[0, edge, column]) for column in (edge, 47 - edge)]
    corners = [int(crops[0, y, x]) for y in (0, 2 * edge) for x in (0, 2 * edge)]
    mirrored = [int(crops[0, y, 47 - x]) for y in (0, 2 * edge) for x in (0, 2 * edge)]
    for views, wanted in (("single", row[:1]), ("flip", row), ("ten-crop", row + corners + mirrored)):
        seen = Seen()
        mean = view_scores(seen, crops, views)
        assert sorted(seen.pixels) == sorted(wanted)
        assert mean[0, 0] == pytest.approx(np.mean(wanted))
