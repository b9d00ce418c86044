"""The seven probabilities of the main face as bars."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from fer_live.frame import Prediction
from fer_live.gui import theme

ROW_PX = 20
WORD_PX, WIDEST_PX = 68, 110  # the labels' column: for those that ship, and for long ones
FIGURE_PX = 36


class ScoreBars(QWidget):
    """One bar per label, in the order of the labels; the largest is set in bold. Empty tracks without a prediction."""

    def __init__(self, labels: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels = labels
        self.prediction: Prediction | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probabilities of the main face")
        self._describe()

    def show_prediction(self, prediction: Prediction | None) -> None:
        """The (smoothed) probabilities, or None without a face."""
        if prediction != self.prediction:
            if prediction and prediction.labels != self._labels:
                self._labels = prediction.labels
                self.updateGeometry()
            self.prediction = prediction
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """One row per label."""
        return QSize(288, ROW_PX * len(self._labels))

    def minimumSizeHint(self) -> QSize:
        """The rows are never squeezed."""
        return QSize(200, ROW_PX * len(self._labels))

    def _describe(self) -> None:
        own = self.prediction
        pairs = zip(own.labels, own.scores, strict=True) if own else ()
        self.setAccessibleDescription(", ".join(f"{label} {score:.2f}" for label, score in pairs) or "no face")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint word, bar and figure of every label."""
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bold = QFontMetricsF(theme.font(theme.NORMAL_PX, bold=True))
        word_px = min(max(WORD_PX, *map(bold.horizontalAdvance, self._labels)), WIDEST_PX)
        for row, label in enumerate(self._labels):
            score = self.prediction.scores[row] if self.prediction else None
            top = self.prediction is not None and label == self.prediction.label
            self._paint_row(painter, now, QRectF(0, row * ROW_PX, word_px, ROW_PX), label, score, top=top)
        painter.end()

    def _paint_row(
        self, painter: QPainter, now: theme.Theme, word: QRectF, label: str, score: float | None, *, top: bool
    ) -> None:
        painter.setFont(theme.font(theme.NORMAL_PX, bold=top))
        painter.setPen(QColor(now.text if top else now.muted))
        short = QFontMetricsF(painter.font()).elidedText(label, Qt.TextElideMode.ElideRight, word.width())
        painter.drawText(word, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
        track = QRectF(word.right() + 4, word.top() + 6, self.width() - word.width() - FIGURE_PX - 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.line))
        painter.drawRoundedRect(track, 4, 4)
        if score is None:
            return
        colour = QColor(theme.emotion_colour(label))
        filled = QRectF(track.left(), track.top(), max(track.width() * score, 3.0), track.height())
        # yellow on white needs an edge to be seen
        painter.setPen(QPen(colour.darker(150), 1) if now.name == "light" else Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(filled, min(4.0, filled.width() / 2), 4)
        painter.setPen(QColor(now.text if top else now.muted))
        painter.setFont(theme.font(theme.NORMAL_PX, bold=top, tabular=True))
        figure = QRectF(self.width() - FIGURE_PX, word.top(), FIGURE_PX, ROW_PX)
        painter.drawText(figure, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{score:.2f}")
