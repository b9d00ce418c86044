"""Makes assets/demo.mp4: a slow pan and zoom over NASA's portrait of Eileen Collins, for when there is no camera.

The picture comes with scikit-image (``skimage.data.astronaut()``, public domain). fer_live does not depend on that:
``python3 -m venv /tmp/demo && /tmp/demo/bin/pip install -c packaging/constraints.txt scikit-image
opencv-contrib-python && /tmp/demo/bin/python packaging/make_demo.py``
"""

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

WIDTH, HEIGHT, FPS, SECONDS = 640, 480, 30, 8
FACE = (222.0, 120.0)  # the middle of the face in the 512 x 512 portrait, pixels
WIDEST, NARROWEST = 420.0, 260.0  # pixels of the portrait across one frame
GRAIN = (
    0.8  # sigma of the blur that takes the film's grain off, pixels of the portrait: grain is most of the clip's size
)
DRIFT = (30.0, 14.0)  # how far the view wanders off the face, pixels of the portrait
TARGET = Path(__file__).parents[1] / "assets" / "demo.mp4"


def frames(portrait: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The clip's frames; the last leads into the first, so that it can be played in a loop."""
    for number in range(FPS * SECONDS):
        turn = 2 * math.pi * number / (FPS * SECONDS)
        across = (WIDEST + NARROWEST) / 2 + (WIDEST - NARROWEST) / 2 * math.cos(turn)
        scale = WIDTH / across
        x = FACE[0] + DRIFT[0] * math.sin(turn)
        y = FACE[1] + DRIFT[1] * math.sin(2 * turn)
        x = min(max(x, across / 2), portrait.shape[1] - across / 2)
        down = across * HEIGHT / WIDTH
        y = min(max(y, down / 2), portrait.shape[0] - down / 2)
        view = np.array([[scale, 0, WIDTH / 2 - scale * x], [0, scale, HEIGHT / 2 - scale * y]])
        yield cv2.warpAffine(portrait, view, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC).astype(np.uint8)


def main() -> None:
    """Writes the clip (MPEG-4 part 2, which every build of OpenCV reads)."""
    portrait = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR).astype(np.uint8)
    portrait = cv2.GaussianBlur(portrait, (0, 0), GRAIN).astype(np.uint8)
    writer = cv2.VideoWriter(str(TARGET), cv2.VideoWriter.fourcc(*"mp4v"), FPS, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise SystemExit(f"{TARGET}: this OpenCV cannot write MPEG-4")
    for frame in frames(portrait):
        writer.write(frame)
    writer.release()
    print(f"{TARGET}: {TARGET.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
