import csv
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from command import run
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tiny_onnx import brightness_model, foreign_model, tiny_manifest, tiny_model

from fer_live.classifier import ClassifierError, OnnxClassifier
from fer_live.cli import main
from fer_live.cropping import crop_face
from fer_live.dataset import FER2013_LABELS
from fer_live.frame import Box, Face
from fer_live.locked import locked
from fer_live.manifest import InputSpec, ManifestError, load_manifest, own_models, shipped
from fer_live.onnx_look import first_look
from fer_live.own_models import OwnModel, add_model, remove_model, try_model

THEIR_ORDER = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear")
FACE = Face(Box(100, 80, 60, 60), 0.9, ((115, 100), (145, 100)))


@pytest.fixture(autouse=True)
def _ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_manifest(tmp_path / "models")
    monkeypatch.setenv("FER_LIVE_MODELS", str(tmp_path / "models"))


def _wish(folder: Path, content: bytes, **changes: Any) -> OwnModel:
    (folder / "net.onnx").write_bytes(content)
    wish = OwnModel(folder / "net.onnx", "mine", "Mine", THEIR_ORDER, 32, "gray", 0.5, 0.5)
    return replace(wish, **changes)


def _noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, shape).astype(np.uint8)


def test_it_comes_after_those_that_ship_and_goes_again(tmp_path: Path) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    manifest = load_manifest()
    assert (manifest.names, manifest.left_out) == (("fp32", "pruned", "int8", "mine"), ())
    mine = manifest.variant("mine")
    assert mine.labels == ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear")
    assert mine.path == own_models() / "mine.onnx"
    assert load_manifest(tmp_path / "models").names == ("fp32", "pruned", "int8")  # a named one stands alone
    remove_model("mine")
    assert load_manifest().names == ("fp32", "pruned", "int8")
    assert not list(own_models().glob("*.onnx*"))


def test_of_several_that_are_added_at_once_none_is_lost(tmp_path: Path) -> None:
    wish = _wish(tmp_path, foreign_model(("n", 1, 32, 32), 7))
    names = [f"mine{number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: add_model(replace(wish, name=name)), names))
    assert sorted(load_manifest().names[3:]) == names
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(remove_model, names[1:]))
    assert load_manifest().names[3:] == ("mine0",)
    assert sorted(path.name for path in own_models().iterdir()) == ["manifest.json", "mine0.onnx"]


def test_somebody_who_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fer_live.own_models.WAIT_S", 0.05)
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    with locked(own_models() / "models.lock"), pytest.raises(ManifestError, match="another fer-live is adding"):
        remove_model("mine")
    remove_model("mine")


@pytest.mark.parametrize(
    ("ends", "channels", "last", "batch"),
    [
        ("", "gray", False, "n"),
        ("", "rgb", True, 4),
        ("Softmax", "gray", True, "n"),
        ("Softmax", "rgb", False, 1),
        ("LogSoftmax", "rgb", False, "n"),
        ("LogSoftmax", "gray", True, 1),
    ],
)
def test_scores_are_what_the_network_itself_says(
    tmp_path: Path, ends: str, channels: str, last: bool, batch: int | str
) -> None:
    planes = 3 if channels == "rgb" else 1
    shape = (batch, 32, 32, planes) if last else (batch, planes, 32, 32)
    content = foreign_model(shape, 7, ends)
    mean, std = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)) if channels == "rgb" else (0.3, 0.6)
    variant = add_model(_wish(tmp_path, content, channels=channels, mean=mean, std=std))
    assert variant.input.batch == (0 if batch == "n" else batch)
    faces = [FACE, replace(FACE, box=Box(10, 20, 50, 50)), FACE, FACE, FACE]
    rgb = _noise(240, 320, 3)
    run = OnnxClassifier(load_manifest().variant("mine")).classify(rgb, faces)
    session = onnxruntime.InferenceSession(content)
    for face, said in list(zip(faces, run.predictions, strict=True))[:2]:
        seen = crop_face(rgb, face, variant.input).astype(np.float64).reshape(32, 32, planes)
        fed = (seen / 255 - np.array(mean)) / np.array(std)
        fed = np.repeat((fed if last else fed.transpose(2, 0, 1))[None], batch if isinstance(batch, int) else 1, axis=0)
        answer = session.run(None, {"picture": fed.astype(np.float32)})[0][0].astype(np.float64)
        wanted = answer if ends == "Softmax" else np.exp(answer) / np.exp(answer).sum()
        assert said.scores == pytest.approx(wanted.tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("name", "precision"),
    [("fp32", "fp32"), ("pruned", "fp32"), ("fp16", "fp16"), ("int8", "int8"), ("pruned-int8", "int8")],
)
def test_the_precision_is_found_in_the_file(name: str, precision: str) -> None:
    file = shipped("models") / f"{name}.onnx"
    wish = OwnModel(file, "mine", "Mine", FER2013_LABELS, 44, "gray", 0.5, 0.25, output="fer2013")
    assert try_model(wish).variant.precision == precision


