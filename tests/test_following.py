from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_live.camera import ClipCamera
from fer_live.faces import FaceFinder
from fer_live.following import LONGEST, FollowingFinder, follow
from fer_live.frame import Box, Face, Frame
from fer_live.manifest import shipped
from fer_live.pipeline import Pipeline
from fer_live.tracking import FaceTracker

Clip = Callable[[str], Path]
Rgb = NDArray[np.uint8]


class Told:
    """A detector that says what it is told to, and counts how often it was asked."""

    def __init__(self, *faces: Face) -> None:
        self.faces = faces
        self.asked = 0

    def find(self, rgb: Rgb) -> tuple[Face, ...]:
        self.asked += 1
        return self.faces


def frames(path: Path, count: int) -> list[Frame]:
    """The first frames of a clip, 30 a second however fast they were decoded."""
    camera = ClipCamera(str(path), live=False, loop=False)
    read = [replace(camera.read(), captured_at=number / 30) for number in range(count)]
    camera.close()
    return read


@pytest.fixture(scope="module")
def scene() -> tuple[Rgb, Face]:
    """A real picture and the face in it."""
    rgb = frames(shipped("assets") / "demo.mp4", 1)[0].rgb
    with FaceFinder() as finder:
        (face,) = finder.find(rgb)
    return rgb, face


