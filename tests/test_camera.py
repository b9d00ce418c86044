import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_live import camera
from fer_live.camera import CameraError, CameraInfo, ClipCamera, Source, WebCamera, open_camera, parse_source
from fer_live.frame import Frame
from fer_live.source import find_camera

Clip = Callable[[str], Path]


def frames_of(opened: camera.Camera) -> list[Frame]:
    with closing(opened):
        return list(camera.frames_of(opened))


def clip_of(path: Path | str, *, live: bool = False, loop: bool = False, mirror: bool = False) -> ClipCamera:
    return ClipCamera(str(path), live=live, loop=loop, mirror=mirror)


def test_there_is_one_cv2_and_it_is_the_one_that_mediapipe_brings() -> None:
    owners = set(packages_distributions()["cv2"])
    opencv = {name for found in distributions() if (name := found.metadata["Name"]).startswith("opencv")}
    assert owners == opencv == {"opencv-contrib-python"}


def test_a_clip_gives_every_frame_as_rgb(shared_clip: Clip) -> None:
    path = shared_clip("again.mkv")
    frames = frames_of(clip_of(path))
    plain = cv2.VideoCapture(str(path))
    expected = []
    while (decoded := plain.read())[0]:
        expected.append(decoded[1])
    plain.release()
    assert [frame.index for frame in frames] == list(range(len(expected)))
    for frame, bgr in zip(frames, expected, strict=True):
        np.testing.assert_array_equal(frame.rgb, bgr[:, :, ::-1])
        assert frame.rgb.flags.c_contiguous
    stamps = [frame.captured_at for frame in frames]
    assert stamps == sorted(set(stamps))


def test_a_clip_says_what_it_is(shared_clip: Clip) -> None:
    opened = clip_of(shared_clip("again.mkv"))
    assert (opened.title, opened.width, opened.height, opened.fps) == ("again.mkv", 640, 480, 30.0)
    opened.close()
    opened.close()


def test_mirror_flips_left_and_right_from_the_next_frame_on(shared_clip: Clip) -> None:
    path = shared_clip("book.mkv")
    plain = frames_of(clip_of(path))
    opened = clip_of(path, mirror=True)
    np.testing.assert_array_equal(opened.read().rgb, plain[0].rgb[:, ::-1])
    opened.mirror = False
    second = opened.read()
    np.testing.assert_array_equal(second.rgb, plain[1].rgb)
    opened.mirror = True
    third = opened.read()
    assert third.rgb.flags.c_contiguous
    opened.close()


def test_a_loop_starts_again_and_counts_on(shared_clip: Clip) -> None:
    path = shared_clip("bird.mkv")
    once = frames_of(clip_of(path))
    opened = clip_of(path, loop=True)
    twice = [opened.read() for _ in range(2 * len(once))]
    opened.close()
    assert [frame.index for frame in twice] == list(range(len(twice)))
    for first, again in zip(once, twice[len(once) :], strict=True):
        np.testing.assert_array_equal(first.rgb, again.rgb)


