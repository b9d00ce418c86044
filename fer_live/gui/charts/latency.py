"""How long each variant took, over the last minute."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import NOTHING, Pane
from fer_live.gui.charts.plot import FULL, Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.gui.charts.time_axis import time_axis
from fer_live.recent.pieces import PIECE_S, Line, line
from fer_live.recent.ring import Column
from fer_live.report import figures
from fer_live.report.svg import Scale, log_scale

FIGURE_PX = 86.0  # beside a name: its dot, its figure and the gaps
MOST = 0.45  # of the width that the names may take


class LatencyPane(Pane):
    """A line per variant: the median of each half second, in a band from the least to the largest."""

    title = "Latency"
    _axis = time_axis(1.0)  # ends where the names begin
    _ends: tuple[tuple[float, str, str, str], ...] = ()  # height, colour, title and figure of each line's end

    def fill(self, seen: Seen) -> str:
        """The lines, on a logarithmic axis that holds them all."""
        lines = {name: line(*seen.minute.times(name)) for name in seen.manifest.names}
        lines = {name: found for name, found in lines.items() if found.at_s.size}
        self.plot.keep_lines(list(lines))
        self._ends = ()
        if not lines:
            self.tell("", NOTHING)
            return f"{NOTHING}. A line begins with the first face."
        scale = log_scale(
            min(float(np.nanmin(found.low)) for found in lines.values()),
            max(float(np.nanmax(found.high)) for found in lines.values()),
        )
        self.plot.mark("left", scale.ticks("{:g} ms", most=self.plot.most_marks("left")), 48)
        widest = max(ink.width(seen.title(name)) for name in lines) + FIGURE_PX
        self._axis = time_axis(self.plot.width, min(widest, MOST * self.plot.width))
        self.plot.mark("bottom", self._axis.ticks())
        self._ends = tuple(self._draw(seen, name, found, scale) for name, found in lines.items())
        said = ", ".join(f"{title} {figure}" for _, _, title, figure in self._ends)
        self.tell(f"ms to classify a frame: median and range of each {PIECE_S:g} s", said)
        return ""

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """The names at the ends of their lines."""
        area = canvas.area
        wishes = [canvas.at(0, height).y() for height, *_ in self._ends]
        left = canvas.at(self._axis.end, 0).x() + 10
        half = ink.LINE_PX / 2
        places = ink.kept_apart(wishes, ink.LINE_PX, area.top() + half, area.bottom() - half)
        for middle, (_, colour, title, figure) in zip(places, self._ends, strict=True):
            room = QRectF(left, middle - half, area.right() - left, ink.LINE_PX)
            ink.write_variant(painter, room, colour, title, figure)

    def _draw(self, seen: Seen, name: str, found: Line, scale: Scale) -> tuple[float, str, str, str]:
        x = self._axis.at(found.at_s, seen.minute.now_s)
        low, middle, high = (_percent(scale, one) for one in (found.low, found.middle, found.high))
        self.plot.line(name, ink.variant_colour(seen.place(name)), x, low, middle, high)
        reading = seen.readings.get(name)  # the card's figure, which is calm enough to be read
        last = f"{figures.ms(reading.classify_ms if reading else float(found.middle[-1]))} ms"
        return float(middle[-1]), ink.variant_colour(seen.place(name)), seen.title(name), last


def _percent(scale: Scale, values: Column) -> Column:
    """``scale.at`` for many values."""
    found: Column = FULL * np.log(np.maximum(values, scale.low) / scale.low) / np.log(scale.high / scale.low)
    return found
