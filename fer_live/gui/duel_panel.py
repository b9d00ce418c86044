"""The panel of a duel, over the stage: how far it is, the verdicts so far, and at the end what came out."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from fer_live.gui import theme, words
from fer_live.gui.duel_words import Line, Said
from fer_live.gui.focus import show_or_hide
from fer_live.gui.whisker import Whisker, common_scale
from fer_live.gui.words import LONG_WORD, breakable

WIDEST_PX, MARGIN_PX, PAD_PX = 640, 12, 20
STEPS = 1000  # of the progress bar


class DuelPanel(QWidget):
    """Buttons for the window to connect; ``say`` takes what is so. Hidden until then, and after ``hide``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.colours: dict[str, str] = {}  # of the variants, by their names
        self.said: Said | None = None
        self._title, self._status = _label("large"), _label("")
        self._bar = QProgressBar(self)
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(theme.GRID_PX)
        self._bar.setAccessibleName("Progress of the duel")
        self._rows: list[VerdictRow] = []
        self._notes = _label("quiet")
        self._place_of_files = _label("quiet")
        self._place_of_files.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.report = _button("Report", "A page about this duel, in the browser")
        self.folder = _button("Open folder", "Open the folder with the CSV files")
        self.again = _button("Again", "Once more, with what is chosen now (D)")
        self.close_ = _button("Close", "Close this panel (Esc)")
        self.cancel = _button("Cancel", "End the duel now and keep what was measured (Esc)")
        self._lay_out()
        parent.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, PAD_PX - 4, PAD_PX, PAD_PX - 4)
        column.setSpacing(theme.GRID_PX)
        for part in (self._title, self._status, self._bar):
            column.addWidget(part)
        self._body = QWidget()
        self._body.setMinimumSize(1, 1)  # else that of its words broken as narrow as can be, which is far too high
        self._verdicts = QVBoxLayout()
        self._verdicts.setSpacing(12)
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 4, 4, 0)
        inner.setSpacing(10)
        inner.addLayout(self._verdicts)
        inner.addWidget(self._notes)
        inner.addWidget(self._place_of_files)
        inner.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._scroll.setAccessibleName("Verdicts")
        self._scroll.setWidget(self._body)
        column.addWidget(self._scroll, 1)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(theme.GRID_PX)
        self._foot.addStretch(1)
        for button in (self.report, self.folder, self.again, self.close_, self.cancel):
            self._foot.addWidget(button)
        column.addLayout(self._foot)

    def say(self, said: Said) -> None:
        """Show this. Saying the same again changes nothing."""
        if said == self.said and self.isVisible():
            return
        self.said = said
        self._title.setText(breakable(said.title, LONG_WORD))
        self._status.setText(breakable(said.status, LONG_WORD))
        self._bar.setVisible(said.share is not None)
        self._bar.setValue(round((said.share or 0) * STEPS))
        self._show_lines(said)
        self._notes.setText("\n".join(said.notes))
        self._notes.setVisible(bool(said.notes))
        where = said.folder and words.short_path(said.folder)
        files = f"Every frame and the summary as CSV: {where}" if where else ""
        self._place_of_files.setText(breakable(files, LONG_WORD))
        self._place_of_files.setToolTip(str(said.folder or ""))
        self._place_of_files.setVisible(bool(where))
        show_or_hide(self._scroll, shown=bool(said.lines or said.notes or where))
        for button, wanted in (
            (self.report, said.reports),
            (self.folder, said.folder is not None),
            (self.again, not said.running),
            (self.close_, not said.running),
            (self.cancel, said.running),
        ):
            show_or_hide(button, shown=wanted)
        self.setAccessibleName(f"Duel: {said.title}")
        self.setAccessibleDescription(" ".join([said.status, *(line.text for line in said.lines), *said.notes]))
        self.show()
        self.place()

    def place(self) -> None:
        """In the middle of the stage, as high as its words need and the stage has room for."""
        around = self._around.rect()
        width = min(WIDEST_PX, around.width() - 2 * MARGIN_PX)
        inner = width - 2 * PAD_PX
        layout = self.layout()
        assert isinstance(layout, QBoxLayout)
        shown = [part for part in (self._title, self._status) if part.text()]
        height = 2 * (PAD_PX - 4) + sum(part.heightForWidth(inner) + theme.GRID_PX for part in shown)
        height += self._bar.height() + theme.GRID_PX if self.said and self.said.share is not None else 0
        if self.said and (self.said.lines or self.said.notes or self.said.folder):
            body = self._body.layout()
            assert body is not None
            height += body.heightForWidth(inner) + theme.GRID_PX
        height += self._foot.sizeHint().height()
        height = min(height, around.height() - 2 * MARGIN_PX)
        self.setGeometry((around.width() - width) // 2, (around.height() - height) // 2, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle of the stage."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A panel like that of the stage's messages."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.setBrush(QColor(now.panel))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 12, 12)
        painter.end()

    def sizeHint(self) -> QSize:
        """Whatever ``place`` gives."""
        return self.size()

    def _show_lines(self, said: Said) -> None:
        lines = said.lines
        while len(self._rows) < len(lines):
            self._rows.append(VerdictRow(self._body))
            self._verdicts.addWidget(self._rows[-1])
        scale = common_scale([line.interval for line in lines])
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(lines))
            if number < len(lines):
                line = lines[number]
                row.show_line(line, self.colours.get(line.variant, theme.current().accent), scale)
                row.whisker.setVisible(said.running or line.interval is not None)


class VerdictRow(QWidget):
    """A sentence, its whisker, and what else is known."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.text, self._detail = _label(""), _label("quiet")
        self.text.setFont(theme.font(bold=True))
        self.whisker = Whisker(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part in (self.text, self.whisker, self._detail):
            column.addWidget(part)

    def show_line(self, line: Line, colour: str, scale: tuple[float, float]) -> None:
        """Take a verdict; ``colour`` is the variant's."""
        self.text.setText(breakable(line.text, LONG_WORD))
        self._detail.setText(line.detail)
        self.whisker.show_interval(line.interval, colour, scale)


def _label(kind: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)  # titles may look like markup
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    if kind:
        label.setProperty(kind, True)
    return label


def _button(title: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setToolTip(tip)
    button.setAccessibleName(title)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
