"""A small drawn data set in the two public CSV formats: seven patterns that a network can tell apart in a few steps."""

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fer_live.compress import quantize
from fer_live.compress.networks import FerResNet, Widths
from fer_live.compress.steps import HEADS
from fer_live.dataset import FACE_SIDE

NEAR_COPIES = 49  # of the 70 faces in PublicTest
PLUS_OF = [4, 5, 6, 1, 3, 2, 0]  # FER2013's number -> place among FER+'s eight votes


def drawn_face(label: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bars whose direction and spacing tell the label, with noise."""
    rows, columns = np.mgrid[:FACE_SIDE, :FACE_SIDE]
    angle = np.pi * label / 7
    wave = np.sin((rows * np.sin(angle) + columns * np.cos(angle)) * 0.7)
    return np.clip(128 + 70 * wave + rng.normal(0, 12, (FACE_SIDE, FACE_SIDE)), 0, 255).astype(np.uint8)


def lit(face: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """As under lamps that no other face saw."""
    lamps = cv2.resize(rng.normal(0, 60, (4, 4)), (FACE_SIDE, FACE_SIDE), interpolation=cv2.INTER_CUBIC)
    return np.clip(face + lamps, 0, 255).astype(np.uint8)


class FerFiles:
    """fer2013.csv and fer2013new.csv in a folder, row by row."""

    def __init__(self, folder: Path) -> None:
        self.fer2013, self.ferplus = folder / "fer2013.csv", folder / "fer2013new.csv"
        self.rows: list[tuple[int, NDArray[np.uint8], str, Sequence[int]]] = []

    def add(self, label: int, face: NDArray[np.uint8], split: str = "Training", votes: Sequence[int] = ()) -> None:
        single = [8 if place == PLUS_OF[label] else 0 for place in range(8)]
        self.rows.append((label, face, split, votes or single))

    def write(self) -> "FerFiles":
        with self.fer2013.open("w", newline="") as fer, self.ferplus.open("w", newline="") as plus:
            fer_rows, plus_rows = csv.writer(fer), csv.writer(plus)
            fer_rows.writerow(["emotion", "pixels", "Usage"])
            names = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
            plus_rows.writerow(["Usage", "Image name", *names, "unknown", "NF"])
            for label, face, split, votes in self.rows:
                fer_rows.writerow([label, " ".join(map(str, face.ravel())), split])
                plus_rows.writerow([split, "", *votes, 0, 10 - sum(votes)])
        return self


@pytest.fixture
def files(tmp_path: Path) -> FerFiles:
    """An empty pair of files to fill."""
    return FerFiles(tmp_path)


@pytest.fixture
def drawn(files: FerFiles) -> FerFiles:
    """200 training faces and 70 of PublicTest, of which so many as told have near copies among those."""
    rng = np.random.default_rng(3)
    for number in range(200):
        files.add(number % 7, drawn_face(number % 7, rng))
    for number in range(70):
        face = drawn_face(number % 7, rng)
        files.add(number % 7, face if number < NEAR_COPIES else lit(face, rng), "PublicTest")
    return files.write()


@pytest.fixture
def short_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entropy calibration among an eighth of the ranges: a search of all takes a minute for each network."""
    monkeypatch.setattr(quantize, "BINS", 256)
    monkeypatch.setattr(quantize, "LEVELS", 64)


@pytest.fixture(scope="module")
def network() -> FerResNet:
    """An untrained network of 32, 64, 128, 256 channels, the same in every run."""
    torch.manual_seed(3)
    return FerResNet(Widths.uniform(32), HEADS).eval()
