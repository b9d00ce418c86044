"""What the window keeps from one run to the next: the saved choices put into its parts, and read from them again."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from fer_live.gui import words
from fer_live.settings import Settings

if TYPE_CHECKING:
    from fer_live.gui.window import Window


def restore(window: "Window") -> None:
    """Put the window's settings into its parts."""
    own = window.settings
    if own.geometry:
        window.restoreGeometry(QByteArray.fromBase64(own.geometry.encode()))
    window.inspector.setVisible(own.inspector)
    window.topbar.inspector.setChecked(own.inspector)
    window.dock.want(own.charts_wanted)
    window.shelf.wish_px = own.charts_px
    window.shelf.show_dock(shown=own.charts)
    window.topbar.charts.setChecked(own.charts)
    window.topbar.repeat.setChecked(own.repeat)
    window.inspector.show_smoothing(own.smoothing)
    window.inspector.show_folder(own.recordings_folder())
    window.dress()
    if not own.privacy_seen:
        window.notices.add(words.PRIVACY, "privacy", 0).offer("Got it", "Close this line", window.commands.got_it)


def changed(window: "Window") -> Settings:
    """The settings with what the window's parts know better."""
    selection, live = window.live.selection, window.live
    return replace(
        window.settings,
        variant=selection.variant,
        compare=selection.compare,
        compared=list(selection.compared),
        reference=selection.reference,
        threads=live.runtime.threads,
        provider=live.runtime.provider,
        smoothing=window.shower.strength,
        charts_wanted=window.dock.wanted,
        charts_px=window.shelf.wish_px,
        geometry=bytes(window.saveGeometry().toBase64().data()).decode(),
    )