def test_a_batch_that_only_seems_free_is_one(tmp_path: Path) -> None:
    variant = add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7, batch=1)))
    assert variant.input.batch == 1
    assert OnnxClassifier(variant).scores(_noise(3, 32, 32)).shape == (3, 7)


def test_open_dimensions_are_fixed_by_what_is_fed(tmp_path: Path) -> None:
    variant = add_model(_wish(tmp_path, foreign_model(("n", 1, "h", "w"), 7)))
    assert OnnxClassifier(variant).scores(_noise(2, 32, 32)).shape == (2, 7)


def test_a_colour_crop_is_the_pixels_in_rgb() -> None:
    rgb = np.zeros((200, 200, 3), np.uint8)
    rgb[..., 0], rgb[..., 1] = 250, 100
    crop = crop_face(rgb, replace(FACE, box=Box(60, 60, 60, 60)), InputSpec(size=32, face=32, channels="rgb"))
    assert crop.shape == (32, 32, 3)
    assert crop[16, 16].tolist() == [250, 100, 0]


def test_data_of_another_size_is_resized(tmp_path: Path) -> None:
    variant = add_model(_wish(tmp_path, foreign_model(("n", 3, 32, 32), 7), channels="rgb"))
    classifier, faces = OnnxClassifier(variant), _noise(3, 48, 48)
    smaller = np.stack([cv2.resize(face, (32, 32), interpolation=cv2.INTER_AREA) for face in faces])
    assert classifier.scores(faces) == pytest.approx(classifier.scores(np.asarray(smaller, np.uint8)), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (("n", 1, 32, 32), (32, "gray")),
        ((1, 64, 64, 3), (64, "rgb")),
        (("n", 3, "h", "w"), (None, "rgb")),
        (("n", 1, "h", "w"), (None, "gray")),
    ],
)
def test_a_first_look_tells_what_stands_in_the_file(shape: tuple[int | str, ...], told: tuple[int | None, str]) -> None:
    look = first_look(foreign_model(shape, 8))
    assert (look.size, look.channels) == told
    assert look.outputs == (("answer", 8),)
    assert first_look(tiny_model()).outputs == (("fer2013", 7), ("ferplus", 8))


def test_a_first_look_refuses_what_can_be_none_of_ours() -> None:
    with pytest.raises(ClassifierError, match="not an ONNX file"):
        first_look(b"nothing")
    with pytest.raises(ClassifierError, match=r"\(n, 1, 32, 48\): no square gray or RGB pictures"):
        first_look(_model_of(32, 48))


def _model_of(height: int, width: int) -> bytes:
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 1, height, width])]
    outputs = [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["n", height * width])]
    graph = helper.make_graph([helper.make_node("Flatten", ["picture"], ["answer"])], "flat", inputs, outputs)
    content: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    ).SerializeToString()
    return content


