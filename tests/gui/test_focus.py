"""What has the keys and goes gives them to the window itself: else Space would press a button that nobody chose."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from waiting import Opener, press, wait_for

from fer_live.gui.keys import KeysDialog
from fer_live.gui.news import News
from fer_live.gui.window import Window

CTRL = Qt.KeyboardModifier.ControlModifier


def space(window: Window) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Space)
    QApplication.processEvents()


def reference(window: Window) -> QWidget:
    window.commands.set_compare(compare=True)
    return window.inspector.variants.reference


def charts(window: Window) -> QWidget:
    window.commands.charts()
    return window.dock.close_button


def bar_of_a_low_window(window: Window) -> QWidget:
    window.show_news(News("one"))
    return window.notices.shown[-1]._cross


def panel_of_a_duel(window: Window) -> QWidget:
    window.duels.begin()
    window.duels.cancel()
    wait_for(lambda: not window.duels.running, "it has ended")
    return window.duels.panel.close_


@pytest.mark.parametrize(
    ("focused", "hide"),
    [
        (reference, lambda window: press(window, Qt.Key.Key_C)),
        (lambda window: window.topbar.full, space),
        (charts, space),
        (lambda window: window.topbar.repeat, lambda window: press(window, Qt.Key.Key_D, CTRL)),
        (lambda window: window.inspector.cards["fp32"], lambda window: press(window, Qt.Key.Key_I)),
        (lambda window: window.inspector.cards["fp32"], lambda window: press(window, Qt.Key.Key_F)),
        (bar_of_a_low_window, lambda window: window.show_news(News("two"))),
        (panel_of_a_duel, lambda window: press(window, Qt.Key.Key_D, CTRL)),
    ],
)
def test_what_is_hidden_gives_its_keys_to_no_button(
    live_window: Window, focused: Callable[[Window], QWidget], hide: Callable[[Window], None]
) -> None:
    window = live_window
    window.resize(1000, 480)
    window.activateWindow()
    part = focused(window)
    part.setFocus(Qt.FocusReason.TabFocusReason)
    wait_for(part.hasFocus, "it has the keys")
    hide(window)
    wait_for(lambda: not part.isVisible(), "it is hidden")
    assert QApplication.focusWidget() is window
    window.commands.help()
    (dialog,) = window.findChildren(KeysDialog)
    wait_for(dialog.isActiveWindow, "another window has the keys")
    dialog.close()
    window.activateWindow()  # as a desktop does when a dialog closes
    wait_for(window.isActiveWindow, "it is active again")
    assert QApplication.focusWidget() is window


def test_tab_goes_through_the_buttons_of_a_notice_from_left_to_right(opened: Opener) -> None:
    window = opened("97")
    bar = window.notices.add("Saved.", "done", 0)
    for title in ("Report", "Open folder"):
        bar.offer(title, "", bar.dismiss)
    window.activateWindow()
    wait_for(lambda: window.isActiveWindow() and bar.isVisible(), "it is there")
    first, second = (button for button in bar.findChildren(QPushButton))
    first.setFocus(Qt.FocusReason.TabFocusReason)
    wait_for(first.hasFocus, "the first has the keys")
    for following in (second, bar._cross):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is following
