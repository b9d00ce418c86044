from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from fer_live.gui import theme, words
from fer_live.gui.news import recording_news
from fer_live.gui.notices import Notices
from fer_live.gui.statusbar import Figures, StatusBar
from fer_live.gui.words import breakable


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (words.size(912), "912 B"),
        (words.size(801_123), "801 kB"),
        (words.size(44_700_000), "44.7 MB"),
        (words.percent(0.7194), "71.9 %"),
        (words.percent(None), "-"),
        (words.ms(0.574), "0.57 ms"),
        (words.ms(24.31), "24.3 ms"),
        (words.ms(None), "-"),
        (words.rate(29.97), "30.0"),
        (words.rate(1412.4), "1,412"),
        (words.rate(0.0), "-"),
        (words.clock(41.9), "00:41"),
        (words.clock(3723), "1:02:03"),
        (words.short_path(Path.home() / "a" / "b"), str(Path("~") / "a" / "b")),
    ],
)
def test_figures_in_words(text: str, wanted: str) -> None:
    assert text == wanted


@pytest.mark.parametrize(
    ("kind", "reason", "text", "actions"),
    [
        ("missing", "No camera found.", "No camera found.", ("open", "demo")),
        ("missing", 'No camera or clip is called "X". Cameras found: none.', "No camera found.", ("open", "demo")),
        (
            "missing",
            'No camera or clip is called "X". Cameras found: A (0).',
            "There is no such source.",
            ("open", "demo"),
        ),
        ("missing", "No such clip: a.mp4. Check the path.", "There is no such source.", ("open", "demo")),
        ("busy", "Another program uses it.", "The camera cannot be used.", ("retry", "demo")),
        ("unreadable", "a.mp4 is not a clip.", "This source cannot be read.", ("open", "demo")),
    ],
)
def test_every_fault_has_a_sentence_and_a_way_on(kind: str, reason: str, text: str, actions: tuple[str, ...]) -> None:
    said = words.failed(kind, reason)
    assert (said.text, said.actions) == (text, actions)
    assert said.detail == reason or kind == "missing"


def test_a_stream_is_tried_again_or_its_address_mended() -> None:
    said = words.failed("unreadable", "rtsp://door does not open.", stream=True)
    assert (said.text, said.actions) == ("This stream cannot be opened.", ("retry", "address"))
    assert "network" in words.lost("rtsp://door", stream=True).detail
    assert "plug" in words.lost("HD Webcam", stream=False).detail


@pytest.mark.parametrize("where", ["capture", "process", "engine"])
def test_a_fault_says_what_to_do_before_what_it_was(where: str) -> None:
    said = words.broken(where, "RuntimeError: no")
    assert said.actions == ("retry",)
    assert said.detail.endswith("The fault was: RuntimeError: no")
    assert where not in said.text


def test_a_full_disk_is_told_once_with_the_place_of_the_rows(tmp_path: Path) -> None:
    news = recording_news(tmp_path, 1204, f"recording stopped: no space left; 1204 rows are kept in {tmp_path}")
    assert news.text == f"Recording stopped: no space left; 1204 rows are kept in {words.short_path(tmp_path)}."
    assert (news.kind, news.folder, news.after_ms) == ("error", tmp_path, 0)
    changed = recording_news(tmp_path, 1204, "the source was changed")
    assert changed.text == f"Recording stopped: the source was changed. 1,204 rows are in {words.short_path(tmp_path)}."
    assert recording_news(tmp_path, 0, "no right to write").text == "Nothing was recorded: no right to write."
    refused = recording_news(tmp_path, 0, f"cannot record into {tmp_path}: it is read-only; choose another folder")
    assert refused.text.endswith("choose another folder (Recordings, below Record).")
    assert recording_news(tmp_path, 1, "").text == f"1 row saved in {words.short_path(tmp_path)}"
    assert recording_news(tmp_path, 0, "").text.startswith("The recording is empty")
    gone = recording_news(tmp_path / "gone", 9, "no summary")
    assert gone.text.endswith("is gone, and with it 9 rows.")
    assert (gone.folder, gone.session) == (None, False)
    assert recording_news(tmp_path, 1204, "").text == f"1,204 rows saved in {words.short_path(tmp_path)}"


def test_a_bar_closes_itself_and_others_stay(qtbot: QtBot) -> None:
    notices = Notices()
    qtbot.addWidget(notices)
    notices.add("stays", "error", 0)
    notices.add("goes", "error", 30)
    qtbot.waitUntil(lambda: [bar.text for bar in notices.shown] == ["stays"])
    notices.add("stays", "error", 0)
    for number in range(5):
        notices.add(f"number {number}", "info", 0)
    assert [bar.text for bar in notices.shown] == ["number 2", "number 3", "number 4"]


def test_the_camera_is_named_when_it_sets_the_pace(qtbot: QtBot) -> None:
    assert Figures(camera_fps=30, capacity_fps=(412,)).limited
    assert not Figures(camera_fps=30, capacity_fps=(31, 412)).limited
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_figures(Figures(30.0, 29.9, (84.5, 227.3), 1.72, 1204, 9.4, 310.2))
    shown = [bar.text(name) for name in ("camera", "processed", "capacity", "detect", "dropped", "CPU", "memory")]
    assert shown == ["30.0 fps", "29.9 fps", "84.5-227 fps", "1.7 ms", "1,204", "9 %", "310 MB"]
    assert any(words.LIMITED in field.toolTip() for field in bar.children() if hasattr(field, "toolTip"))
    bar.show_figures(Figures())
    assert bar.text("camera") == "-"


@pytest.mark.parametrize(("width", "left_out"), [(760, True), (900, False), (1280, False)])
def test_no_figure_of_the_status_bar_is_cut(qtbot: QtBot, width: int, left_out: bool) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, theme.LIGHT)
    window = QWidget()
    qtbot.addWidget(window)
    bar = StatusBar(window)
    bar.resize(width, 32)
    window.show()
    for capacity in ((2.5,), (2.5, 6.9), (99.9, 1340.0)):
        bar.show_figures(Figures(30.0, 29.7, capacity, 131.5, 1882, 100.0, 1335.0))
        QApplication.processEvents()
        shown = [label for label in bar.findChildren(QLabel) if label.isVisible()]
        assert all(label.width() >= label.sizeHint().width() for label in shown)
        assert all(label.mapTo(bar, label.rect().topRight()).x() < width for label in shown)
        assert "capacity" in [label.text() for label in shown]
        assert ("memory" not in [label.text() for label in shown]) == left_out


def test_long_names_may_be_broken() -> None:
    assert breakable("a_b c-d e") == "a_\u200bb c-\u200bd e"
    assert breakable("a" * 60) == "\u200b".join(["a" * 24, "a" * 24, "a" * 12])
    assert breakable("a plain sentence.") == "a plain sentence."


def test_what_may_be_copied_has_no_such_places_unless_a_name_is_long() -> None:
    usual = "as CSV: ~/Documents/fer_live/fer_live-20261123-180853"
    assert breakable(usual, 24) == usual
    assert breakable(f"{usual}0/x", 24) == f"{breakable(usual)}0/x"