@dataclass
class Clock:
    """Time that passes only when somebody sleeps or works."""

    now_s: float = 1000.0

    def perf_counter(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(camera, "time", made)
    return made


def test_live_frames_come_at_the_clips_own_rate(shared_clip: Clip, clock: Clock) -> None:
    opened = clip_of(shared_clip("again.mkv"), live=True)
    stamps = [frame.captured_at for frame in frames_of(opened)]
    np.testing.assert_allclose(np.diff(stamps), 1 / 30, atol=1e-9)


class Stamped:
    """What cv2 says of a clip with these time stamps, as browsers record them: milliseconds and no rate."""

    def __init__(self, stamps_s: list[float], fps: float) -> None:
        self._stamps_s, self._fps, self._read = stamps_s, fps, 0
        self.frames = int(1000 * stamps_s[-1])

    def get(self, asked: int) -> float:
        told = {cv2.CAP_PROP_FPS: self._fps, cv2.CAP_PROP_FRAME_COUNT: self.frames}
        return self._stamps_s[self._read - 1] * 1000 if asked == cv2.CAP_PROP_POS_MSEC else told.get(asked, 0.0)

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray]:
        self._read += 1
        if self._read > len(self._stamps_s):
            self._stamps_s[-1] = 0.0  # as cv2 forgets it at the end
        return self._read <= len(self._stamps_s), np.zeros((4, 4, 3), np.uint8)

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    ("fps", "stamps", "steps"),
    [
        (1000.0, [0, 0.033, 0.068, 0.118, 0.135, 0.235], [1 / 30, 1 / 30, 0.05, 0.017, 0.1]),
        (50.0, [0, 0.02, 0.12, 0.22, 0.24], [0.02, 0.1, 0.1, 0.02]),
        (20.0, [0, 0.1, 0.1, 0.2, 0.2, 0.3], [0.1, 0.05, 0.05, 0.05, 0.05]),  # in pairs
        (20.0, [0, 0, 0, 0], [0.05, 0.05, 0.05]),
        (20.0, [0, 0.05, 9.0, 9.05, 3.0, 3.05], [0.05, 0.05, 0.05, 0.05, 0.05]),
    ],
)
def test_live_frames_come_when_the_clip_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, fps: float, stamps: list[float], steps: list[float]
) -> None:
    (tmp_path / "a.webm").touch()
    monkeypatch.setattr(cv2, "VideoCapture", lambda *words: Stamped([*stamps], fps))
    opened = clip_of(tmp_path / "a.webm", live=True, loop=True)
    assert opened.frames == (0 if fps == 1000 else int(1000 * stamps[-1]))
    came = [opened.read().captured_at for _ in range(2 * len(stamps))]
    np.testing.assert_allclose(np.diff(came), [*steps, 1 / opened.fps, *steps], atol=1e-9)


def test_a_number_of_frames_that_only_errs_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.webm").touch()
    seen = []
    for stamps in ([0, 0.25, 0.5, 0.75, 0.95], [0, 0.01, 0.02], [0, 0.25, 0.5]):
        cv2_says = Stamped(stamps, 100)
        cv2_says.frames = 100
        monkeypatch.setattr(cv2, "VideoCapture", lambda *words, says=cv2_says: says)
        opened = clip_of(tmp_path / "a.webm")
        assert opened.missing() == 0
        frames_of(opened)
        seen.append(opened.missing())
    assert seen == [0, 97, 97]


def test_a_late_reader_catches_up_and_misses_no_frame(shared_clip: Clip, clock: Clock) -> None:
    opened = clip_of(shared_clip("again.mkv"), live=True)
    start_s = opened.read().captured_at
    clock.now_s += 0.2
    late = [opened.read() for _ in range(12)]
    opened.close()
    assert [frame.index for frame in late] == list(range(1, 13))
    assert late[0].captured_at == late[5].captured_at == pytest.approx(start_s + 0.2)
    assert late[11].captured_at == pytest.approx(start_s + 12 / 30)  # no drift


def test_after_a_long_stop_a_clip_goes_on_instead_of_rushing(shared_clip: Clip, clock: Clock) -> None:
    opened = clip_of(shared_clip("again.mkv"), live=True)
    opened.read()
    clock.now_s += 60
    stamps = [opened.read().captured_at for _ in range(10)]
    opened.close()
    np.testing.assert_allclose(np.diff(stamps), 1 / 30, atol=1e-9)


def test_without_live_nothing_waits(shared_clip: Clip, clock: Clock) -> None:
    frames_of(clip_of(shared_clip("again.mkv")))
    assert clock.now_s == 1000.0


@pytest.mark.parametrize("name", ["grace_hopper.bmp", "four_faces.jpg"])
def test_a_picture_is_a_clip_of_one_frame(shared_clip: Clip, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"Bild ä 顔 {name}"
    path.write_bytes(shared_clip(name).read_bytes())
    frames = frames_of(clip_of(path))
    assert len(frames) == 1
    expected = cv2.imread(str(shared_clip(name)))
    assert expected is not None
    np.testing.assert_array_equal(frames[0].rgb, expected[:, :, ::-1])


def test_a_looped_picture_stands(shared_clip: Clip, clock: Clock) -> None:
    opened = clip_of(shared_clip("grace_hopper.bmp"), live=True, loop=True)
    frames = [opened.read() for _ in range(5)]
    opened.close()
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(frames[0].rgb, frames[4].rgb)
    assert frames[4].captured_at > frames[3].captured_at


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "notes.jpg"])
@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"this is no video\n" * 50, "cannot be decoded.*Convert it")],
    ids=["empty", "text"],
)
def test_what_cannot_be_decoded_is_told_in_words(
    tmp_path: Path, name: str, content: bytes, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CameraError, match=f"{name} {words}") as caught:
        clip_of(tmp_path / name)
    assert caught.value.kind == "unreadable"
    assert capfd.readouterr() == ("", "")


