from itertools import pairwise

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from fer_live.gui.topbar import TopBar


@pytest.mark.parametrize("width", [760, 900, 1024, 1280])
def test_no_button_covers_another(qapp: QApplication, width: int) -> None:
    window = QWidget()  # may be narrower than the bar's layout would have it, as the main window may
    bar = TopBar(window)
    bar.resize(width, 52)
    window.show()
    QApplication.processEvents()
    buttons = [*bar.findChildren(QPushButton), *bar.findChildren(QToolButton)]
    places = sorted((button.geometry() for button in buttons if button.isVisible()), key=lambda place: place.left())
    assert len(places) == len(buttons)
    assert all(left.right() <= right.left() for left, right in pairwise(places))
    assert places[-1].right() < width
    assert bar.start.accessibleName() == "Start"
    assert bar.start.text() == ("" if width <= 900 else "Start")


def test_words_come_back_with_the_room_and_are_the_newest(qapp: QApplication) -> None:
    window = QWidget()
    bar = TopBar(window)
    window.show()
    bar.resize(760, 52)
    bar.show_running(running=True)
    assert bar.start.text() == ""
    bar.resize(1280, 52)
    assert [button.text() for button in (bar.start, bar.pause, bar.duel)] == ["Stop", "Pause", "Duel"]
    assert bar.duel.toolTip().startswith("Duel: ")


def test_while_a_duel_runs_what_would_disturb_it_waits(qapp: QApplication) -> None:
    bar = TopBar()
    bar.show_running(running=True)
    bar.show_duel(able=True, running=True)
    disturbing = (bar.source, bar.start, bar.pause, bar.repeat, bar.single, bar.compare, bar.duel)
    assert not any(button.isEnabled() for button in disturbing)
    assert all(button.isEnabled() for button in (bar.theme, bar.full, bar.inspector, bar.help))
    bar.show_duel(able=False, running=False)
    assert not bar.duel.isEnabled()
    assert bar.source.isEnabled()


def test_the_keys_go_to_no_other_button_when_theirs_is_switched_off(qtbot: QtBot) -> None:
    bar = TopBar()
    qtbot.addWidget(bar)
    bar.show_running(running=True)
    bar.show()
    bar.activateWindow()
    for button, switch_off in (
        (bar.pause, lambda: bar.show_running(running=False)),
        (bar.duel, lambda: bar.show_duel(able=True, running=True)),
    ):
        button.setFocus()
        qtbot.waitUntil(button.hasFocus)
        switch_off()
        assert not any(other.hasFocus() for other in bar.findChildren(QAbstractButton))