def test_it_is_tried_where_it_lies_and_nothing_is_written(tmp_path: Path) -> None:
    wish = _wish(tmp_path, foreign_model(("n", 1, 32, 32), 7))
    tried = try_model(wish)
    assert not own_models().exists()
    added = OnnxClassifier(add_model(wish))
    faces = _noise(3, 32, 32)
    assert tried.variant == replace(added.variant, file="net.onnx")
    assert tried.scores(faces) == pytest.approx(added.scores(faces))


def test_of_several_outputs_one_is_named_or_fits(tmp_path: Path) -> None:
    two = {"size": 44, "mean": 0.5077, "std": 0.255}
    found = add_model(_wish(tmp_path, tiny_model(), labels=FER2013_LABELS, **two))
    assert found.head == "fer2013"
    with pytest.raises(ClassifierError, match=r"2 outputs \(fer2013, ferplus\); say which one with --output"):
        add_model(_wish(tmp_path, tiny_model(), name="b", labels=("happy", "sad"), **two))
    with pytest.raises(ClassifierError, match=r"no output 'x' \(it has: fer2013, ferplus\)"):
        add_model(_wish(tmp_path, tiny_model(), name="b", output="x", **two))
    with pytest.raises(ClassifierError, match="'ferplus' has 8 columns, but 7 labels were given"):
        add_model(_wish(tmp_path, tiny_model(), name="b", output="ferplus", **two))


@pytest.mark.parametrize(
    ("content", "changes", "told"),
    [
        (b"no network", {}, "it is not an ONNX file"),
        (b"", {}, "it is not an ONNX file"),
        (foreign_model(("n", 1, 32, 32), 7, opset=99), {}, "opset 99 is newer than onnxruntime"),
        (foreign_model(("n", 3, 32, 32), 7), {}, r"\(n, 3, 32, 32\): not gray pictures; give --channels rgb"),
        (foreign_model(("n", 32, 32, 1), 7), {"channels": "rgb"}, "not rgb pictures; give --channels gray"),
        (foreign_model(("n", 1, 48, 48), 7), {}, "not 32x32 pictures; give --input 48x48"),
        (
            foreign_model(("n", 1, "h", "w"), 7),
            {"size": 64},
            r"is \(4, 7\) for 1 64x64 gray pictures, not a row for each",
        ),
        (foreign_model(("n", 1, "h", "w"), 7), {"size": 8}, "does not run on 8x8 gray pictures"),
        (foreign_model(("n", 1, 32, 32), 8), {}, "'answer' has 8 columns, but 7 labels"),
        (foreign_model((1, 1, 32, 32), 8), {}, "'answer' has 8 columns, but 7 labels"),
        (foreign_model(("n", 1, 32, 32), 7, "Sigmoid"), {}, "does not sum to 1"),
        (foreign_model(("n", 1, 32, 32), 7, "Sqrt"), {}, "not finite"),
        (foreign_model(("n", 1, 32, 32), 7), {"mean": (0.1, 0.2, 0.3)}, "one number, or one per channel"),
        (foreign_model(("n", 1, 32, 32), 7), {"std": 0.0}, "std must be above 0"),
        (foreign_model(("n", 1, 32, 32), 7), {"name": "fp32"}, "taken by a variant that ships"),
        (foreign_model(("n", 1, 32, 32), 7), {"name": "INT8"}, "taken by a variant that ships"),
        (foreign_model(("n", 1, 32, 32), 7), {"name": "../x"}, "cannot be a name"),
        (foreign_model(("n", 1, 32, 32), 7), {"name": "all"}, "cannot be a name"),
        (foreign_model(("n", 1, 32, 32), 7), {"name": "Con.v2"}, "cannot be a name"),
        (foreign_model(("n", 1, 32, 32), 7), {"title": "two\nlines"}, "cannot be shown in a line"),
        (foreign_model(("n", 1, 32, 32), 7), {"title": "\udcff"}, "cannot be shown in a line"),
        (foreign_model(("n", 1, 32, 32), 7), {"labels": ("happy",)}, "two labels at least"),
        (foreign_model(("n", 1, 32, 32), 7), {"labels": ("happy", "", "sad")}, "one of the labels is empty"),
        (foreign_model(("n", 1, 32, 32), 7), {"labels": ("joy", "happy")}, "label happy is there twice"),
        (foreign_model(("n", 1, 32, 32), 7), {"file": Path("/nowhere/x.onnx")}, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, content: bytes, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises((ManifestError, ClassifierError), match=told) as caught:
        add_model(_wish(tmp_path, content, **changes))
    assert "\n" not in str(caught.value)
    assert not own_models().exists()


def _spoil(change: Any) -> None:
    path = own_models() / "manifest.json"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda raw: raw["variants"][0].update(name="fp32"),
            "own model fp32 is left out: another variant has this name",
        ),
        (lambda raw: raw["variants"][0].pop("sha256"), "own model mine is left out: sha256 is missing"),
        (
            lambda raw: raw["variants"][0]["input"].update(std=[0.1, 0, 1]),
            "own model mine is left out: mean and std must",
        ),
        (lambda raw: raw["variants"][0].update(bytes=1), r"mine\.onnx is missing or altered; add it again"),
        (lambda raw: raw["variants"].insert(0, 3), "own model 1 is left out"),
        (lambda raw: raw.update(variants=3), "own models are left out: .* no list of variants"),
        (lambda raw: raw.update(schema=99), "own models are left out: .* made by a newer fer_live"),
    ],
)
def test_a_broken_row_keeps_nothing_else_away(tmp_path: Path, capsys: Any, change: Any, told: str) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    _spoil(change)
    assert load_manifest().names[:3] == ("fp32", "pruned", "int8")
    assert main(["models"]) == 0
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    with pytest.raises(AssertionError, match=told):
        raise AssertionError(err)


