import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_live import faces
from fer_live.camera import ClipCamera, EndOfClip
from fer_live.faces import FaceError, FaceFinder

Clip = Callable[[str], Path]


@pytest.fixture
def finder() -> Iterator[FaceFinder]:
    with FaceFinder() as made:
        yield made


def pictures(path: Path, count: int = 1000) -> Iterator[NDArray[np.uint8]]:
    camera = ClipCamera(str(path), live=False, loop=False)
    try:
        for _ in range(count):
            yield camera.read().rgb
    except EndOfClip:
        pass
    finally:
        camera.close()


def test_a_face_in_every_frame_with_its_eyes_where_eyes_are(shared_clip: Clip, finder: FaceFinder) -> None:
    for rgb in pictures(shared_clip("again.mkv")):
        person = min(finder.find(rgb), key=lambda face: face.box.y)  # below it, a skull printed on the shirt
        box, (left, right) = person.box, person.eyes
        assert 0.5 <= person.score <= 1
        assert person.track == 0
        assert type(person.score) is type(box.x) is type(left[0]) is float
        assert box.x < left[0] < right[0] < box.x + box.w
        assert box.y < left[1] < box.y + box.h / 2


def test_two_clips_in_sequence_and_the_same_frame_twice(shared_clip: Clip, finder: FaceFinder) -> None:
    """In VIDEO mode mediapipe refuses a time that it has seen: the finder must count on by itself."""
    first = next(pictures(shared_clip("again.mkv")))
    assert finder.find(first) == finder.find(first)
    for name in ("again.mkv", "book.mkv", "again.mkv"):
        for rgb in pictures(shared_clip(name), 5):
            assert finder.find(rgb)


def test_frames_of_different_sizes(shared_clip: Clip, finder: FaceFinder) -> None:
    rgb = next(pictures(shared_clip("book.mkv")))
    wide = finder.find(rgb)[0]
    cut = finder.find(np.ascontiguousarray(rgb[:, 60:]))[0]
    assert cut.box.centre == pytest.approx((wide.box.centre[0] - 60, wide.box.centre[1]), abs=6)


def test_nobody(shared_clip: Clip, finder: FaceFinder) -> None:
    assert [finder.find(rgb) for rgb in pictures(shared_clip("no_face.mp4"), 10)] == [()] * 10
    assert finder.find(np.zeros((480, 640, 3), np.uint8)) == ()


@pytest.mark.parametrize(("full_range", "people"), [(False, 2), (True, 4)])
def test_several_people_largest_first(shared_clip: Clip, full_range: bool, people: int) -> None:
    """Two of the four are further away than the short-range detector sees."""
    with FaceFinder(full_range) as finder:
        found = finder.find(next(pictures(shared_clip("four_faces.jpg"))))
    assert len(found) == people
    areas = [face.box.w * face.box.h for face in found]
    assert areas == sorted(areas, reverse=True)


@pytest.mark.parametrize("cut", [(0, 200), (0, 220), (166, 0), (180, 0), (160, 190)], ids=str)
def test_the_box_of_a_face_at_the_edge_reaches_over_it(
    shared_clip: Clip, finder: FaceFinder, cut: tuple[int, int]
) -> None:
    """Mediapipe moves such a box inwards, and the crop with it: it must be where it was in the whole picture."""
    rgb = next(pictures(shared_clip("grace_hopper.bmp")))
    whole = finder.find(rgb)[0].box
    top, left = cut
    found = finder.find(np.ascontiguousarray(rgb[top:, left:]))[0].box
    assert found.centre == pytest.approx((whole.centre[0] - left, whole.centre[1] - top), abs=0.13 * whole.w)
    assert (found.x < 0, found.y < 0) == (whole.x < left, whole.y < top)


@pytest.mark.parametrize("turned", [-20, 20])
def test_the_eyes_tell_the_roll(shared_clip: Clip, finder: FaceFinder, turned: int) -> None:
    rgb = next(pictures(shared_clip("grace_hopper.bmp")))
    height, width = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -turned, 1.0)
    rolled = np.asarray(cv2.warpAffine(rgb, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    before, after = (_roll(finder.find(picture)[0].eyes) for picture in (rgb, rolled))
    assert after - before == pytest.approx(turned, abs=5)


def test_closing_twice_is_fine() -> None:
    finder = FaceFinder()
    finder.close()
    finder.close()


def test_mediapipe_says_nothing_on_the_terminal(shared_clip: Clip) -> None:
    script = (
        "import sys, numpy, cv2\n"
        "from fer_live.faces import FaceFinder\n"
        "with FaceFinder(full_range=True) as far, FaceFinder() as finder:\n"
        "    rgb = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2RGB)\n"
        "    for width in range(512, 500, -1):\n"
        "        assert finder.find(rgb[:, :width].copy()) and far.find(rgb)\n"
        "print('done')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(shared_clip("four_faces.jpg"))], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\n", "")


def test_mediapipe_comes_without_plotting_and_microphones() -> None:
    """On a new machine matplotlib looks through all fonts first, which would cost the first start many seconds."""
    script = (
        "import sys\n"
        "from fer_live.faces import FaceFinder\n"
        "FaceFinder().close()\n"
        "print([name for name in ('matplotlib', 'matplotlib.pyplot', 'sounddevice') if name in sys.modules])\n"
        "import matplotlib.pyplot\n"
        "print(matplotlib.pyplot.figure.__name__)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "[]\nfigure\n")


def test_what_others_write_while_mediapipe_loads_is_kept(capfd: pytest.CaptureFixture[str]) -> None:
    with faces._without_noise():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\na real fault\n")
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "a real fault\nlater\n"


def test_without_a_temporary_folder_it_is_only_louder(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def none() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("fer_live.terminal.tempfile.TemporaryFile", none)
    with faces._without_noise():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
    assert capfd.readouterr().err == "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its own word for it")
def test_where_mediapipe_ends_the_process_is_said() -> None:
    script = (
        "import os; from fer_live.terminal import crash_loudly; from fer_live.faces import _without_noise\n"
        "crash_loudly()\n"
        "def load():\n    os.abort()\n"
        "with _without_noise():\n    load()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode < 0
    assert "Aborted" in ended.stderr
    assert "in load" in ended.stderr


def test_a_fault_in_loading_is_raised_and_the_terminal_given_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / faces.SHORT_RANGE).write_bytes(b"no model")
    monkeypatch.setattr(faces, "shipped", lambda name: tmp_path)
    with pytest.raises(FaceError, match=r"short_range.tflite cannot be loaded \(.+\); install fer_live again"):
        FaceFinder()
    with pytest.raises(FaceError, match=r"full_range_sparse.tflite cannot be loaded \(No such file"):
        FaceFinder(full_range=True)
    capfd.readouterr()
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "later\n"


def _roll(eyes: tuple[tuple[float, float], tuple[float, float]]) -> float:
    (left_x, left_y), (right_x, right_y) = eyes
    return math.degrees(math.atan2(right_y - left_y, right_x - left_x))
