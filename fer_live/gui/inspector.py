"""The side panel: variants, the main face's probabilities, smoothing, recording."""

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from fer_live.frame import Prediction
from fer_live.gui import icons, theme, words
from fer_live.gui.bars import ScoreBars
from fer_live.gui.cards import VariantCard
from fer_live.gui.controls import Slider
from fer_live.gui.keys import tip
from fer_live.gui.variant_list import VariantList
from fer_live.manifest import Manifest

WIDTH_PX = 328
PAD_PX = 16
BAR_PX = 12  # at most, for scrolling


class Inspector(QWidget):
    """Controls for the window to connect; ``show_*`` methods take what is so."""

    def __init__(self, manifest: Manifest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH_PX)
        self.variants = VariantList(manifest)
        self.face_title = _heading("FACE")
        self.face_title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # never wider than here
        self._face = ""
        self.bars = ScoreBars(manifest.variants[0].labels if manifest.variants else ())
        self.smoothing = Slider(Qt.Orientation.Horizontal)
        self._smoothing_value = QLabel("0.5 s")
        self.record, self.snapshot, self.mirror = QPushButton("Record"), QToolButton(), QToolButton()
        self.folder = QPushButton()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(1, 0, 0, 0)
        rows.setSpacing(0)
        self._scroll = self._make_scroll()
        rows.addWidget(self._scroll, 1)
        rows.addWidget(self._make_footer())

    def _make_scroll(self) -> QScrollArea:
        body = QWidget()
        body.setObjectName("inspectorBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(PAD_PX, PAD_PX - 2, PAD_PX, 4)
        column.setSpacing(theme.GRID_PX)
        column.addWidget(self.variants)
        column.addWidget(self.face_title)
        column.addWidget(self.bars)
        column.addSpacing(theme.GRID_PX // 2)
        column.addLayout(self._make_smoothing())
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        QApplication.instance().focusChanged.connect(self._reveal)  # type: ignore[union-attr]  # made by app.run
        return scroll

    def _reveal(self, _before: QWidget | None, focused: QWidget | None) -> None:
        """Qt scrolls to what gets the keys from beside it, not to what gets them from outside."""
        if focused is not None and self._scroll.isAncestorOf(focused):
            self._scroll.ensureWidgetVisible(focused)

    def _make_smoothing(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        label = QLabel("Smoothing")
        label.setProperty("quiet", True)
        self.smoothing.setMinimumHeight(24)
        self.smoothing.setRange(0, 100)
        self.smoothing.setSingleStep(5)
        self.smoothing.setAccessibleName("Smoothing of the shown scores")
        self.smoothing.setToolTip("How calm the shown scores are; recordings always hold the raw ones (arrow keys)")
        self._smoothing_value.setProperty("quiet", True)
        self._smoothing_value.setMinimumWidth(40)
        self._smoothing_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(label)
        row.addWidget(self.smoothing, 1)
        row.addWidget(self._smoothing_value)
        return row

    def _make_footer(self) -> QWidget:
        footer = QWidget(self)
        column = QVBoxLayout(footer)
        column.setContentsMargins(PAD_PX, 8, PAD_PX, 12)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.record.setObjectName("record")
        self.record.setCheckable(True)
        self.record.setIconSize(QSize(18, 18))
        self.record.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.record.setAccessibleName("Record")
        self.record.setToolTip(tip("Record every labelled picture to CSV files", "record"))
        row.addWidget(self.record, 1)
        for button, name, text in (
            (self.snapshot, "snapshot", "Save the picture as it is shown"),
            (self.mirror, "mirror", "Mirror the picture"),
        ):
            button.setProperty("bare", True)
            button.setIconSize(QSize(18, 18))
            button.setToolTip(tip(text, name))
            button.setAccessibleName(text)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self.mirror.setCheckable(True)
        column.addLayout(row)
        self.folder.setProperty("link", True)
        self.folder.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column.addWidget(self.folder)
        return footer

    @property
    def cards(self) -> dict[str, VariantCard]:
        """The variants' cards by name."""
        return self.variants.cards

    def show_face(self, title: str, prediction: Prediction | None) -> None:
        """The main face's probabilities."""
        if self._face != title:
            self._face = title
            room = WIDTH_PX - 2 * PAD_PX - BAR_PX
            self.face_title.setText(self.face_title.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, room))
            self.face_title.setToolTip(title)
            self.face_title.setAccessibleName(title)
        self.bars.show_prediction(prediction)

    def show_smoothing(self, strength: float) -> None:
        """The slider's place and the time constant in words."""
        self.smoothing.setValue(round(strength * 100))
        self._smoothing_value.setText("off" if strength < 0.005 else f"{strength:.2f} s")

    def show_recording(self, running: str) -> None:
        """Time and rows while a recording runs, "" otherwise."""
        text = running or "Record"
        if self.record.text() != text:
            self.record.setText(text)
            self.record.setAccessibleName(f"Stop recording, {running}" if running else "Record")
        if self.record.isChecked() != bool(running):
            self.record.setChecked(bool(running))
            self.record.setToolTip(tip("Stop recording" if running else "Record to CSV files", "record"))
            self.dress()

    def show_folder(self, folder: Path) -> None:
        """Where recordings go."""
        room = WIDTH_PX - 2 * PAD_PX - 8
        text = f"Recordings: {words.short_path(folder)}"
        metrics = QFontMetrics(theme.font(theme.SMALL_PX))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        self.folder.setText(shown.replace("&", "&&"))  # one alone would underline the next letter
        self.folder.setToolTip(f"Recordings go to {folder}\nPress to choose another folder")
        self.folder.setAccessibleName(f"Recordings folder {folder}, press to choose another")

    def dress(self) -> None:
        """Icons in the colours of the current theme."""
        now = theme.current()
        self.variants.dress()
        recording = self.record.isChecked()
        self.record.setIcon(icons.icon("stop" if recording else "record", now.danger))
        ink = now.text if self.isEnabled() else now.edge
        self.snapshot.setIcon(icons.icon("snapshot", ink))
        self.mirror.setIcon(icons.icon("mirror", ink))

    def changeEvent(self, event: QEvent) -> None:
        """While a duel measures, nothing here can be pressed, and looks so."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.dress()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)  # a variant's title may look like markup
    label.setProperty("heading", True)
    return label