def test_one_that_cannot_be_used_any_more_can_be_added_again(tmp_path: Path) -> None:
    wish = _wish(tmp_path, foreign_model(("n", 1, 32, 32), 7))
    add_model(wish)
    with pytest.raises(ManifestError, match="the name mine is taken"):
        add_model(wish)
    with (own_models() / "mine.onnx").open("ab") as file:
        file.write(b"altered")
    assert load_manifest().names == ("fp32", "pruned", "int8")
    add_model(wish)
    manifest = load_manifest()
    assert (manifest.names[3:], manifest.left_out) == (("mine",), ())
    manifest.variant("mine").verify()


def test_a_folder_that_the_system_will_not_look_at_keeps_nothing_else_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FER_LIVE_DATA", str(tmp_path / ("a" * 300)))  # as one that may not be entered
    manifest = load_manifest()
    assert manifest.names == ("fp32", "pruned", "int8")
    assert [told.startswith("your own models are left out: no manifest") for told in manifest.left_out] == [True]
    with pytest.raises(ManifestError, match="no manifest of models at"):
        add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    monkeypatch.setenv("FER_LIVE_DATA", str(tmp_path / "net.onnx"))
    assert load_manifest().left_out == ()  # a file in its place holds no models


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    (own_models() / "manifest.json").write_text("{")
    for act in (lambda: add_model(_wish(tmp_path, brightness_model(), name="b")), lambda: remove_model("mine")):
        with pytest.raises(ManifestError, match="is broken"):
            act()
    assert (own_models() / "manifest.json").read_text() == "{"


def test_what_a_kill_left_half_written_goes_with_the_next_change(tmp_path: Path) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    (own_models() / "other.onnx-0123456789abcdef.part").write_bytes(b"half")
    remove_model("mine")
    assert [path.name for path in own_models().iterdir()] == ["manifest.json"]


def test_removing_what_is_not_ones_own(tmp_path: Path) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 7)))
    with pytest.raises(ManifestError, match=r"fp32 ships with fer_live and stays \(your own: mine\)"):
        remove_model("fp32")
    with pytest.raises(ManifestError, match="x is not one of your own models"):
        remove_model("x")


