"""What is published of a network is what it was trained to be."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fer_live.classifier import OnnxClassifier
from fer_live.compress.augment import view
from fer_live.compress.publish import seen
from fer_live.manifest import InputSpec
from tests.tiny_onnx import tiny_model, tiny_variant


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
