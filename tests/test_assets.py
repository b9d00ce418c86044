import hashlib
import re

import pytest

from fer_live.camera import EndOfClip, open_camera
from fer_live.faces import FaceFinder
from fer_live.manifest import shipped
from fer_live.source import parse_source

DETECTORS = {
    "face_detection_short_range.tflite": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "face_detection_full_range_sparse.tflite": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
}


@pytest.mark.parametrize(("name", "sha256"), DETECTORS.items())
def test_the_detectors_are_unchanged_and_their_origin_is_told(name: str, sha256: str) -> None:
    assert hashlib.sha256((shipped("assets") / name).read_bytes()).hexdigest() == sha256
    assert sha256 in (shipped("assets") / "NOTICE.md").read_text(encoding="utf-8")


def test_the_notice_names_every_file_and_the_licence_is_there() -> None:
    files = {path.name for path in shipped("assets").iterdir()}
    named = set(re.findall(r"`([\w-]+\.\w+)`", (shipped("assets") / "NOTICE.md").read_text(encoding="utf-8")))
    assert files - {"NOTICE.md"} <= named
    assert "Apache License" in (shipped("assets") / "LICENSE-mediapipe.txt").read_text(encoding="utf-8")


def test_the_demo_shows_one_large_face_in_every_frame() -> None:
    demo = shipped("assets") / "demo.mp4"
    assert demo.stat().st_size < 1_000_000
    camera = open_camera(parse_source(str(demo)), live=False)
    widths = []
    try:
        assert (camera.width, camera.height, round(camera.fps)) == (640, 480, 30)
        with FaceFinder() as finder:
            while True:
                (face,) = finder.find(camera.read().rgb)
                widths.append(face.box.w)
    except EndOfClip:
        pass
    finally:
        camera.close()
    assert len(widths) == 240
    assert min(widths) > 120