def _add(file: Path, **changes: str) -> tuple[str, ...]:
    given = {"labels": ",".join(THEIR_ORDER), "input": "32x32", "channels": "gray", "mean": "0.5", "std": "0.5"}
    return (
        "models",
        "add",
        str(file),
        *(word for key, value in (given | changes).items() for word in (f"--{key}", value)),
    )


def test_the_command_adds_lists_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my net.onnx"
    file.write_bytes(foreign_model((1, 3, 32, 32), 7, "Softmax"))
    code, out, err = run(capsys, *_add(file, channels="rgb", mean="0.4,0.5,0.6", crop="1.3,-0.1", title="Our net"))
    assert (code, err) == (0, "")
    assert out.startswith(
        "my-net is added: 32x32 rgb, one face at a time; its output answer gives probabilities of neu"
    )
    mine = load_manifest().variant("my-net")
    assert (mine.title, mine.input.mean, mine.input.std) == ("Our net", (0.4, 0.5, 0.6), 0.5)
    assert (mine.input.crop.side, mine.input.crop.up) == (1.3, 0.1)
    code, out, _ = run(capsys, "models")
    assert "my-net +" in out
    rows = json.loads(run(capsys, "models", "--json")[1])["variants"]
    assert [row["name"] for row in rows if row["own"]] == ["my-net"]
    assert run(capsys, "models", "remove", "my-net") == (0, "my-net is removed\n", "")
    assert "my-net" not in run(capsys, "models")[1]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"input": "64x48"}, "'64x48' is no square such as 64x64"),
        ({"input": "64"}, "is no square"),
        ({"mean": "dark"}, "'dark' is not a number"),
        ({"crop": "1.17"}, "is not a size and a shift down such as 1.17,-0.06"),
        ({"channels": "bgr"}, "invalid choice: 'bgr'"),
        ({"std": "0.1,0.2"}, "one number, or one per channel"),
    ],
)
def test_bad_words_are_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str], told: str
) -> None:
    (tmp_path / "net.onnx").write_bytes(foreign_model(("n", 1, 32, 32), 7))
    code, out, err = run(capsys, *_add(tmp_path / "net.onnx", **changes))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert err.startswith("fer-live")


def _counted(path: Path) -> list[tuple[str, str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [(row["variant"], row["n"], row["not_compared"]) for row in csv.DictReader(file)]


def test_it_takes_part_in_bench_and_labels_unknown_to_the_other_are_counted_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 1, 32, 32), 3), labels=("bored", "asleep", "awake")))
    words = ("bench", "--frames", "6", "--rounds", "1", "--variants", "fp32,mine", "--csv", str(tmp_path / "csv"))
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    mine = json.loads(out)["variants"][1]
    assert (mine["agreement"], mine["frames_not_compared"], mine["frames"]) == (None, 6, 6)
    assert mine["largest_score_change"] is None
    folder = next((tmp_path / "csv").iterdir())
    counted = [("fp32", "6", "0"), ("mine", "6", "6")]
    assert _counted(folder / "summary.csv") == counted
    (folder / "summary.csv").unlink()
    run(capsys, "summarise", str(folder))
    assert _counted(folder / "summary.csv") == counted


def test_it_takes_part_in_evaluate_with_labels_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add_model(_wish(tmp_path, foreign_model(("n", 3, 32, 32), 3), labels=("joy", "bored", "sad"), channels="rgb"))
    for label in ("happy", "happy", "fear"):
        folder = tmp_path / "faces" / label
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{len(list(folder.iterdir()))}.png"), _noise(48, 48))
    words = ("evaluate", "--data", str(tmp_path / "faces"), "--variants", "fp32,mine")
    code, out, _ = run(capsys, *words)
    assert code == 0
    assert "left out, since mine does not name them: 1 fear" in out
    columns = out.splitlines()[3].split()
    assert columns[-8:] == [*FER2013_LABELS, "bored"]
    rows = json.loads(run(capsys, *words, "--json")[1])["variants"]
    assert [(row["n"], row["head"]) for row in rows] == [(3, "blend"), (2, "answer")]
