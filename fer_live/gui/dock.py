"""The dock under the picture: which charts are seen, where, and when each is filled anew. It knows no pyqtgraph."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fer_live.gui import icons, theme
from fer_live.gui.charts.seen import Seen
from fer_live.gui.jobs import Job
from fer_live.gui.keys import tip

if TYPE_CHECKING:
    from fer_live.gui.charts.kinds import Pane

CHARTS = {
    "latency": ("Latency", "How long each variant takes, over the last minute"),
    "emotions": ("Emotions", "Which label each face got, over the last minute"),
    "agreement": ("Agreement", "How often the compared variants give the same label"),
    "distribution": ("Distribution", "How the times of each variant spread"),
    "tradeoff": ("Accuracy", "Accuracy against time and size"),
}
REDRAW_MS = 100  # one chart each time, so that no tick of the picture has to wait for all of them
CHIP_PX = 22, 10  # of a chip beside its letters, and in a narrow dock
PANE_PX = (370, 156)  # room for one chart more
HEAD_PX = 40
GETTING_READY, RESTING = "Getting the charts ready\u00a0…", "The charts rest while a duel runs."


class Dock(QWidget):
    """Shows as many of the wanted charts as there is room for, those chosen last first. Main thread.

    ``look`` gives what there is to draw. The charts' library is loaded in a thread when the dock is first seen, and
    each chart is made when it is first shown. Nothing is drawn while the dock is hidden or nothing new has come, and
    nothing is loaded or made while it is ``resting``, so that it costs a measurement nothing.
    """

    def __init__(self, look: Callable[[], Seen], parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._resting = look, False
        self._wanted = list(CHARTS)
        self._loading: Job[Any] | None = None
        self._make_pane: Callable[[str, QWidget], Pane] | None = None
        self._drawn: dict[str, object] = {}
        self.panes: dict[str, Pane] = {}
        self.shown: tuple[str, ...] = ()
        self.setObjectName("dock")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumHeight(HEAD_PX + 112)
        self.chips = {name: self._chip(name) for name in CHARTS}
        self.close_button = QToolButton(self)
        self._words = QLabel(GETTING_READY, self)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.GRID_PX)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self.tick)
        self.hide()

    def _chip(self, name: str) -> QPushButton:
        title, what = CHARTS[name]
        chip = QPushButton(title, self)
        chip.setCheckable(True)
        chip.setProperty("chip", True)
        chip.setToolTip(what)
        chip.setAccessibleName(f"Chart: {title}")
        chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        chip.clicked.connect(lambda _=False: self.toggle(name))
        return chip

    def _lay_out(self) -> None:
        self.close_button.setProperty("bare", True)
        self.close_button.setToolTip(tip("Close the charts", "charts"))
        self.close_button.setAccessibleName("Close the charts")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._head = head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        for chip in self.chips.values():
            head.addWidget(chip)
        head.addStretch(1)
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 12, 10)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._words, 1)
        column.addLayout(self._grid, 1)

    @property
    def wanted(self) -> list[str]:
        """The charts wanted, the one chosen last first."""
        return list(self._wanted)

    def want(self, names: Sequence[str]) -> None:
        """Want these charts, first those that are to be seen where there is little room. Unknown names are dropped."""
        self._wanted = [name for name in dict.fromkeys(names) if name in CHARTS] or list(CHARTS)
        self._arrange()

    def toggle(self, name: str) -> None:
        """Show a chart, or hide it when it is not the only one."""
        if name not in self.shown:
            self.want([name, *self._wanted])
        elif len(self.shown) > 1:
            self.want([one for one in self._wanted if one != name])
        self._arrange()

    def tick(self) -> None:
        """Make or fill one chart: the one that has waited longest for what is new."""
        if self._loading is not None:
            self._finish_loading()
            return
        if self._make_pane is None or not self.isVisible() or self.window().isMinimized():
            return
        for name in self.shown if not self._resting else ():
            if name not in self.panes:
                self.panes[name] = self._make_pane(name, self)
                self.panes[name].dress()
                self._arrange()
                self.panes[name].refresh(self._look())
                return
        seen = self._look()
        state = (seen.minute.taken, seen.running, seen.reference, len(seen.readings), theme.current().name)
        made = [name for name in self.shown if name in self.panes]
        for name in sorted(made, key=lambda name: self.panes[name].drawn_at):
            pane = self.panes[name]
            if self._drawn.get(name) != (*state, pane.size()):
                self._drawn[name] = (*state, pane.size())
                pane.refresh(seen)
                return

    def rest(self, resting: bool) -> None:
        """Load and make nothing, or go on."""
        if resting != self._resting:
            self._resting = resting
            if self.isVisible():
                self._load()

    def dress(self) -> None:
        """Take on the current theme."""
        self.close_button.setIcon(icons.icon("close", theme.current().text))
        for pane in self.panes.values():
            pane.dress()

    def end(self, timeout_s: float = 5.0) -> None:
        """Stop drawing, and wait for the library if it is still being loaded."""
        self._timer.stop()
        if self._loading is not None:
            self._loading.join(timeout_s)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw from now on; the first time, load the library."""
        super().showEvent(event)
        self._load()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Draw nothing any more."""
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer charts."""
        super().resizeEvent(event)
        self._size_chips()
        self._arrange()

    def _size_chips(self) -> None:
        """Room for bold letters, which a checked chip has; closer together in a narrow dock."""
        bold = QFontMetricsF(theme.font(theme.SMALL_PX, bold=True))
        words = {chip: round(bold.horizontalAdvance(chip.text())) for chip in self.chips.values()}
        wanted = sum(words.values()) + len(words) * (CHIP_PX[0] + 6) + 64  # the margins and the cross
        narrow = self.width() < wanted
        self._head.setSpacing(2 if narrow else 6)
        for chip, width in words.items():
            chip.setMinimumWidth(width + CHIP_PX[narrow])

    def _load(self) -> None:
        if self._make_pane is None and self._loading is None:
            self._words.setText(RESTING if self._resting else GETTING_READY)
            if not self._resting:
                self._loading = Job(_load, "charts loader")

    def _finish_loading(self) -> None:
        if self._loading is None or not self._loading.done:
            return
        loading, self._loading = self._loading, None
        try:
            self._make_pane = loading.outcome()
        except ImportError as fault:
            self._words.setText(f"The charts cannot be shown: {fault}")
        else:
            self._words.hide()

    def _arrange(self) -> None:
        """Put the charts that have room into a grid, in their usual order."""
        columns = max(1, self.width() // PANE_PX[0])
        rows = max(1, (self.height() - HEAD_PX) // PANE_PX[1])
        first = self._wanted[: columns * rows]
        self.shown = tuple(name for name in CHARTS if name in first)
        rows = math.ceil(len(self.shown) / columns)
        columns = math.ceil(len(self.shown) / rows)
        for name, chip in self.chips.items():
            chip.setChecked(name in self.shown)
        for name, pane in self.panes.items():
            self._grid.removeWidget(pane)
            if name in self.shown:
                place = self.shown.index(name)
                self._grid.addWidget(pane, place // columns, place % columns)
            pane.setVisible(name in self.shown)
        for place in range(len(CHARTS)):
            self._grid.setColumnStretch(place, int(place < columns))
            self._grid.setRowStretch(place, int(place < rows))


def _load() -> "Callable[[str, QWidget], Pane]":
    """Import the charts and their library."""
    from fer_live.gui.charts.kinds import make_pane

    return make_pane
