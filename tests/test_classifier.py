import math
import pickle
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_onnx import HEADS, brightness_model, faltering_model, open_model, tiny_model, tiny_variant

from fer_live.camera import ClipCamera
from fer_live.classifier import ClassifierError, OnnxClassifier, RunError
from fer_live.cropping import crop_face
from fer_live.dataset import FER2013_LABELS, FERPLUS_LABELS, read_photo
from fer_live.faces import FaceFinder
from fer_live.frame import Box, Face, Point
from fer_live.manifest import Head, InputSpec

FRONTAL = Face(Box(100, 80, 60, 60), 0.9, ((115, 100), (145, 100)))


def _noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(7).integers(0, 256, shape).astype(np.uint8)


def test_scores_are_probabilities_in_the_variants_labels(tmp_path: Path) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "fp32"))
    scores = classifier.scores(_noise(5, 48, 48))
    assert scores.shape == (5, len(FER2013_LABELS))
    assert scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    assert classifier.provider == "CPUExecutionProvider"


def test_scores_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "fp32"))
    faces = _noise(9, 48, 48)
    alone = np.concatenate([classifier.scores(face[None]) for face in faces])
    assert classifier.scores(faces) == pytest.approx(alone, abs=1e-5)


def test_scores_see_the_normalised_central_part(tmp_path: Path) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "bright", brightness_model()))
    middle = round(0.5077 * 255)
    faces = np.stack([np.full((48, 48), gray, np.uint8) for gray in (0, middle, 255)])
    faces[:, :2] = faces[:, -2:] = faces[:, :, :2] = faces[:, :, -2:] = 255  # outside the central 44 pixels
    scores = classifier.scores(faces)
    angry, neutral = (FER2013_LABELS.index(label) for label in ("angry", "neutral"))
    assert scores[0, angry] > 0.99
    assert scores[2, neutral] > 0.99
    assert scores[1, angry] == pytest.approx(scores[1, neutral], abs=0.05)


def test_blend_is_the_geometric_mean_of_both_heads(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    faces = _noise(4, 48, 48)
    fer2013 = OnnxClassifier(variant, head="fer2013").scores(faces)
    ferplus = OnnxClassifier(variant, head="ferplus")
    assert ferplus.labels == FERPLUS_LABELS
    shared = ferplus.scores(faces)[:, [FERPLUS_LABELS.index(label) for label in FER2013_LABELS]]
    mean = np.sqrt(fer2013 * shared)
    wanted = mean / mean.sum(axis=1, keepdims=True)
    assert OnnxClassifier(variant).scores(faces) == pytest.approx(wanted, abs=1e-5)


def test_classify_gives_a_prediction_per_face_in_their_order(tmp_path: Path) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "fp32"))
    rgb = _noise(240, 320, 3)
    other = replace(FRONTAL, box=Box(10, 20, 50, 50), eyes=((20, 40), (45, 40)))
    run = classifier.classify(rgb, [FRONTAL, other])
    assert run.variant == "fp32"
    assert run.classify_ms > 0
    for prediction, face in zip(run.predictions, (FRONTAL, other), strict=True):
        assert prediction.labels == FER2013_LABELS
        assert sum(prediction.scores) == pytest.approx(1)
        assert classifier.classify(rgb, [face]).predictions[0].scores == pytest.approx(prediction.scores, abs=1e-5)


def test_no_faces_is_no_work(tmp_path: Path) -> None:
    run = OnnxClassifier(tiny_variant(tmp_path, "fp32")).classify(_noise(20, 20, 3), [])
    assert run.predictions == ()


def test_classify_and_scores_agree_on_the_same_pixels(tmp_path: Path) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "fp32"))
    gray = _noise(48, 48)
    side = 48 / 1.17
    face = Face(Box(24 - side / 2, 24 + 0.06 * 48 - side / 2, side, side), 1.0, ((16, 20), (32, 20)))
    run = classifier.classify(np.repeat(gray[:, :, None], 3, axis=2), [face])
    assert run.predictions[0].scores == pytest.approx(classifier.scores(gray[None])[0].tolist(), abs=1e-4)


def test_a_crop_of_the_exact_size_is_the_pixels_themselves() -> None:
    gray = _noise(48, 48)
    side = 48 / 1.17
    face = Face(Box(24 - side / 2, 24 + 0.06 * 48 - side / 2, side, side), 1.0, ((16, 20), (32, 20)))
    crop = crop_face(np.repeat(gray[:, :, None], 3, axis=2), face, InputSpec())
    assert np.abs(crop.astype(int) - gray[2:46, 2:46]).max() <= 2


