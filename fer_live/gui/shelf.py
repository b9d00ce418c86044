"""The picture above, the charts below, and the edge between them that the user may draw."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from fer_live.gui.dock import Dock
from fer_live.gui.focus import show_or_hide

SHARE, LEAST_PX = 0.38, 192  # of the height, unless the user draws the edge elsewhere
SHORT_PX = 440  # a lower shelf has no room for the dock beside a message with buttons, or a duel


class Shelf(QSplitter):
    """The picture above, the dock below. ``wish_px`` is the dock's height as the user left it, 0 before that."""

    def __init__(self, picture: QWidget, dock: Dock, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.wish_px = 0
        self.dock_shown = False  # or would be, if it had not to give way
        self._way = False
        self._dock = dock
        for part in (picture, dock):
            self.addWidget(part)
            self.setCollapsible(self.indexOf(part), False)
        self.setHandleWidth(3)
        self.splitterMoved.connect(self._moved)

    def show_dock(self, *, shown: bool) -> None:
        """Show or hide the dock, at its height."""
        self.dock_shown = shown
        self._share()

    def give_way(self, *, asked: bool) -> None:
        """Something over the picture asks for an answer: in a low window the dock leaves it the room meanwhile."""
        if asked != self._way:
            self._way = asked
            self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The dock keeps its height where there is room."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        show_or_hide(self._dock, shown=self.dock_shown and not (self._way and self.height() < SHORT_PX))
        tall = self.wish_px or max(round(SHARE * self.height()), LEAST_PX)
        self.setSizes([max(self.height() - tall, 0), tall])

    def _moved(self, place: int) -> None:
        self.wish_px = self.height() - place
