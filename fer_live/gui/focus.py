"""Who has the keys when a part of the window goes: the window itself, until the user says so."""

from PySide6.QtWidgets import QWidget


def hand_on_focus(going: QWidget) -> None:
    """Give the keys that ``going``, or a part of it, has to the window itself: Qt would give them to any button.

    Space would then press that button, which nobody chose. The window has them in a dialog's time, too, for afterwards.
    """
    window = going.window()
    focused = window.focusWidget()
    if focused is not None and (focused is going or going.isAncestorOf(focused)):
        window.setFocus()  # if nobody had them, Qt would give them to the first button when the window is active again


def show_or_hide(part: QWidget, *, shown: bool) -> None:
    """Show a part of the window, or hide it without handing its keys to another."""
    if not shown:
        hand_on_focus(part)
    part.setVisible(shown)
