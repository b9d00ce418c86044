from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_onnx import tiny_manifest

from fer_live.camera import ClipCamera
from fer_live.classifier import OnnxClassifier
from fer_live.faces import FaceFinder
from fer_live.frame import Frame
from fer_live.pipeline import Pipeline
from fer_live.tracking import FaceTracker

Clip = Callable[[str], Path]


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    with FaceFinder() as finder:
        yield Pipeline(finder, FaceTracker())


@pytest.fixture
def classifiers(tmp_path: Path) -> list[OnnxClassifier]:
    return [OnnxClassifier(variant) for variant in tiny_manifest(tmp_path).variants]


def frames(path: Path, count: int) -> list[Frame]:
    camera = ClipCamera(str(path), live=False, loop=True)
    read = [camera.read() for _ in range(count)]
    camera.close()
    return read


def test_every_variant_says_something_of_every_face_and_the_first_rotates(
    shared_clip: Clip, pipeline: Pipeline, classifiers: list[OnnxClassifier]
) -> None:
    orders = []
    for frame in frames(shared_clip("again.mkv"), 60):
        result = pipeline.process(frame, classifiers)
        assert result.frame is frame
        assert result.faces
        assert all(len(run.predictions) == len(result.faces) for run in result.runs)
        orders.append("".join(run.variant[0] for run in result.runs))
    assert orders == ["fpi", "pif", "ifp"] * 20


def test_rotation_does_not_change_what_is_said(
    shared_clip: Clip, pipeline: Pipeline, classifiers: list[OnnxClassifier]
) -> None:
    (frame,) = frames(shared_clip("again.mkv"), 1)
    for _ in range(3):
        runs = {run.variant: run.predictions for run in pipeline.process(frame, classifiers).runs}
        alone = {c.variant.name: pipeline.process(frame, [c]).runs[0].predictions for c in classifiers}
        assert runs == alone


def test_the_person_keeps_the_number(shared_clip: Clip, pipeline: Pipeline) -> None:
    clip = [replace(frame, captured_at=frame.index / 30) for frame in frames(shared_clip("book.mkv"), 60)]
    results = [pipeline.process(frame, []) for frame in clip]
    assert {face.track for result in results for face in result.faces} == {1}


def test_nobody_is_a_result_too(pipeline: Pipeline, classifiers: list[OnnxClassifier]) -> None:
    result = pipeline.process(Frame(0, 0.0, np.zeros((48, 64, 3), np.uint8)), classifiers)
    assert result.faces == ()
    assert [run.predictions for run in result.runs] == [(), (), ()]


def test_the_times_add_up(shared_clip: Clip, pipeline: Pipeline, classifiers: list[OnnxClassifier]) -> None:
    (frame,) = frames(shared_clip("again.mkv"), 1)
    result = pipeline.process(frame, classifiers)
    assert result.detect_ms > 0
    assert all(run.classify_ms > 0 for run in result.runs)
    assert result.detect_ms + sum(run.classify_ms for run in result.runs) <= result.latency_ms
    assert result.done_at > frame.captured_at