def _landed(point: Point, face: Face, shape: tuple[int, ...]) -> Point:
    """Where a dot at ``point`` of the frame lies in the whole face crop, as shares of its side."""
    dot = np.zeros(shape, np.uint8)
    cv2.circle(dot, (round(point[0] * 16 - 8), round(point[1] * 16 - 8)), 48, (255, 255, 255), -1, cv2.LINE_AA, 4)
    weights = crop_face(dot, face, InputSpec(size=480, face=480)).astype(float)
    y, x = (np.mgrid[:480, :480] + 0.5) / 480
    return float((weights * x).sum() / weights.sum()), float((weights * y).sum() / weights.sum())


@pytest.mark.parametrize("roll", [-60, -15, 0, 15, 60])
def test_crop_geometry_whatever_the_roll(roll: int) -> None:
    centre, side = (160.0, 120.0), 1.17 * 60
    axis = np.array([math.cos(math.radians(roll)), math.sin(math.radians(roll))])
    down = np.array([-axis[1], axis[0]])
    places = {
        (x, y): centre + axis * (x - 0.5) * side + down * (y - 0.5 - 0.06) * side
        for x in (0.3, 0.7)
        for y in (0.4, 0.8)
    }
    eyes = [tuple(places[x, 0.4].tolist()) for x in (0.3, 0.7)]
    face = Face(Box(centre[0] - 30, centre[1] - 30, 60, 60), 0.9, (eyes[0], eyes[1]))
    for wanted, point in places.items():
        assert _landed(tuple(point), face, (240, 320, 3)) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("degrees", [0, 20, -20])
def test_real_eyes_land_where_fer2013_has_them(shared_clip, degrees: int) -> None:
    rgb = read_photo(shared_clip("grace_hopper.bmp"))
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    rgb = np.asarray(cv2.warpAffine(rgb, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    with FaceFinder() as finder:
        face = finder.find(rgb)[0]
    left, right = (_landed(eye, face, rgb.shape) for eye in face.eyes)
    assert left == pytest.approx((0.33, 0.39), abs=0.08)
    assert right == pytest.approx((0.68, 0.39), abs=0.08)
    assert left[1] == pytest.approx(right[1], abs=0.01)


def test_eyes_of_a_clip_land_where_fer2013_has_them(shared_clip) -> None:
    heights = []
    with FaceFinder() as finder, closing(ClipCamera(str(shared_clip("book.mkv")), live=False, loop=False)) as camera:
        for _ in range(30):
            rgb = camera.read().rgb
            heights += [_landed(face.eyes[0], face, rgb.shape)[1] for face in finder.find(rgb)[:1]]
    assert len(heights) > 20
    assert np.median(heights) == pytest.approx(0.39, abs=0.03)


def test_shrinking_does_not_alias() -> None:
    stripes = np.zeros((600, 600, 3), np.uint8)
    stripes[:, ::2] = 255
    face = Face(Box(100, 100, 400, 400), 0.9, ((220, 250), (380, 250)))
    crop = crop_face(stripes, face, InputSpec())
    assert crop.std() < 10
    assert crop.mean() == pytest.approx(127, abs=3)


@pytest.mark.parametrize("larger", [2, 3, 5])
@pytest.mark.parametrize("degrees", [0, 25])
def test_a_face_of_any_size_becomes_the_same_crop(larger: int, degrees: int) -> None:
    """Large ones are shrunk before they are turned; half a pixel's error there would move a crop by its own edges."""

    def crop(times: float) -> NDArray[np.int64]:
        y, x = (np.mgrid[: 240 * times, : 240 * times] + 0.5) / times
        waves = 128 + 60 * np.sin(x / 3.1 + y / 7) + 60 * np.cos(y / 3.7)  # a period of some 20 pixels
        axis = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
        eyes = [tuple((times * (np.array([120.0, 110.0]) + side * 20 * axis)).tolist()) for side in (-1, 1)]
        face = Face(Box(*(times * value for value in (78.3, 81.6, 84.0, 84.0))), 0.9, (eyes[0], eyes[1]))
        rgb = np.repeat(waves.round().astype(np.uint8)[:, :, None], 3, axis=2)
        return crop_face(rgb, face, InputSpec()).astype(np.int64)

    assert np.abs(crop(larger) - crop(1)).mean() < 1.5


@pytest.mark.parametrize("times", [1, 2, 3, 5])
@pytest.mark.parametrize("degrees", [0, 10, 45, -100])
def test_a_crop_is_of_the_frame_up_to_its_edges(times: int, degrees: int) -> None:
    """A slope stays one: if too little were cut out of the frame, its repeated border would level the crop's edges."""
    ramp = np.linspace(0, 255, 240 * times).round().astype(np.uint8)
    rgb = np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (240 * times, 240 * times, 3)))
    axis = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    eyes = [tuple((times * (np.array([120.0, 110.0]) + side * 20 * axis)).tolist()) for side in (-1, 1)]
    face = Face(Box(*(times * value for value in (78.3, 81.6, 84.0, 84.0))), 0.9, (eyes[0], eyes[1]))
    crop = crop_face(rgb, face, InputSpec()).astype(float)
    y, x = np.mgrid[:44, :44]
    plane = np.stack([x.ravel(), y.ravel(), np.ones(44 * 44)], axis=1)
    fitted = plane @ np.linalg.lstsq(plane, crop.ravel(), rcond=None)[0]
    assert crop.std() > 20
    assert np.abs(crop.ravel() - fitted).max() < 1.5


