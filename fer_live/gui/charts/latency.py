"""How long each variant took, over the last minute."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import NOTHING, Pane
from fer_live.gui.charts.plot import FULL, Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.recent.minute import SPAN_S
from fer_live.recent.pieces import PIECE_S, Line, line
from fer_live.recent.ring import Column
from fer_live.report import figures
from fer_live.report.svg import Scale, Tick, log_scale

NAMES_PX = 132.0


class LatencyPane(Pane):
    """A line per variant: the median of each quarter of a second, in a band from the least to the largest."""

    title = "Latency"
    _edge = FULL  # where the newest results stand, in percent of the axis; the names stand behind it
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
        self.plot.mark("left", scale.ticks("{:g} ms", most=7), 48)
        whole = max(self.plot.widget.width() - 50.0, 1.0)
        self._edge = FULL * max(1 - NAMES_PX / whole, 0.4)
        self._mark_time()
        self._ends = tuple(self._draw(seen, name, found, scale) for name, found in lines.items())
        said = ", ".join(f"{title} {figure}" for _, _, title, figure in self._ends)
        self.tell(f"ms to classify a frame: median and range of each {PIECE_S:g} s", said)
        return ""

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """The names at the ends of their lines."""
        area = canvas.area
        wishes = [canvas.at(0, height).y() for height, *_ in self._ends]
        left = canvas.at(self._edge, 0).x() + 8 if self._ends else 0.0
        half = ink.LINE_PX / 2
        places = ink.kept_apart(wishes, ink.LINE_PX, area.top() + half, area.bottom() - half)
        for middle, (_, colour, title, figure) in zip(places, self._ends, strict=True):
            room = QRectF(left, middle - half, area.right() - left, ink.LINE_PX)
            ink.write_variant(painter, room, colour, title, figure)

    def _draw(self, seen: Seen, name: str, found: Line, scale: Scale) -> tuple[float, str, str, str]:
        x = np.maximum((found.at_s - seen.minute.since_s) / SPAN_S, 0.0) * self._edge
        low, middle, high = (_percent(scale, one) for one in (found.low, found.middle, found.high))
        self.plot.line(name, ink.variant_colour(seen.place(name)), x, low, middle, high)
        last = f"{figures.ms(float(found.middle[-1]))} ms"
        return float(middle[-1]), ink.variant_colour(seen.place(name)), seen.title(name), last

    def _mark_time(self) -> None:
        step = 15 if self._edge / FULL * self.plot.widget.width() > 260 else 30
        moments = range(-round(SPAN_S), 1, step)
        self.plot.mark(
            "bottom",
            [Tick(self._edge * (1 + at / SPAN_S), f"\N{MINUS SIGN}{-at} s" if at else "now") for at in moments],
        )


def _percent(scale: Scale, values: Column) -> Column:
    """``scale.at`` for many values."""
    found: Column = FULL * np.log(values / scale.low) / np.log(scale.high / scale.low)
    return found
