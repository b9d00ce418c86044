import csv
import errno
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_live.dataset import (
    FER2013_LABELS,
    DataError,
    find_photos,
    read_fer2013,
    read_ferplus,
    read_folder,
    read_photo,
)

FACES = np.random.default_rng(3).integers(0, 256, (4, 48, 48)).astype(np.uint8)


def _fer2013(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("emotion", "pixels", "Usage"), *rows])
    return path


def _pixels(row: int) -> str:
    return " ".join(map(str, FACES[row].ravel().tolist()))


def test_fer2013_is_read_by_split(tmp_path: Path) -> None:
    splits = ("Training", "PublicTest", "PrivateTest", "PublicTest")
    path = _fer2013(tmp_path / "f.csv", [(str(row), _pixels(row), split) for row, split in enumerate(splits)])
    public = read_fer2013(path, "PublicTest")
    assert (public.faces == FACES[[1, 3]]).all()
    assert public.labels.tolist() == [1, 3]
    assert public.names == FER2013_LABELS
    assert len(read_fer2013(path)) == 4


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("7", _pixels(0), "Training"), "line 2: unknown label '7'"),
        (("happy", _pixels(0), "Training"), "line 2: unknown label 'happy'"),
        (("0", "1 2 3", "Training"), "line 2: 3 pixels instead of 2304"),
        (("0", _pixels(0).replace(" ", " 999 ", 1).rsplit(" ", 1)[0], "Training"), "outside 0..255"),
        (("0", _pixels(0).replace(" ", f" {10**30} ", 1).rsplit(" ", 1)[0], "Training"), "not a whole number from 0"),
        (("0", _pixels(0).replace(" ", " x ", 1).rsplit(" ", 1)[0], "Training"), "not a whole number"),
    ],
)
def test_a_broken_row_is_named_by_its_line(tmp_path: Path, row: tuple[str, str, str], told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_fer2013(_fer2013(tmp_path / "f.csv", [row]))


@pytest.mark.parametrize("split", ["PublicTest", "Training", None])
def test_a_file_that_was_cut_within_a_row_is_named_by_its_line(tmp_path: Path, split: str | None) -> None:
    path = _fer2013(tmp_path / "f.csv", [("0", _pixels(0), "Training"), ("0", _pixels(1), "Training")])
    path.write_text(path.read_text()[:-100])
    with pytest.raises(DataError, match="line 3: cut off before Usage; fetch the file again"):
        read_fer2013(path, split)


def test_an_unknown_split_lists_the_known(tmp_path: Path) -> None:
    path = _fer2013(tmp_path / "f.csv", [("0", _pixels(0), "Training")])
    with pytest.raises(DataError, match=r"no rows with Usage 'Test' \(splits in this file: Training\)"):
        read_fer2013(path, "Test")


@pytest.mark.parametrize("vote", ["nan", "inf", "-3", "1e39", "many"])
def test_a_vote_that_is_no_count_is_named_by_its_line(tmp_path: Path, vote: str) -> None:
    columns = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"
    path = tmp_path / "votes.csv"
    path.write_text(f"Usage,{columns}\nTraining,0,0,0,0,0,0,0,10\nTraining,0,{vote},0,0,0,0,0,10\n")
    with pytest.raises(DataError, match="line 3: a vote is not a number"):
        read_ferplus(path)


def test_ferplus_votes_are_read_in_the_projects_order(tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    head = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    path.write_text(f"{head}\nTraining,fer0.png,4,0,0,1,3,2,0,0,0,0\n")
    votes, splits = read_ferplus(path)
    assert votes.tolist() == [[4, 0, 0, 1, 3, 2, 0, 0]]
    assert splits == ("Training",)


def _picture(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(path.suffix, pixels)[1].tofile(path)


def test_a_folder_per_class_is_read_with_the_projects_names(tmp_path: Path) -> None:
    _picture(tmp_path / "Anger" / "a.png", FACES[0])
    _picture(tmp_path / "happiness" / "deep" / "b.PNG", FACES[1])
    _picture(tmp_path / "contempt" / "ü c.bmp", FACES[2])
    (tmp_path / "happiness" / "notes.txt").write_text("no picture")
    found = read_folder(tmp_path)
    assert found.names == ("angry", "contempt", "happy")
    assert [found.names[label] for label in found.labels] == ["angry", "contempt", "happy"]
    assert (found.faces == FACES[[0, 2, 1]]).all()


def test_faces_of_other_sizes_are_resized(tmp_path: Path) -> None:
    big = np.kron(FACES[0], np.ones((3, 3), np.uint8))
    _picture(tmp_path / "sad" / "big.png", big)
    _picture(tmp_path / "sad" / "colour.png", np.repeat(FACES[0][:, :, None], 3, axis=2))
    _picture(tmp_path / "sad" / "small.png", FACES[0][:24, :30])
    faces = read_folder(tmp_path).faces
    assert faces.shape == (3, 48, 48)
    assert (faces[0] == FACES[0]).all()
    assert np.abs(faces[1].astype(int) - FACES[0]).max() <= 1


def test_a_split_is_a_folder_above_the_labels(tmp_path: Path) -> None:
    _picture(tmp_path / "test" / "happy" / "a.png", FACES[0])
    _picture(tmp_path / "train" / "sad" / "a.png", FACES[1])
    assert find_photos(tmp_path, "test").names == ("happy",)
    with pytest.raises(DataError, match=r"no sub-folder 'dev' \(it has: test, train\)"):
        find_photos(tmp_path, "dev")


def test_a_folder_without_pictures_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected one sub-folder per label"):
        read_folder(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        read_folder(tmp_path / "none")


def test_a_label_that_may_not_be_read_is_not_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _picture(tmp_path / "happy" / "a.png", FACES[0])
    _picture(tmp_path / "sad" / "deep" / "a.png", FACES[1])
    scandir = os.scandir

    def refusing(path: str | os.PathLike[str]) -> object:
        if Path(path).name == "deep":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(DataError, match=r"sad.deep: cannot be read \(Permission denied\)"):
        find_photos(tmp_path)


def test_the_folder_of_one_label_is_told_from_that_of_all(tmp_path: Path) -> None:
    _picture(tmp_path / "faces" / "happy" / "a.png", FACES[0])
    with pytest.raises(DataError, match=r"happy is the folder of one label; name .*faces, which has them all"):
        read_folder(tmp_path / "faces" / "happy")


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.png: not a picture"):
        read_folder(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif"])
def test_of_a_picture_that_was_cut_off_its_decoder_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], suffix: str
) -> None:
    whole = cv2.imencode(suffix, np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8))[1].tobytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="not a picture that can be decoded; fetch it again or take it out"):
        read_photo(path)
    assert capfd.readouterr() == ("", "")


def test_photos_are_rgb(tmp_path: Path) -> None:
    bgr = np.zeros((5, 6, 3), np.uint8)
    bgr[:, :, 2] = 200
    _picture(tmp_path / "red.png", bgr)
    assert read_photo(tmp_path / "red.png")[0, 0].tolist() == [200, 0, 0]
