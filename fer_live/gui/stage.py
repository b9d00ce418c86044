"""Stage: paints the newest result on the very frame that was processed, once per variant.

The stage takes pictures on demand; it has no signal, so no frame ever becomes one (PySide6 6.12.0 on Python 3.11 aborts
after some thousand emits).
"""

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from fer_live.frame import Frame
from fer_live.gui import overlay, theme, tiles
from fer_live.gui.overlay import Mark
from fer_live.gui.tiles import Tile

FADE_S = 0.15
MOST_CONVERTED = 1920 * 1080  # pixels of a frame
ROUND_PX = 8.0
MARGIN_PX = 12.0
RECORDING = "#ff4d42"


class Stage(QWidget):
    """The picture side of the window. All methods: main thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(320, 160)
        self.setAccessibleName("Picture")
        self.painted_at = 0.0  # perf_counter second at which ``painted`` was first painted
        self.painted: Frame | None = None
        self._frame: Frame | None = None
        self._image = QImage()
        self._scaled = QImage()
        self._tiles: tuple[Tile, ...] = ()
        self._leaving: dict[tuple[str, int], tuple[Mark, float]] = {}
        self._grayed = False
        self._hint = ""
        self._recording = ""

    @property
    def frame(self) -> Frame | None:
        """The frame on the stage."""
        return self._frame

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """What the tiles show."""
        return self._tiles

    @property
    def fading(self) -> bool:
        """Some face is still fading, so the stage has to be painted again."""
        return bool(self._leaving)

    def show_frame(self, frame: Frame, shown: Sequence[Tile]) -> None:
        """Show a new frame with its tiles; faces that are no longer there fade out. The pixels are not copied."""
        now = time.perf_counter()
        kept = {(tile.variant, face.track) for tile in shown for face in tile.marks}
        for tile in self._tiles:
            for gone in tile.marks:
                if (tile.variant, gone.track) not in kept:
                    self._leaving.setdefault((tile.variant, gone.track), (gone, now))
        for back in kept:
            self._leaving.pop(back, None)
        height, width = frame.rgb.shape[:2]
        self._image = QImage(frame.rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        if width * height <= MOST_CONVERTED:  # RGB32 scales three times as fast, but a photo takes long to become it
            self._image = self._image.convertToFormat(QImage.Format.Format_RGB32)
        self._scaled = QImage()
        self._frame, self._tiles, self._grayed = frame, tuple(shown), False
        self.update()

    def show_figures(self, shown: Sequence[Tile]) -> None:
        """New figures for the tiles of the frame on the stage."""
        if tuple(shown) != self._tiles:
            self._tiles = tuple(shown)
            self.update()
        spoken = "" if self._grayed else "; ".join(map(_spoken, self._tiles))  # a gray picture shows no labels
        if spoken != self.accessibleDescription():
            self.setAccessibleDescription(spoken)

    def clear(self) -> None:
        """No picture at all: an empty background."""
        self._frame, self._image, self._scaled, self._tiles = None, QImage(), QImage(), ()
        self._leaving.clear()
        self.update()

    def gray_out(self) -> None:
        """Keep the last picture, visibly not live: gray, without boxes."""
        if self._frame is not None and not self._grayed:
            self._grayed = True
            self._scaled = QImage()
            self._leaving.clear()
            self.update()

    def set_hint(self, text: str) -> None:
        """A small line at the foot of the picture ("" for none)."""
        if text != self._hint:
            self._hint = text
            self.update()

    def set_recording(self, text: str) -> None:
        """What the red dot says ("" while nothing is written)."""
        if text != self._recording:
            self._recording = text
            self.update()

    def places(self) -> list[QRectF]:
        """Where the pictures are, in logical pixels of the widget."""
        area = QRectF(self.rect()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        return tiles.grid(area, max(1, len(self._tiles)), QSizeF(self._image.size()))

    def sizeHint(self) -> QSize:
        """As large as a common camera picture."""
        return QSize(640, 480)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint background, pictures, faces and readings."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().window))
        if self._frame is not None:
            self.paint_tiles(painter)
            if self.painted is not self._frame:
                self.painted, self.painted_at = self._frame, time.perf_counter()
        for area, text, dot in self._statuses(self.places()):
            overlay.paint_pill(painter, area, text, dot=dot)
        painter.end()

    def paint_tiles(self, painter: QPainter) -> None:
        """Paint the pictures with everything that lies on them, in the widget's coordinates."""
        places = self.places()
        if not places:
            return
        picture = self._picture(places[0].size(), painter.device().devicePixelRatioF())
        now = time.perf_counter()
        self._leaving = {key: entry for key, entry in self._leaving.items() if now - entry[1] < FADE_S}
        for number, place in enumerate(places):
            painter.drawImage(place.topLeft(), picture)
            if not self._grayed and number < len(self._tiles):
                kept_clear = [area for area, _, _ in self._statuses(places)] if number == 0 else []
                self._paint_tile(painter, self._tiles[number], place, kept_clear, now)
            self._round_corners(painter, place)

    def _paint_tile(self, painter: QPainter, tile: Tile, place: QRectF, kept_clear: list[QRectF], now: float) -> None:
        shown = [(face, 1.0) for face in tile.marks]
        for (variant, _), (face, gone_at) in self._leaving.items():
            if variant == tile.variant:
                shown.append((face, max(0.0, 1 - (now - gone_at) / FADE_S)))
        frame = QSizeF(self._image.size())
        overlay.paint_boxes(painter, shown, place, frame)
        taken = kept_clear + tiles.paint_readings(painter, tile, place, alone=len(self._tiles) == 1)
        overlay.paint_chips(painter, shown, place, frame, taken)

    def _picture(self, size: QSizeF, ratio: float) -> QImage:
        """The frame at the size of a tile, made once per frame and shared by all tiles."""
        wanted = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if self._scaled.size() != wanted:
            source = self._image
            if self._grayed:
                source = source.convertToFormat(QImage.Format.Format_Grayscale8).convertToFormat(source.format())
            self._scaled = QImage(wanted, QImage.Format.Format_RGB32)
            painter = QPainter(self._scaled)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._scaled.rect(), source)
            if self._grayed:
                veil = QColor(theme.current().window)
                veil.setAlpha(150)
                painter.fillRect(self._scaled.rect(), veil)
            painter.end()
        self._scaled.setDevicePixelRatio(ratio)
        return self._scaled

    def _round_corners(self, painter: QPainter, place: QRectF) -> None:
        path = QPainterPath()
        path.addRect(place.adjusted(-0.5, -0.5, 0.5, 0.5))
        path.addRoundedRect(place, ROUND_PX, ROUND_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(path, QColor(theme.current().window))

    def _statuses(self, places: list[QRectF]) -> list[tuple[QRectF, str, str]]:
        """Where the recording dot and the hint go (area, text, dot), clear of everything that a tile shows.

        They stand below the first tile's name; a hint on a single picture has its foot to itself.
        """
        first = places[0] if places and self._frame is not None else QRectF(self.rect())
        left, top = first.left() + tiles.INSET_PX, first.top() + tiles.INSET_PX
        top += overlay.PILL_PX + overlay.GAP_PX if self._tiles else 0
        beside = math.inf  # a narrow picture shows no figures
        if self._tiles and first.width() >= tiles.ROOMY_PX:
            beside = first.width() - 2 * tiles.INSET_PX - tiles.figures_width(self._tiles[0]) - tiles.GAP_PX
        found = []
        for text, dot in ((self._recording, RECORDING), (self._hint, "")):
            if not text:
                continue
            size = overlay.pill_size(text, dot=bool(dot))
            if size.width() > first.width() - 2 * tiles.INSET_PX:
                text = text.partition(" · ")[0]
                size = overlay.pill_size(text, dot=bool(dot))
            area = QRectF(QPointF(left, top), size)
            if not dot and len(places) == 1:
                bottom = first.bottom() - tiles.INSET_PX - size.height()
                area = QRectF(QPointF(first.center().x() - size.width() / 2, bottom), size)
            else:
                if size.width() > beside:  # below the figures
                    area.moveTop(max(top, first.top() + tiles.INSET_PX + tiles.FIGURES_PX + overlay.GAP_PX))
                top = area.top() + overlay.PILL_PX + overlay.GAP_PX
            found.append((area, text, dot))
        return found

    def changeEvent(self, event: QEvent) -> None:
        """Another theme or font: what was drawn with the old one is stale."""
        super().changeEvent(event)
        self._scaled = QImage()
        self.update()


def _spoken(tile: Tile) -> str:
    """What a tile shows, for those who hear it."""
    said = tile.main.text if tile.main is not None else "no face"
    return f"{tile.title}: {said}{', differs' if tile.differs else ''}"