def test_a_clip_that_breaks_off_ends_there(shared_clip: Clip, tmp_path: Path) -> None:
    whole = shared_clip("again.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    frames = frames_of(clip_of(tmp_path / "cut.mkv"))
    assert 0 < len(frames) < len(frames_of(clip_of(shared_clip("again.mkv"))))


def test_a_picture_that_says_it_is_larger_than_any_is_told_in_words(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "huge.png").write_bytes(content)
    with pytest.raises(CameraError, match=r"huge\.png cannot be decoded"):
        clip_of(tmp_path / "huge.png")


@pytest.mark.parametrize("name", ["gone.mkv", "gone.png"])
def test_a_clip_that_is_gone_is_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(CameraError, match=name) as caught:
        clip_of(tmp_path / name)
    assert caught.value.kind == "missing"


class Sender(BaseHTTPRequestHandler):
    """/clip: a whole file. /stream: pictures without an end, until the third, then the line is cut."""

    content = b""
    picture = b""

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/clip":
            self.send_header("Content-Length", str(len(self.content)))
            self.end_headers()
            self.wfile.write(self.content)
            return
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        for _ in range(30):
            head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(self.picture)
            self.wfile.write(head + self.picture + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def sender(shared_clip: Clip) -> Iterator[str]:
    Sender.content = shared_clip("again.mkv").read_bytes()
    Sender.picture = shared_clip("four_faces.jpg").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sender)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_clip_behind_a_url_plays_to_its_end(sender: str, shared_clip: Clip) -> None:
    frames = frames_of(open_camera(Source("url", f"{sender}/clip"), live=False))
    assert len(frames) == len(frames_of(clip_of(shared_clip("again.mkv"))))


def test_a_stream_that_breaks_off_is_lost(sender: str, capfd: pytest.CaptureFixture[str]) -> None:
    opened = open_camera(Source("url", f"{sender}/stream"))
    read = 0
    kind = ""
    while not kind:
        try:
            assert opened.read().rgb.shape[2] == 3
            read += 1
        except CameraError as fault:
            kind = fault.kind
    opened.close()
    assert kind == "lost"
    assert read > 0
    assert capfd.readouterr().err == ""


def test_a_url_that_nobody_answers(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CameraError, match=r"does not open\. Check the address") as caught:
        clip_of("http://127.0.0.1:9/none")
    assert caught.value.kind == "unreadable"
    assert capfd.readouterr() == ("", "")


def cameras(monkeypatch: pytest.MonkeyPatch, *found: CameraInfo) -> None:
    monkeypatch.setattr("fer_live.source.list_cameras", lambda: list(found))


HD = CameraInfo(0, "HD Webcam", cv2.CAP_ANY, "")
BACK = CameraInfo(2, "Back Camera", cv2.CAP_ANY, "")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0", "webcam", "0"),
        (" 12 ", "webcam", "12"),
        ("hd webcam", "webcam", "HD Webcam"),
        ("back", "webcam", "Back Camera"),
        ("rtsp://user:secret@cam.local:554/live", "url", "rtsp://user:secret@cam.local:554/live"),
        ("HTTP://cam.local/x.mjpg", "url", "HTTP://cam.local/x.mjpg"),
        ("file:///some/where/x.mp4", "url", "file:///some/where/x.mp4"),
    ],
)
def test_sources_as_people_write_them(monkeypatch: pytest.MonkeyPatch, text: str, kind: str, value: str) -> None:
    cameras(monkeypatch, HD, BACK)
    assert (parse_source(text).kind, parse_source(text).value) == (kind, value)


