"""Snapshots: the picture as it is shown, written as PNG beside the window's work."""

import time
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from fer_live.growing import write_whole
from fer_live.gui import theme
from fer_live.gui.jobs import Job
from fer_live.gui.stage import Stage


def picture_of(stage: Stage) -> QImage | None:
    """All pictures on the stage with their overlay, at the frame's own resolution at least; None without a frame."""
    places = stage.places()
    if stage.frame is None or not places:
        return None
    area = QRectF(places[0])
    for place in places[1:]:
        area = area.united(place)
    ratio = max(stage.devicePixelRatioF(), stage.frame.rgb.shape[1] / places[0].width())
    image = QImage(QSize(round(area.width() * ratio), round(area.height() * ratio)), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(theme.current().window)
    painter = QPainter(image)
    painter.translate(-area.topLeft())
    stage.paint_tiles(painter)
    painter.end()
    return image


def reserve(folder: Path) -> Path:
    """A new empty file in ``folder`` (made if need be) for a snapshot taken now; OSError when that cannot be."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime("fer_live-%Y%m%d-%H%M%S")
    for number in range(1, 1000):
        path = folder / (f"{stamp}.png" if number == 1 else f"{stamp}-{number}.png")
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise OSError(f"{folder} is full of snapshots of this second")


def save(image: QImage, path: Path) -> Job[Path]:
    """Write ``image`` in a thread, since packing a PNG takes longer than a frame. The job raises OSError."""

    def write() -> Path:
        try:
            write_whole(path, _packed(image))
        except OSError:
            path.unlink(missing_ok=True)  # which was empty
            raise
        return path

    return Job(write, "snapshot")


def _packed(image: QImage) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]  # the stubs know a name here as bytes alone
        raise OSError("it cannot be packed as PNG")
    return bytes(content.data())
