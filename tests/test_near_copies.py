import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_live.near_copies import BLOCK, near_copies

LARGE = 96  # pixels of a drawn photograph, from which faces are cropped


def _photograph(seed: int) -> NDArray[np.uint8]:
    """Blots of all sizes, as different from one another as photographs of different people."""
    random = np.random.default_rng(seed)
    picture = np.zeros((LARGE, LARGE), np.float32)
    for cells in (4, 8, 16):
        blots = random.normal(0, 1, (cells, cells)).astype(np.float32)
        picture += cv2.resize(blots, (LARGE, LARGE), interpolation=cv2.INTER_CUBIC)
    return np.clip(128 + 40 * picture, 0, 255).astype(np.uint8)


def _crop(photograph: NDArray[np.uint8], x: int = 8, y: int = 8, side: int = 80) -> NDArray[np.uint8]:
    part = np.ascontiguousarray(photograph[y : y + side, x : x + side])
    return np.asarray(cv2.resize(part, (48, 48), interpolation=cv2.INTER_AREA), np.uint8)


def _compressed(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    _, encoded = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _stamped(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    stamp = cv2.putText(face.copy(), "stock", (2, 44), cv2.FONT_HERSHEY_PLAIN, 0.6, 255)
    return np.asarray(cv2.addWeighted(face, 0.7, stamp, 0.3, 0), np.uint8)


PHOTOGRAPHS = [_photograph(seed) for seed in range(40)]
FACES = np.stack([_crop(photograph) for photograph in PHOTOGRAPHS])
CHANGES = {
    "the same": lambda photograph: _crop(photograph),
    "brighter": lambda photograph: np.clip(_crop(photograph) * 0.7 + 60, 0, 255).astype(np.uint8),
    "blurred": lambda photograph: cv2.GaussianBlur(_crop(photograph), (0, 0), 0.8),
    "compressed": lambda photograph: _compressed(_crop(photograph)),
    "stamped": lambda photograph: _stamped(_crop(photograph)),
    "moved": lambda photograph: _crop(photograph, x=13, y=5),
    "larger": lambda photograph: _crop(photograph, x=12, y=12, side=72),
    "smaller": lambda photograph: _crop(photograph, x=4, y=4, side=88),
    "mirrored": lambda photograph: _crop(photograph)[:, ::-1],
    "mirrored, moved": lambda photograph: _crop(photograph, x=12)[:, ::-1],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_copy_is_found_whatever_was_done_to_it(change: str) -> None:
    copies = np.stack([CHANGES[change](photograph) for photograph in PHOTOGRAPHS[:10]])
    found = near_copies(copies, FACES)
    assert found.dtype == np.intp
    assert found.tolist() == list(range(10))


def test_other_photographs_are_none() -> None:
    assert (near_copies(FACES[:20], FACES[20:]) == -1).all()
    others = np.random.default_rng(1).integers(0, 256, (30, 48, 48), np.uint8)
    assert (near_copies(others[:15], others[15:]) == -1).all()


def test_blank_pictures_are_nobodys_copies() -> None:
    blank = np.stack([np.full((48, 48), gray, np.uint8) for gray in (0, 0, 128, 255)])
    nearly = blank.copy()
    nearly[:, 20, 20] ^= 1  # one pixel by one gray level
    framed = blank.copy()
    framed[:, 0] = 200
    halved = blank.copy()
    halved[:, :, 24:] = 90
    for one in (blank, nearly, framed):
        for other in (blank, nearly, framed, halved, FACES):
            assert (near_copies(one, other) == -1).all()
            assert (near_copies(other, one) == -1).all()
    assert (near_copies(FACES, halved) == -1).all()


def test_rows_are_told_across_blocks() -> None:
    many = np.concatenate([FACES] * (2 * BLOCK // len(FACES)))
    assert (near_copies(many, FACES) == np.arange(len(many)) % len(FACES)).all()


def test_nothing_is_compared_with_nothing() -> None:
    assert near_copies(FACES[:0], FACES).tolist() == []
    assert near_copies(FACES[:3], FACES[:0]).tolist() == [-1, -1, -1]