@pytest.mark.parametrize("name", [" a.mkv", "a.mkv ", "a.mkv", " 0"])
def test_a_clip_s_name_may_begin_or_end_with_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "a.mkv").touch()
    (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    for text in (name, str(tmp_path / name)):
        assert parse_source(text) == Source("clip", str(tmp_path / name))
    assert parse_source("  a.mkv").value == str(tmp_path / "a.mkv")


def test_a_clip_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mkv").touch()
    monkeypatch.chdir(tmp_path)
    assert parse_source("a.mkv") == Source("clip", str(tmp_path / "a.mkv"))


@pytest.mark.parametrize("text", ["a" * 5000 + ".mkv", "~no-such-user-here/a.mkv"])
def test_a_path_that_the_system_will_not_look_at_is_missing(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_live.source.list_cameras", list)
    for opened in (parse_source, lambda text: clip_of(Path(text))):
        with pytest.raises(CameraError, match="No such clip"):
            opened(text)


def test_a_clip_may_be_called_after_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = cv2.VideoWriter(str(tmp_path / "made.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for _ in range(3):
        writer.write(np.zeros((48, 64, 3), np.uint8))
    writer.release()
    (tmp_path / "made.avi").rename(tmp_path / "12:30:00.avi")
    assert len(frames_of(clip_of("12:30:00.avi"))) == 3


def test_a_file_goes_before_a_camera_of_that_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cameras(monkeypatch, HD)
    (tmp_path / "HD Webcam").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    assert parse_source("HD Webcam") == Source("clip", str(tmp_path / "HD Webcam"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gone.mp4", "No such clip: gone.mp4"),
        ("some/folder", "No such clip: some/folder"),
        ("/", "/ is a folder. Name a clip in it"),
        ("Front", 'called "Front". Cameras found: HD Webcam .0.'),
        ("", "No camera or clip"),
        ("1" * 5000, 'called "1+". Cameras found: HD Webcam .0.'),
    ],
)
def test_no_such_source_is_told_with_what_there_is(monkeypatch: pytest.MonkeyPatch, text: str, words: str) -> None:
    cameras(monkeypatch, HD)
    with pytest.raises(CameraError, match=words) as caught:
        parse_source(text)
    assert caught.value.kind == "missing"


@pytest.mark.parametrize("text", ["http://[cam.local", "rtsp://"])
def test_what_only_begins_like_an_address_is_told(text: str) -> None:
    with pytest.raises(CameraError, match="is not an address such as") as caught:
        parse_source(text)
    assert caught.value.kind == "unreadable"


def test_titles_are_for_people_and_show_no_password() -> None:
    assert Source("webcam", "0").title == "Camera 0"
    assert Source("webcam", "HD Webcam").title == "HD Webcam"
    assert Source("clip", "/some/where/again.mkv").title == "again.mkv"
    assert Source("url", "rtsp://user:secret@cam.local:554/live").title == "rtsp://cam.local:554/live"


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("rtsp://10.0.0.5:554/user=admin&password=X&channel=1&stream=0.sdp", "rtsp://10.0.0.5:554"),
        ("rtsp://10.0.0.5/admin=X/live", "rtsp://10.0.0.5"),
        ("http://cam.local/Token/X/live", "http://cam.local"),
        ("rtsp://admin:pass#1@cam.local:554/live", "rtsp://cam.local:554/live"),
        ("rtsp://admin:p/a?s@s@cam.local/live", "rtsp://cam.local/live"),
        ("rtsp://admin:p[a@cam.local/live", "rtsp://cam.local/live"),
        ("http://me@cam.local/@here/live", "http://cam.local/@here/live"),
        ("http://cam.local:8080/live@2", "http://cam.local:8080/live@2"),
        ("http://cam.local/design/live", "http://cam.local/design/live"),
        ("file:///home/me/passport.mp4", "file:///home/me/passport.mp4"),
    ],
)
def test_what_may_be_a_password_in_an_address_is_not_shown(address: str, title: str) -> None:
    assert parse_source(address).title == title


def test_a_user_without_a_host_is_no_address() -> None:
    with pytest.raises(CameraError, match="is not an address"):
        parse_source("rtsp://admin:pass#1@")


def test_no_camera_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras(monkeypatch)
    with pytest.raises(CameraError, match=r"No camera found\. Plug one in, or open a clip") as caught:
        WebCamera("0")
    assert caught.value.kind == "missing"


def test_a_camera_that_is_not_there_names_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras(monkeypatch, HD, BACK)
    words = r"Camera 7 is not there\. Cameras found: HD Webcam \(0\), Back Camera \(2\)\."
    with pytest.raises(CameraError, match=words) as caught:
        WebCamera("7")
    assert caught.value.kind == "missing"


def test_a_part_of_a_name_is_for_typed_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras(monkeypatch, CameraInfo(2, "HD Webcam C270 ", cv2.CAP_ANY, ""))
    whole = Source("webcam", "HD Webcam C270 ")
    assert parse_source("hd webcam") == parse_source(whole.value, exact=True) == whole
    for find in (find_camera, lambda text: parse_source(text, exact=True)):
        with pytest.raises(CameraError, match=r"Cameras found: HD Webcam C270  \(2\)\.") as caught:
            find("HD Webcam")
        assert caught.value.kind == "missing"


A, B = CameraInfo(0, "HD Webcam", cv2.CAP_ANY, "usb A"), CameraInfo(2, "HD Webcam", cv2.CAP_ANY, "usb B")


@pytest.mark.parametrize(
    ("listed", "value", "left", "found"),
    [
        ([A, B], "2", [A], None),
        ([A, B], "2", [replace(B, index=0)], 0),
        ([A, B], "2", [A, replace(B, path="usb C")], None),
        ([A], "0", [replace(A, index=4, path="usb C")], 4),
        ([A], "HD Webcam", [replace(A, path="usb C"), B], None),
        ([A], "0", [replace(A, index=1, path="usb C"), replace(A, index=4)], 4),
        ([HD], "0", [replace(HD, index=3)], 3),
        ([HD, replace(HD, index=1)], "1", [HD], None),
        ([HD, BACK], "0", [replace(BACK, index=0)], None),
        ([HD], "0", [CameraInfo(0, "HD Webcam C270", cv2.CAP_ANY, "")], None),
    ],
)
def test_the_very_camera_is_found_again_or_none(
    monkeypatch: pytest.MonkeyPatch, listed: list[CameraInfo], value: str, left: list[CameraInfo], found: int | None
) -> None:
    cameras(monkeypatch, *listed)
    only = find_camera(value)
    cameras(monkeypatch, *left)
    if found is not None:
        assert find_camera(only.name, only).index == found
        return
    with pytest.raises(CameraError, match="HD Webcam is not there") as caught:
        find_camera(only.name, only)
    assert caught.value.kind == "missing"


def test_a_camera_found_again_beside_none_of_its_name_still_had_a_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras(monkeypatch, A, B)
    only = find_camera("2")
    cameras(monkeypatch, B)
    only = find_camera(only.name, only)
    cameras(monkeypatch, A)
    with pytest.raises(CameraError, match="is not there"):
        find_camera(only.name, only)


def test_a_camera_that_gives_no_picture(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    cameras(monkeypatch, CameraInfo(63, "Held Camera", cv2.CAP_ANY, ""))
    with pytest.raises(CameraError, match=r"Held Camera gives no picture.*lose") as caught:
        WebCamera("63")
    assert caught.value.kind == "busy"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid"), reason="Linux device files")
def test_a_camera_that_the_system_refuses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cameras(monkeypatch, CameraInfo(0, "HD Webcam", cv2.CAP_ANY, "/dev/video0"))
    monkeypatch.setattr(os, "access", lambda path, mode: path != "/dev/video0")
    with pytest.raises(CameraError, match=r'does not let you use HD Webcam.*group "video"') as caught:
        WebCamera("hd webcam")
    assert caught.value.kind == "busy"


def test_a_camera_is_listed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import cv2_enumerate_cameras as listed
    from cv2_enumerate_cameras.camera_info import CameraInfo as Found

    backend = listed.supported_backends[-1]
    found = [
        Found(4, "Other", "/dev/video4", None, None, backend),
        Found(1, "HD Webcam", "/dev/video1", None, None, backend),
        Found(0, "HD Webcam", "/dev/video0", None, None, backend),
    ]
    hardware = {"/dev/video0": "usb1", "/dev/video1": "usb1", "/dev/video4": "usb2"}
    monkeypatch.setattr(listed, "enumerate_cameras", lambda preference: found)
    monkeypatch.setattr("fer_live.source._device", hardware.get)
    seen = [(info.index, info.name) for info in camera.list_cameras()]
    assert seen == [(0, "HD Webcam"), (4, "Other")]
