"""The status bar: three rates, always apart, and what the app costs."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from fer_live.gui import theme, words


@dataclass(frozen=True)
class Figures:
    """What the bar shows; None reads "-". ``capacity_fps`` holds one figure per running variant."""

    camera_fps: float | None = None
    processed_fps: float | None = None
    capacity_fps: tuple[float, ...] = ()
    detect_ms: float | None = None
    dropped: int | None = None
    cpu_percent: float | None = None
    rss_mb: float | None = None

    @property
    def limited(self) -> bool:
        """The source, not the network, sets the pace."""
        return bool(self.capacity_fps and self.camera_fps and min(self.capacity_fps) > 1.5 * self.camera_fps)


FIELDS = (
    ("camera", "000.0 fps", "Camera: how many pictures a second the source gives."),
    ("processed", "000.0 fps", "Processed: how many of them were labelled in a second."),
    ("capacity", "0,000 fps", "Capacity: how many a second finding and classifying could do if pictures came."),
    ("detect", "00.0 ms", "Time to find and follow the faces of a picture."),
    ("dropped", "0,000", "Pictures that came while an older one was still being processed."),
    ("CPU", "000 %", "Share of all processor cores that fer_live uses."),
    ("memory", "000 MB", "Memory that fer_live holds (resident set)."),
)


MARGIN_PX = 16
# Less and less room: pixels between the parts, and the fields that are left out.
FITS: tuple[tuple[int, tuple[str, ...]], ...] = ((12, ()), (6, ()), (6, ("memory",)), (6, ("memory", "CPU")))


class StatusBar(QWidget):
    """Labels with right-aligned figures in room that never shrinks, so that nothing jumps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(32)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(MARGIN_PX, 0, MARGIN_PX, 0)
        row.setSpacing(FITS[0][0])
        self._rules: dict[str, QFrame] = {}
        self._values: dict[str, QLabel] = {}
        self._fields: dict[str, QWidget] = {}
        self._tips = {name: tip for name, _, tip in FIELDS}
        for place, (name, widest, tip) in enumerate(FIELDS):
            if name == "CPU":
                row.addStretch(1)
            elif place:
                self._rules[name] = _rule()
                row.addWidget(self._rules[name])
            row.addWidget(self._field(name, widest, tip))
        self.show_figures(Figures())

    def _field(self, name: str, widest: str, tip: str) -> QWidget:
        field = QWidget(self)
        inner = QHBoxLayout(field)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        title, value = QLabel(name, field), QLabel(words.NONE, field)
        title.setProperty("quiet", True)
        figures = theme.font(theme.NORMAL_PX, tabular=True)
        value.setFont(figures)
        value.setMinimumWidth(round(QFontMetricsF(figures).horizontalAdvance(widest)))
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        inner.addWidget(title)
        inner.addWidget(value)
        field.setToolTip(tip)
        self._values[name], self._fields[name] = value, field
        return field

    def text(self, name: str) -> str:
        """What a field says now."""
        return self._values[name].text()

    def show_figures(self, figures: Figures) -> None:
        """Write new figures (four times a second is enough to be read)."""
        self._write("camera", f"{words.rate(figures.camera_fps)} fps" if figures.camera_fps else words.NONE)
        self._write("processed", f"{words.rate(figures.processed_fps)} fps" if figures.processed_fps else words.NONE)
        self._write("capacity", _span(figures.capacity_fps))
        self._write("detect", words.ms(figures.detect_ms))
        self._write("dropped", words.NONE if figures.dropped is None else f"{figures.dropped:,}")
        self._write("CPU", words.NONE if figures.cpu_percent is None else f"{figures.cpu_percent:.0f} %")
        self._write("memory", words.NONE if figures.rss_mb is None else f"{figures.rss_mb:,.0f} MB")
        for name in ("camera", "processed", "capacity"):
            tip = f"{self._tips[name]}\n{words.LIMITED}" if figures.limited else self._tips[name]
            if self._fields[name].toolTip() != tip:
                self._fields[name].setToolTip(tip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Closer together in a narrow window."""
        super().resizeEvent(event)
        self._fit()

    def _write(self, name: str, text: str) -> None:
        value = self._values[name]
        if value.text() != text:
            value.setText(text)
            value.setAccessibleName(f"{name} {text}")
            if value.sizeHint().width() > value.minimumWidth():
                value.setMinimumWidth(value.sizeHint().width())
                self._fit()

    def _fit(self) -> None:
        """Leave so much out that nothing is cut."""
        spacing, left_out = next((fit for fit in FITS if self._wanted_px(*fit) <= self.width()), FITS[-1])
        self._row.setSpacing(spacing)
        for name, field in self._fields.items():
            for part in (field, self._rules.get(name)):
                if part is not None and part.isHidden() != (name in left_out):
                    part.setHidden(name in left_out)

    def _wanted_px(self, spacing: int, left_out: tuple[str, ...]) -> int:
        shown = [field for name, field in self._fields.items() if name not in left_out]
        rules = [rule for name, rule in self._rules.items() if name not in left_out]
        whole = sum(field.sizeHint().width() for field in shown) + len(rules)
        return whole + spacing * (len(shown) + len(rules)) + 2 * MARGIN_PX


def _rule() -> QFrame:
    rule = QFrame()
    rule.setObjectName("rule")
    rule.setFixedSize(1, 14)
    return rule


def _span(rates: tuple[float, ...]) -> str:
    if not rates:
        return words.NONE
    low, high = words.rate(min(rates)), words.rate(max(rates))
    return f"{low} fps" if low == high else f"{low}-{high} fps"