def moved(rgb: Rgb, x: float, y: float) -> Rgb:
    """The picture shifted by (x, y) pixels, also parts of them."""
    shift = np.array([[1, 0, x], [0, 1, y]], np.float64)
    size = rgb.shape[1], rgb.shape[0]
    return np.asarray(cv2.warpAffine(rgb, shift, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def test_every_frame_is_the_finder_itself() -> None:
    with FaceFinder() as finder:
        assert follow(finder, 1) is finder
        assert isinstance(follow(finder, 2), FollowingFinder)


@pytest.mark.parametrize("every", [0, 1, LONGEST + 1])
def test_a_wish_out_of_range_is_refused(every: int) -> None:
    with pytest.raises(ValueError, match=f"not every {every}"):
        FollowingFinder(Told(), every)


@pytest.mark.parametrize("every", [2, 3, LONGEST])
def test_a_still_face_is_detected_every_so_many_frames(scene: tuple[Rgb, Face], every: int) -> None:
    rgb, face = scene
    finder = FollowingFinder(told := Told(face), every)
    detected = []
    for _ in range(2 * LONGEST):
        (found,) = finder.find(rgb)
        assert found.box == face.box
        detected.append(finder.detections)
    assert detected == [1 + number // every for number in range(2 * LONGEST)]
    assert told.asked == finder.detections


def test_box_and_eyes_go_where_the_face_goes_and_nothing_else_changes(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    finder = FollowingFinder(told := Told(face), LONGEST)
    for x, y in [(0, 0), (3.5, -2.0), (9, -7.3), (2.25, 4), (-6, 11), (-14, 5)]:
        (found,) = finder.find(moved(rgb, x, y))
        assert (found.box.x - face.box.x, found.box.y - face.box.y) == pytest.approx((x, y), abs=1.0)
        for eye, before in zip(found.eyes, face.eyes, strict=True):
            shift = found.box.x - face.box.x, found.box.y - face.box.y
            assert (eye[0] - before[0], eye[1] - before[1]) == pytest.approx(shift)
        assert (found.box.w, found.box.h, found.score) == (face.box.w, face.box.h, face.score)
        assert type(found.box.x) is type(found.eyes[0][0]) is float
    assert told.asked == 1


def test_the_detection_is_passed_on_as_it_is(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    small = replace(face, box=Box(10.0, 10.0, 40.0, 40.0))
    assert FollowingFinder(Told(face, small), 5).find(rgb) == (face, small)


def test_what_cannot_be_followed_is_detected_in_the_same_frame(scene: tuple[Rgb, Face]) -> None:
    """A cut, a jump, a curtain, and a face that turned upside down: the detector has the word at once."""
    rgb, face = scene
    elsewhere = replace(face, box=Box(1.0, 2.0, 50.0, 50.0))
    noise = np.random.default_rng(0).integers(0, 256, rgb.shape, np.uint8)
    for sight in (noise, moved(rgb, 0.6 * face.box.w, 0), np.full_like(rgb, 90), np.ascontiguousarray(rgb[::-1])):
        finder = FollowingFinder(told := Told(face), LONGEST)
        finder.find(rgb)
        finder.find(rgb)
        assert told.asked == 1
        told.faces = (elsewhere,)
        assert finder.find(sight) == (elsewhere,)
        assert told.asked == 2


def test_another_size_of_frame_is_detected(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    finder = FollowingFinder(told := Told(face), LONGEST)
    finder.find(rgb)
    finder.find(np.ascontiguousarray(rgb[:-2]))
    assert told.asked == 2


@pytest.mark.parametrize(("side", "step"), [("left", (-1, 0)), ("right", (1, 0)), ("top", (0, -1)), ("bottom", (0, 1))])
def test_a_face_that_reaches_the_edge_is_detected(scene: tuple[Rgb, Face], side: str, step: tuple[int, int]) -> None:
    """Followed up to the edge, and from there on detected in every frame."""
    rgb, face = scene
    box = face.box
    room = {"left": box.x, "right": rgb.shape[1] - box.x - box.w, "top": box.y, "bottom": rgb.shape[0] - box.y - box.h}
    start = room[side] - 15
    rgb = moved(rgb, start * step[0], start * step[1])
    placed = replace(face, box=replace(box, x=box.x + start * step[0], y=box.y + start * step[1]))
    finder = FollowingFinder(told := Told(placed), LONGEST)
    asked = []
    for far in (0, 5, 10, 20, 25, 30):
        x, y = far * step[0], far * step[1]
        told.faces = (replace(placed, box=replace(placed.box, x=placed.box.x + x, y=placed.box.y + y)),)
        finder.find(moved(rgb, x, y))
        asked.append(told.asked)
    assert asked == [1, 1, 1, 2, 3, 4]


def test_a_face_too_small_or_without_features_is_detected_in_every_frame(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    tiny = Told(replace(face, box=replace(face.box, w=7.0, h=7.0)))
    blank = Told(face)
    for told, sight in ((tiny, rgb), (blank, np.full_like(rgb, 128))):
        finder = FollowingFinder(told, LONGEST)
        for _ in range(4):
            finder.find(sight)
        assert told.asked == 4


def test_a_new_face_is_found_at_the_next_detection(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    second = replace(face, box=replace(face.box, w=0.7 * face.box.w, h=0.7 * face.box.h))
    finder = FollowingFinder(told := Told(face), 4)
    counts = [len(finder.find(rgb))]
    told.faces = (face, second)
    counts += [len(finder.find(rgb)) for _ in range(5)]
    assert counts == [1, 1, 1, 1, 2, 2]
    largest, smaller = finder.find(rgb)
    assert largest.box.w > smaller.box.w


def test_nobody_is_looked_for_in_every_frame_at_first_and_then_now_and_then(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    finder = FollowingFinder(told := Told(), 4)
    asked = []
    for _ in range(12):
        assert finder.find(rgb) == ()
        asked.append(told.asked)
    assert asked == [1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6]
    told.faces = (face,)
    assert [len(finder.find(rgb)) for _ in range(5)] == [0, 0, 0, 1, 1]


def test_a_face_that_the_detector_misses_once_is_back_with_the_next_frame(scene: tuple[Rgb, Face]) -> None:
    rgb, face = scene
    finder = FollowingFinder(told := Told(face), 3)
    for _ in range(3):
        finder.find(rgb)
    told.faces = ()
    assert finder.find(rgb) == ()
    told.faces = (face,)
    assert finder.find(rgb) == (face,)


@pytest.mark.parametrize(("name", "most"), [("again.mkv", 0.4), ("book.mkv", 0.3)])
def test_on_a_real_clip_few_frames_are_detected_and_boxes_stay_near(shared_clip: Clip, name: str, most: float) -> None:
    clip = frames(shared_clip(name), 60)
    with FaceFinder() as finder:
        whole = [finder.find(frame.rgb) for frame in clip]
        following = FollowingFinder(finder, LONGEST)
        pipeline = Pipeline(following, FaceTracker())
        followed = [pipeline.process(frame, []).faces for frame in clip]
    assert len(clip) / LONGEST <= following.detections <= most * len(clip)
    persons = [min(faces, key=lambda face: face.box.y) for faces in followed]  # again.mkv: a skull is on the shirt
    assert {person.track for person in persons} == {1}
    near = []
    for person, faces in zip(persons, whole, strict=True):
        other = min(faces, key=lambda face: face.box.y)
        near.append(_overlap(person.box, other.box))
    assert np.mean(near) > 0.85
    assert min(near) > 0.5


def test_two_clips_after_each_other_need_no_word_in_between(shared_clip: Clip) -> None:
    """The first frame of the next source is a cut like any other."""
    with FaceFinder() as finder:
        following = FollowingFinder(finder, LONGEST)
        for name in ("again.mkv", "book.mkv", "again.mkv"):
            first, second = frames(shared_clip(name), 2)
            assert following.find(first.rgb) == finder.find(first.rgb)
            before = following.detections
            following.find(second.rgb)
            assert following.detections == before


def _overlap(a: Box, b: Box) -> float:
    width, height = min(a.x + a.w, b.x + b.w) - max(a.x, b.x), min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a.w * a.h + b.w * b.h - shared)
