"""Accuracy against time, with the size of the file as the area of the dot: all variants that have run here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fer_live.gui import theme, words
from fer_live.gui.charts import ink
from fer_live.gui.charts.pane import NOTHING, Pane
from fer_live.gui.charts.plot import FULL, Canvas
from fer_live.gui.charts.seen import Seen
from fer_live.report.svg import Scale, Tick, log_scale
from fer_live.table import listed

LARGEST_PX, LARGEST = 22.0, 0.18  # radius of the largest file's dot, and how much of the height it may be
LEAST_SPAN = 0.04  # of accuracies: smaller differences shall not look large
GAP_PX = 5.0


@dataclass(frozen=True)
class _Dot:
    x: float
    y: float
    radius: float
    colour: str
    title: str
    detail: str


class TradeoffPane(Pane):
    """A dot per variant with its name and size."""

    title = "Accuracy against time"
    _dots: tuple[_Dot, ...] = ()

    def fill(self, seen: Seen) -> str:
        """Every variant that was measured since the window opened and whose accuracy is known."""
        self._dots = ()
        ran = [variant for variant in seen.manifest.variants if variant.name in seen.readings]
        known = {variant.name: variant.accuracy for variant in ran if variant.accuracy is not None}
        if not ran:
            self.tell("", NOTHING)
            return f"{NOTHING}. A variant gets its dot as soon as it has seen a face."
        if not known:
            self.tell("", "The accuracy is not known")
            return f"The accuracy of {listed([variant.title for variant in ran])} is not known."
        times = [seen.readings[name].classify_ms for name in known]
        speed = log_scale(min(times), max(times))
        accuracy = _range(list(known.values()))
        largest = max(variant.bytes for variant in seen.manifest.variants)
        dots = []
        for variant in sorted(ran, key=lambda variant: -variant.bytes):
            if (share := known.get(variant.name)) is not None:
                x, y = self._inner(speed.at(seen.readings[variant.name].classify_ms)), accuracy.at(share)
                radius = max(4.0, self._largest_px * math.sqrt(variant.bytes / largest))
                colour, size = ink.variant_colour(seen.place(variant.name)), words.size(variant.bytes)
                dots.append(_Dot(x, y, radius, colour, variant.title, size))
        self._dots = tuple(dots)
        times_ms = speed.ticks("{:g} ms", most=self.plot.most_marks("bottom"))
        self.plot.mark("bottom", [Tick(self._inner(tick.place), tick.text) for tick in times_ms])
        ticks = accuracy.ticks(most=max(5, self.plot.most_marks("left")))
        self.plot.mark("left", [Tick(tick.place, f"{100 * float(tick.text):g} %") for tick in ticks], 48)
        self._tell(seen, [variant.title for variant in ran if variant.name not in known], known)
        return ""

    @property
    def _largest_px(self) -> float:
        return min(LARGEST_PX, LARGEST * self.plot.height)

    def _inner(self, place: float) -> float:
        """A place along the axis of time, so far from its ends that no dot is cut."""
        free = min(FULL * (self._largest_px + 2) / max(self.plot.width, 1.0), FULL / 4)
        return free + place * (FULL - 2 * free) / FULL

    def _tell(self, seen: Seen, unknown: Sequence[str], known: dict[str, float]) -> None:
        left_out = f"; accuracy of {listed(unknown)} not known" if unknown else ""
        said = (
            f"{seen.title(name)} {words.percent(share)} at {words.ms(seen.readings[name].classify_ms)}"
            for name, share in known.items()
        )
        self.tell(f"FER2013 PublicTest over ms to classify; area: file{left_out}", ", ".join(said))

    def paint(self, painter: QPainter, canvas: Canvas) -> None:
        """Dots, largest first, then their names where they cover least."""
        now = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centres = [canvas.at(dot.x, dot.y) for dot in self._dots]
        for dot, centre in zip(self._dots, centres, strict=True):
            fill = QColor(dot.colour)
            fill.setAlpha(90)
            painter.setBrush(fill)
            painter.setPen(QPen(QColor(dot.colour), 1.5))
            painter.drawEllipse(centre, dot.radius, dot.radius)
            painter.setBrush(QColor(now.text))
            painter.drawEllipse(centre, 1.0, 1.0)
        taken = [_square(centre, dot.radius) for dot, centre in zip(self._dots, centres, strict=True)]
        for dot, centre in reversed(list(zip(self._dots, centres, strict=True))):
            size = (max(ink.width(dot.title, bold=True), ink.width(dot.detail)) + 2, 2 * ink.LINE_PX)
            area = place_label(centre, dot.radius, size, canvas.area, taken)
            taken.append(area)
            half = QRectF(area.left(), area.top(), area.width(), ink.LINE_PX)
            ink.write(painter, half, dot.title, now.text, ink.LEFT, bold=True)
            ink.write(painter, half.translated(0, ink.LINE_PX), dot.detail, now.muted)


def place_label(
    centre: QPointF, radius: float, size: tuple[float, float], area: QRectF, taken: Sequence[QRectF]
) -> QRectF:
    """Right of a dot, left, below or above it, inside ``area``: the first place that covers least of ``taken``."""
    (wide, tall), away = size, radius + GAP_PX
    corners = (
        (centre.x() + away, centre.y() - tall / 2),
        (centre.x() - away - wide, centre.y() - tall / 2),
        (centre.x() - wide / 2, centre.y() + away),
        (centre.x() - wide / 2, centre.y() - away - tall),
    )
    inside = [
        QRectF(
            min(max(x, area.left()), max(area.right() - wide, area.left())),
            min(max(y, area.top()), max(area.bottom() - tall, area.top())),
            wide,
            tall,
        )
        for x, y in corners
    ]
    return min(inside, key=lambda place: sum(_shared(place, other) for other in taken))


def _square(centre: QPointF, radius: float) -> QRectF:
    return QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)


def _shared(one: QRectF, other: QRectF) -> float:
    both = one.intersected(other)
    return both.width() * both.height()


def _range(shares: Sequence[float]) -> Scale:
    """An axis around the accuracies, with room above and below."""
    middle, half = (max(shares) + min(shares)) / 2, max(0.7 * (max(shares) - min(shares)), LEAST_SPAN / 2)
    return Scale(max(middle - half, 0.0), min(middle + half, 1.0))
