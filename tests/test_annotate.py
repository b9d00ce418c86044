"""A clip's video from a table that somebody edited, and to places where none can be written."""

import csv
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_live import cli
from fer_live.annotate import draw_clip
from fer_live.clip_table import TableError
from fer_live.face_rows import head


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (64, 48))
    for _ in range(3):
        writer.write(np.full((48, 64, 3), 90, np.uint8))
    writer.release()
    return path


def _table(path: Path, **cells: str) -> Path:
    """Three frames with a face; the last one's row has ``cells``."""
    columns = head(["happy"])
    rows = [
        [f"{frame / 20:.3f}", frame, *"111", *("8.0",) * 4, "0.9", "int8", "happy", *("0.9",) * 2] for frame in range(3)
    ]
    for name, cell in cells.items():
        rows[2][columns.index(name)] = cell
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def test_a_whole_table_is_drawn(tmp_path: Path, clip: Path) -> None:
    assert draw_clip(clip, _table(tmp_path / "t.csv"), tmp_path / "out.mp4") == 3


@pytest.mark.parametrize(
    "cells",
    [
        {"x": "abc"},
        {"y": ""},
        {"w": "nan"},
        {"h": "-inf"},
        {"x": "1e300"},
        {"w": "2147483648"},
        {"score": "nan"},
        {"score": "high"},
        {"frame": "two"},
        {"time_s": "late"},
        {"label": "y" * 140_000},
    ],
)
def test_a_table_that_was_altered_is_told_and_the_earlier_video_stays(
    tmp_path: Path, clip: Path, cells: dict[str, str]
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"earlier")
    with pytest.raises(TableError, match=r"t\.csv was altered since it was made and cannot be drawn; restore it"):
        draw_clip(clip, _table(tmp_path / "t.csv", **cells), out)
    assert out.read_bytes() == b"earlier"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "t.csv", "out.mp4"}


@pytest.mark.parametrize(
    ("video", "told"),
    [
        ("folder.mp4", "folder.mp4, which is a folder; name a file in it"),
        ("clip.mp4/new/out.mp4", "--video cannot write into {tmp}/clip.mp4, which is no folder; choose another"),
        (f"{'a' * 300}.mp4", "; choose another"),
        (f"{'a' * 300}/out.mp4", "/out.mp4: "),
        pytest.param(
            *("/proc/out.mp4", "--video cannot write to /proc/out.mp4: "),
            marks=pytest.mark.skipif(sys.platform != "linux", reason="a folder where nobody may write"),
        ),
    ],
)
def test_a_video_that_cannot_be_written_is_refused_before_the_clip_is_read(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str], video: str, told: str
) -> None:
    (tmp_path / "folder.mp4").mkdir()
    words = ["analyze", str(clip), "--csv", str(tmp_path / "csv"), "--video", str(tmp_path / video)]
    assert cli.main(words) == 2
    err = capsys.readouterr().err
    assert told.format(tmp=tmp_path) in err
    assert err.count("\n") == 1
    assert not (tmp_path / "csv").exists()
