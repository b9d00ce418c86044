"""What is published of a network is what it was trained to be."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fer_live.classifier import OnnxClassifier
from fer_live.compress import command, layers
from fer_live.compress.augment import view
from fer_live.compress.card import _errors, _origin
from fer_live.compress.checkpoint import CheckpointError
from fer_live.compress.command import main
from fer_live.compress.family import FLOAT, PARENTS
from fer_live.compress.publish import PublishOptions, seen
from fer_live.compress.recipe import load_recipe
from fer_live.compress.steps import Workshop
from fer_live.dataset import FER2013_LABELS
from fer_live.evaluate_report import EvaluateReport, VariantScore
from fer_live.manifest import InputSpec, Manifest, load_manifest
from fer_live.scoring import score
from tests.compress.conftest import FerFiles
from tests.tiny_onnx import tiny_manifest, tiny_model, tiny_variant

RECIPES = Path(__file__).parents[2] / "recipes"


class Watched(OnnxClassifier):
    """Keeps what the network was shown last."""

    shown: NDArray[np.uint8]

    def _run(self, seen: NDArray[np.uint8]) -> NDArray[np.float64]:
        self.shown = seen
        return super()._run(seen)


@pytest.mark.parametrize("size", [16, 24, 32, 36, 44, 48])
def test_the_app_shows_a_network_the_part_of_a_face_that_training_showed_it(size: int, tmp_path: Path) -> None:
    rows, columns = np.mgrid[:48, :48]
    for ramp in (rows, columns):  # a pixel tells where it lies
        face = (5 * ramp).astype(np.uint8)[None]
        classifier = Watched(tiny_variant(tmp_path, "ramp", tiny_model(size=size), input=seen(size)))
        classifier.scores(face)
        trained_on = view(torch.from_numpy(face), size)[0, 0].numpy() * 255
        off = np.abs(classifier.shown[0] - trained_on).max() / 5
        assert off < 1, "a pixel of 48"


def test_what_ships_sees_as_before() -> None:
    assert seen(44) == InputSpec()


@pytest.mark.parametrize("name", list(PARENTS))
def test_the_layers_of_every_variant_take_nearly_all_of_its_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "RUNS", 3)
    path = load_manifest(RECIPES.parent / "models").variant(name).path
    shares = layers.latency_shares(path, layers.read_layers(path.with_name(f"{FLOAT[name]}.onnx"), 44), 44)
    assert min(shares.values()) > 0
    assert 0.8 < sum(shares.values()) <= 1


def test_a_damaged_file_of_an_export_is_named(tmp_path: Path) -> None:
    path = tmp_path / "onnx-01234567" / "fp32.onnx"
    path.parent.mkdir()
    path.write_bytes(tiny_model()[:-100])
    with pytest.raises(CheckpointError, match=r"fp32.onnx: not a whole ONNX file; delete its folder"):
        layers.read_layers(path, 44)


def test_a_note_belongs_to_the_files_and_not_to_the_way_they_are_made() -> None:
    for path in RECIPES.glob("*.toml"):
        assert not load_recipe(path).note


@pytest.mark.parametrize("seed", [None, 7])
def test_the_card_tells_the_command_and_whose_files_these_are(
    seed: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Workshop, PublishOptions]] = []

    def published(workshop: Workshop, options: PublishOptions) -> Manifest:
        asked.append((workshop, options))
        return tiny_manifest(tmp_path / "models")

    monkeypatch.setattr(command, "publish", published)
    (tmp_path / "note.txt").write_text("Trained on a night train.\n")
    (tmp_path / "data.npz").write_bytes(b"faces")
    argv = ["publish", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), "--fer2013", "a.csv", "--ferplus", "b.csv"]
    argv += [] if seed is None else ["--seed", str(seed)]
    assert main(argv) == main([*argv, "--note", str(tmp_path / "note.txt")]) == 0
    (plain, _), (noted, options) = asked
    assert noted.recipe.to_dict() == {**plain.recipe.to_dict(), "note": "Trained on a night train."}
    assert noted.folders.onnx == plain.folders.onnx
    told = _origin(noted.recipe, options.seed)
    given = "" if seed is None else f" --seed {seed}"
    assert told.startswith(f"Made by `fer-live compress run recipes/tiny.toml{given}`;")
    assert "\n\nTrained on a night train.\n\n" in told


def test_a_seed_that_no_generator_takes_is_told_before_the_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert main(["train", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), "--seed", "-1"]) == 2
    assert "--seed is -1; it must be 0 to" in caplog.text


def test_a_label_that_does_not_occur_has_no_recall(tmp_path: Path) -> None:
    happy = FER2013_LABELS.index("happy")
    scores = np.eye(7, dtype=np.float32)[[happy, happy]]
    rows = np.arange(2)
    found = score(scores, np.array([happy, happy]), FER2013_LABELS)
    row = VariantScore(tiny_variant(tmp_path, "fp32"), "blend", found, {}, rows, np.ones(2, bool))
    report = EvaluateReport("FER2013", "PublicTest", "single crop", 1, "cpu", 0, 0, "fp32", (row,))
    assert "\n| fp32 | - | - | - | 100.00 | - | - | - |\n" in _errors(report)


def test_what_cannot_be_scored_on_is_told_before_the_work(
    drawn: FerFiles, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    none, unscored = str(tmp_path / "none"), tmp_path / "unscored.csv"
    unscored.write_text("".join(drawn.fer2013.read_text().replace("PublicTest", "Other")))
    right = {"--fer2013": str(drawn.fer2013), "--ferplus": str(drawn.ferplus)}
    wrong = {"--fer2013": f"{none}.csv", "--ferplus": f"{none}.csv", "--unseen": none}
    for option, value in (*wrong.items(), ("--fer2013", str(unscored))):
        named = [word for pair in {**right, option: value}.items() for word in pair]
        assert main(["publish", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), *named]) == 2, option
        assert Path(value).name in caplog.messages[-1], option  # and not that nothing is imported yet


def test_a_note_that_cannot_be_read_is_told_before_the_work(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    argv = ["publish", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), "--fer2013", "a.csv", "--ferplus", "b.csv"]
    assert main([*argv, "--note", str(tmp_path / "none.txt")]) == 2
    assert "none.txt: not a readable text" in caplog.text


def test_what_could_not_be_scored_is_told_before_the_work(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Workshop, "exported", lambda self: pytest.fail("this would have taken hours"))
    for name in ("split/test/happy", "unknown/calm", "FER2013/happy", "cut/happy", "others/sad"):
        (tmp_path / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / name / "1.png"), np.zeros((48, 48), np.uint8))
    (tmp_path / "cut/happy/2.png").write_bytes(b"half a picture")
    rows = drawn.fer2013.read_text().splitlines()
    for name, row in (("short", "1,1 2 3,PublicTest"), ("longer", rows[-1])):
        (tmp_path / f"{name}.csv").write_text("\n".join([*rows, row]) + "\n")
    for fer2013, unseen, words in (
        ("fer2013", ["split"], "has folders of labels in test; name the one"),
        ("fer2013", ["cut"], "2.png: not a picture that can be decoded"),
        ("fer2013", ["unknown"], "no label of the data (calm) is one of the networks'"),
        ("fer2013", ["FER2013"], "FER2013 is told of other faces already; rename"),
        ("fer2013", ["others", "others"], "others is told of other faces already; rename"),
        ("short", [], "line 272: 3 pixels instead of 2304"),
        ("longer", [], "does not match"),
    ):
        caplog.clear()
        named = [word for name in unseen for word in ("--unseen", str(tmp_path / name))]
        csvs = ["--fer2013", str(tmp_path / f"{fer2013}.csv"), "--ferplus", str(drawn.ferplus)]
        assert main(["publish", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), *csvs, *named]) == 2
        assert len(caplog.records) == 1
        assert words in caplog.text


def test_faces_that_may_have_been_learned_are_not_scored(
    drawn: FerFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Workshop, "exported", lambda self: pytest.fail("this would have taken hours"))
    without, votes = tmp_path / "without.csv", tmp_path / "votes.csv"
    for whole, part in ((drawn.fer2013, without), (drawn.ferplus, votes)):
        rows = whole.read_text().splitlines()
        part.write_text("\n".join(row for row in rows if "PublicTest" not in row) + "\n")
    csvs = ["--fer2013", str(drawn.fer2013), "--ferplus", str(drawn.ferplus)]
    publish = ["publish", str(RECIPES / "tiny.toml"), "--work", str(tmp_path), *csvs]
    assert main(["data", "--work", str(tmp_path), "--fer2013", str(without), "--ferplus", str(votes)]) == 0
    assert main(publish) == 2
    assert "data.npz is missing, or made of other files than" in caplog.text
    assert main(["data", "--work", str(tmp_path), *csvs]) == 0
    with pytest.raises(pytest.fail.Exception, match="hours"):
        main(publish)
