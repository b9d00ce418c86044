"""The sentence in the middle of the stage and the bars above it, when there is little room or much to say."""

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot
from waiting import Opener, wait_for

from fer_live.gui import words
from fer_live.gui.duel_panel import DuelPanel
from fer_live.gui.duel_words import Line, Said
from fer_live.gui.message import Message
from fer_live.gui.news import News, recording_news
from fer_live.gui.stage import Stage
from fer_live.gui.window import Window

LONG = "interview" + "abcdefghij" * 18


def place(window: Window) -> tuple[int, int]:
    """Pixels of the stage above and below the message."""
    own, around = window.message.geometry(), window.stage.rect()
    return own.top() - around.top(), around.bottom() - own.bottom()


def test_the_message_stays_in_the_middle_when_bars_come_and_go(opened: Opener) -> None:
    window = opened("97")
    window.resize(1280, 720)
    wait_for(lambda: window.live.phase == "failed", "there is no such camera")
    before = place(window)
    bars = [window.notices.add(f"Bar {number}", "info", 0) for number in range(3)]
    wait_for(lambda: place(window)[0] < before[0] - 40, "the bars take room")
    above, below = place(window)
    assert abs(above - below) <= 1
    for bar in bars:
        bar.dismiss()
    wait_for(lambda: place(window)[0] > before[0], "it is there again")  # the first start's line is gone, too
    above, below = place(window)
    assert abs(above - below) <= 1


def test_a_long_fault_leaves_its_buttons_in_view(qtbot: QtBot) -> None:
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(432, 240)
    asked: list[str] = []
    message = Message(asked.append, stage)
    stage.show()
    message.say(words.broken("process", "\n".join(f"{number} {LONG}" for number in range(20))))
    assert stage.rect().contains(message.geometry())
    QTest.qWait(50)
    (button,) = message.findChildren(QPushButton)
    assert message.rect().contains(button.geometry())
    bar = message._scroll.verticalScrollBar()
    assert bar.maximum() > 0
    bar.setValue(bar.maximum())
    stage.resize(1600, 1800)
    QTest.qWait(50)
    assert bar.maximum() == 0
    message.say(words.broken("process", "\n".join(LONG for _ in range(99))))
    QTest.qWait(50)
    assert bar.value() == 0


def test_words_that_fit_are_never_scrolled(qtbot: QtBot) -> None:
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(900, 700)
    message = Message(lambda action: None, stage)
    stage.show()
    for sentence in (words.opening("Demo"), words.failed("missing", ""), words.stopped()):
        message.say(sentence)
        QTest.qWait(50)
        inside = message._scroll.viewport()
        assert message._scroll.verticalScrollBar().maximum() == 0, sentence
        assert message._words.heightForWidth(inside.width()) <= inside.height(), sentence


@pytest.mark.parametrize("width", [760, 860, 1280])
def test_a_bar_is_as_high_as_its_words_need(opened: Opener, width: int) -> None:
    window = opened("97")
    window.resize(width, 480)
    place = Path.home() / "Documents" / "fer_live" / "fer_live-20261123-180853"
    for news in (recording_news(place, 12345, ""), News(f"{LONG}.mkv is added.", "error")):
        window.show_news(news)
        QTest.qWait(50)
        bar = window.notices.shown[-1]
        assert bar.text == news.text
        (label,) = (label for label in bar.findChildren(QLabel) if label.text())
        assert label.height() >= label.heightForWidth(label.width())
        assert label.minimumSizeHint().width() <= label.width()


def test_long_names_are_not_cut_in_the_panel_of_a_duel(qtbot: QtBot) -> None:
    stage = Stage()
    qtbot.addWidget(stage)
    stage.resize(700, 600)
    panel = DuelPanel(stage)
    stage.show()
    line = Line("a", f"{LONG} against FP32", "", None)
    panel.say(Said(LONG, f"{LONG}.mkv cannot be read.", None, (line,), (), Path("/recordings") / LONG))
    QTest.qWait(50)
    shown = [label for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]
    assert len(shown) == 4
    for label in shown:
        assert label.minimumSizeHint().width() <= label.width(), label.text()