def test_the_border_is_repeated_beyond_the_frame() -> None:
    rgb = np.full((100, 100, 3), 200, np.uint8)
    for corner in ((-30, -30), (90, 90), (40, -40)):
        face = replace(
            FRONTAL, box=Box(*corner, 60, 60), eyes=((corner[0] + 15, corner[1] + 20), (corner[0] + 45, corner[1] + 20))
        )
        assert (crop_face(rgb, face, InputSpec()) == 200).all()


def test_a_face_wholly_outside_does_not_fail() -> None:
    rgb = np.full((100, 100, 3), 90, np.uint8)
    far = Face(Box(500, -400, 60, 60), 0.9, ((515, -380), (545, -380)))
    assert crop_face(rgb, far, InputSpec()).shape == (44, 44)


def test_gray_is_weighted_like_fer2013s() -> None:
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[:, :, 0] = 255  # red, since frames are RGB
    assert crop_face(rgb, replace(FRONTAL, box=Box(20, 20, 60, 60)), InputSpec())[20, 20] == 76


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a network", "does not load"),
        (b"", "does not load"),
        (tiny_model(size=48), r"wrong shape: not an input 'input' of \(n, 1, 44, 44\)"),
        (tiny_model(name="picture"), "wrong shape: not an input 'input'"),
        (tiny_model(heads=HEADS[:1]), "not an output 'ferplus'"),
        (tiny_model(heads=(HEADS[0], replace(HEADS[1], labels=FER2013_LABELS))), r"'ferplus' of \(n, 8\)"),
    ],
)
def test_what_is_not_such_a_network_is_refused_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(ClassifierError, match=told) as caught:
        OnnxClassifier(tiny_variant(tmp_path, "odd", content))
    assert "\n" not in str(caught.value)


def test_altered_and_missing_files_are_refused(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    with pytest.raises(ClassifierError, match="sha256 differs"):
        OnnxClassifier(replace(variant, sha256="0" * 64))
    variant.path.unlink()
    with pytest.raises(ClassifierError, match="cannot be read"):
        OnnxClassifier(variant)


def test_an_unknown_head_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(ClassifierError, match="known: fer2013, ferplus, blend"):
        OnnxClassifier(tiny_variant(tmp_path, "fp32"), head="x")


def test_threads_do_not_change_scores(tmp_path: Path) -> None:
    variant = tiny_variant(tmp_path, "fp32")
    faces = _noise(4, 48, 48)
    two = OnnxClassifier(variant, threads=2)
    two.warm_up(1)
    assert two.scores(faces) == pytest.approx(OnnxClassifier(variant).scores(faces), abs=1e-5)


def test_a_network_that_fails_on_a_face_is_told_and_gives_no_label(tmp_path: Path, recwarn: Any) -> None:
    classifier = OnnxClassifier(tiny_variant(tmp_path, "mine", faltering_model()))
    assert np.isfinite(classifier.scores(np.zeros((1, 48, 48), np.uint8))).all()
    with pytest.raises(RunError, match="variant mine: it answers some faces with NaN or infinity") as told:
        classifier.scores(np.array([np.zeros((48, 48)), np.full((48, 48), 99)], np.uint8))
    sent = pickle.loads(pickle.dumps(told.value))  # as from one process to another
    assert (str(sent), sent.variant) == (str(told.value), "mine")
    assert not recwarn.list


def test_answers_of_another_shape_than_the_labels_are_refused_when_it_loads(tmp_path: Path) -> None:
    """The file leaves its shapes open, and the manifest is wrong about them."""
    with pytest.raises(ClassifierError, match=r"its answers are of the wrong shape: \(2, 3\), not \(n, labels\)"):
        OnnxClassifier(
            tiny_variant(tmp_path, "few", open_model(3), heads=(Head("answer", FER2013_LABELS),), head="answer")
        )
