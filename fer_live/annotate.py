"""A clip with what its table says drawn into it: boxes and labels. Written beside, read again and then renamed.

Made from the clip and the finished table, not while the frames are analysed: so it costs no variant any time, and a
run that was killed loses nothing of it.
"""

import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_live.camera import ClipCamera, frames_of
from fer_live.clip_table import TableError, last_frame, read_marks
from fer_live.growing import FolderError, RecordError, reason
from fer_live.palette import emotion_colour
from fer_live.stats import measurement
from fer_live.video import believable_fps, speakable

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
CODEC: Final = "mp4v"  # the one that OpenCV's own FFmpeg can always write
FARTHEST_PX: Final = 1e6  # from a frame's corner that a box can be; cv2 counts in 32 bits
ROUNDED: Final = 0.05  # of a rate that is taken from time stamps in milliseconds
Colour = tuple[float, float, float]  # blue, green, red


def draw_clip(clip: Path, table: Path, out: Path, progress: Callable[[int, int], None] = lambda done, of: None) -> int:
    """Write ``out`` (an .mp4) and return its frames; ``progress(frames done, of)`` after each.

    Raises RecordError when it cannot be written, and what was there stays; CameraError when the clip cannot be read,
    TableError when somebody wrote into the table what cannot be drawn.
    """
    if not speakable(os.path.abspath(out)):
        raise FolderError(f"the name {str(out)!a} is not UTF-8; choose another")
    with closing(ClipCamera(str(clip), live=False, loop=False)) as camera:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            # A folder, since any name that could be made up for a file may be the clip's own.
            with tempfile.TemporaryDirectory(prefix="fer_live-", dir=out.parent) as beside:
                partial = Path(beside) / f"part{out.suffix}"
                frames = _write(camera, table, partial, progress)
                os.replace(partial, out)
        except OSError as error:
            raise RecordError(f"no video can be written to {out}: {reason(error)}") from error
    return frames


def _write(camera: ClipCamera, table: Path, path: Path, progress: Callable[[int, int], None]) -> int:
    fourcc, size = cv2.VideoWriter.fourcc(*CODEC), (camera.width, camera.height)
    writer = cv2.VideoWriter(str(path), fourcc, _fps(camera, table), size)
    if not writer.isOpened():
        raise FolderError(f"no video can be written to {path.parent.parent}; choose another folder")
    try:
        frames = _draw(camera, table, writer, progress)
    finally:
        writer.release()
    if _frames_in(path) != frames:  # all that tells of a full disk: the writer says nothing
        raise OSError(0, "what was written cannot be read again; is the disk full?")
    return frames


def _fps(camera: ClipCamera, table: Path) -> float:
    """The clip's rate, or where that does not fit its time stamps, the one that keeps its length."""
    with _unaltered(table):
        last, at_s = last_frame(table)
    even = believable_fps(last / at_s, camera.fps) if last and at_s > 0 else camera.fps
    return even if abs(even / camera.fps - 1) > ROUNDED else camera.fps


def _frames_in(path: Path) -> int:
    video, frames = cv2.VideoCapture(str(path)), 0
    while video.grab():
        frames += 1
    video.release()
    return frames


def _draw(camera: ClipCamera, table: Path, writer: cv2.VideoWriter, progress: Callable[[int, int], None]) -> int:
    frames = 0
    for rows, frame in zip(_marks(table), frames_of(camera), strict=False):  # the file may be cut off by now
        bgr = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)
        several = len({row["variant"] for row in rows}) > 1
        for _, marks in groupby(rows, lambda row: row["face"]):
            draw_face(bgr, list(marks), several)
        writer.write(bgr)
        frames += 1
        progress(frames, camera.frames)
    return frames


def _marks(table: Path) -> Iterator[list[dict[str, str]]]:
    """The rows to draw, frame by frame."""
    with _unaltered(table):
        for _, rows in read_marks(table):
            for row in rows:
                measurement(row["score"])
                if not all(abs(float(row[side])) < FARTHEST_PX for side in ("x", "y", "w", "h")):  # NaN is not
                    raise ValueError
            yield rows


@contextmanager
def _unaltered(table: Path) -> Iterator[None]:
    """TableError for cells that no analysis writes."""
    try:
        yield
    except (ValueError, TypeError, csv.Error) as error:  # TypeError: a row with too few cells
        told = f"{table} was altered since it was made and cannot be drawn"
        raise TableError(f"{told}; restore it, delete it, or give another folder") from error


def draw_face(bgr: NDArray[Any], rows: Sequence[dict[str, str]], several: bool) -> None:
    """Draw one face's box, in the colour of its first row's label, and a line per row above it (else below)."""
    height, width = bgr.shape[:2]
    scale = max(0.45, height / 1000)
    thick = max(1, round(2 * scale))
    x, y, w, h = (round(float(rows[0][side])) for side in ("x", "y", "w", "h"))
    cv2.rectangle(bgr, (x, y), (x + w, y + h), _colour(rows[0]["label"]), thick + 1, cv2.LINE_AA)
    lines = [f"{row['label']} {float(row['score']):.2f}" for row in rows]
    if several:
        lines = [f"{row['variant']}: {line}" for row, line in zip(rows, lines, strict=True)]
    lines[0] = f"{rows[0]['track']}  {lines[0]}"
    sizes = [cv2.getTextSize(line, FONT, scale, thick)[0] for line in lines]
    step = max(size[1] for size in sizes) + 2 * (pad := round(8 * scale))
    top = y - step * len(lines) if y >= step * len(lines) else min(y + h, height - step * len(lines))
    left = max(0, min(x, width - max(size[0] for size in sizes) - 2 * pad))
    for row, line, size in zip(rows, lines, sizes, strict=True):
        colour = _colour(row["label"])
        cv2.rectangle(bgr, (left, top), (left + size[0] + 2 * pad, top + step), colour, cv2.FILLED)
        ink = (0, 0, 0) if np.dot(colour, (0.114, 0.587, 0.299)) > 110 else (255, 255, 255)
        cv2.putText(bgr, line, (left + pad, top + step - pad), FONT, scale, ink, thick, cv2.LINE_AA)
        top += step


def _colour(label: str) -> Colour:
    text = emotion_colour(label)
    return int(text[5:7], 16), int(text[3:5], 16), int(text[1:3], 16)
