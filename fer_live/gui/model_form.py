"""The fields that describe a network of the user's own; what its file tells is filled in."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from fer_live.dataset import FER2013_LABELS, FERPLUS_LABELS
from fer_live.gui.controls import Picker
from fer_live.manifest import Manifest
from fer_live.model_options import SIDES, TITLE_LETTERS, OwnModel, crop, crop_text, name_from, numbers
from fer_live.variant import CropGeometry

if TYPE_CHECKING:
    from fer_live.onnx_look import FirstLook

LABELS: Final = {
    "FER2013": FER2013_LABELS,
    "FER+": FERPLUS_LABELS,
    "AffectNet": ("neutral", "happy", "sad", "surprise", "fear", "disgust", "angry", "contempt"),
    "RAF-DB": ("surprise", "fear", "disgust", "happy", "sad", "angry", "neutral"),
}
PIXELS: Final = {
    "0 to 1": ("0", "1"),
    "-1 to 1": ("0.5", "0.5"),
    "0 to 255": ("0", "0.00392157"),
    "as ImageNet's": ("0.485, 0.456, 0.406", "0.229, 0.224, 0.225"),
}
OWN: Final = "own"
COLOURS: Final = {"gray": "Gray", "rgb": "RGB"}


class ModelForm(QWidget):
    """``changed`` is called after every change; ``wish`` says what is asked for."""

    def __init__(self, manifest: Manifest, parent: QWidget) -> None:
        super().__init__(parent)
        self.changed: Callable[[], None] = lambda: None
        self.columns: int | None = None
        own = manifest.variant(manifest.reference)
        means = [value for value in (own.input.mean, own.input.std) if isinstance(value, float)]
        fed = {f"as {own.title}": (f"{means[0]:g}", f"{means[1]:g}")} if len(means) == 2 else {}
        self._pixels = {**PIXELS, **fed}
        self.title, self.name = self._edit("Title"), self._edit("Name")
        self.title.setMaxLength(TITLE_LETTERS)
        self.preset, self.labels = self._picker("Order of the labels", [*LABELS, OWN]), self._edit("Labels")
        self.side, self.channels = self._edit("Input"), self._picker("Channels", COLOURS.values())
        self.range = self._picker("Pixels", [*self._pixels, OWN])
        self.mean, self.std, self.crop = self._edit("Mean"), self._edit("Std"), self._edit("Crop")
        self.output = self._picker("Output", ())
        self._told = QLabel()
        self._told.setProperty("quiet", True)
        self._lay_out()
        self._connect()
        self.crop.setText(crop_text(CropGeometry()))
        self._use_range()

    def show_file(self, file: Path) -> None:
        """Names after the file, unless some were given."""
        self.title.setText(file.stem.replace("_", " "))
        self.name.setText(name_from(file.stem))

    def show_look(self, look: "FirstLook") -> None:
        """Fill in what the file tells; what it tells cannot be changed."""
        self.side.setText(str(look.size) if look.size else self.side.text() or "64")
        self.side.setReadOnly(look.size is not None)
        self.channels.setCurrentText(COLOURS[look.channels or "gray"])
        self.channels.setEnabled(look.channels is None)
        self.output.clear()
        for name, columns in look.outputs:
            self.output.addItem(f"{name} ({columns})" if columns else name, (name, columns))
        fitting = [row for row, (_, columns) in enumerate(look.outputs) if columns in (7, 8)]
        self.output.setCurrentIndex(fitting[0] if fitting else 0)
        self._rows.setRowVisible(self.output, len(look.outputs) > 1)
        self._use_output()
        for preset, labels in LABELS.items():
            if len(labels) == self.columns:
                self.preset.setCurrentText(preset)
                break
        self._use_preset()

    def wish(self, file: Path) -> OwnModel:
        """What is asked for; ValueError with a sentence for a field that cannot be read."""
        size = int(self.side.text()) if self.side.text().strip().isdecimal() else 0
        if not SIDES[0] <= size <= SIDES[1]:
            raise ValueError(f"Input is a number of pixels from {SIDES[0]} to {SIDES[1]}.")
        for edit in (self.mean, self.std):
            try:
                numbers(edit.text())
            except ValueError as fault:
                raise ValueError(f"{edit.accessibleName()}: {fault}.") from None
        name = self.name.text().strip()
        chosen: tuple[str, int | None] | None = self.output.currentData()
        return OwnModel(
            file=file,
            name=name,
            title=self.title.text().strip() or name,
            labels=tuple(self.labels.text().split(",")),
            size=size,
            channels=self._channels,
            mean=numbers(self.mean.text()),
            std=numbers(self.std.text()),
            crop=crop(self.crop.text()),
            output=chosen[0] if chosen else None,
        )

    @property
    def _channels(self) -> Literal["gray", "rgb"]:
        return "rgb" if self.channels.currentText() == COLOURS["rgb"] else "gray"

    def _lay_out(self) -> None:
        self._rows = rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(12)
        rows.setVerticalSpacing(8)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        rows.addRow("Title", _beside((self.title, 3), ("Name", 0), (self.name, 2)))
        rows.addRow("Labels", _beside((self.preset, 1), (self._told, 2)))
        rows.addRow("", self.labels)
        rows.addRow("Input", _beside((self.side, 1), ("pixels square", 0), (self.channels, 1)))
        rows.addRow("Pixels", _beside((self.range, 3), ("Mean", 0), (self.mean, 2), ("Std", 0), (self.std, 2)))
        rows.addRow("Crop", _beside((self.crop, 1), ("size (1 is the face's box) and shift down", 2)))
        rows.addRow("Output", self.output)
        rows.setRowVisible(self.output, False)
        tips = {
            self.title: "What the window calls it",
            self.name: "What commands and tables call it: letters, digits, dots, dashes and underscores",
            self.labels: "In the order of the network's output, with commas between them",
            self.range: "What a pixel is turned into: (pixel / 255 - mean) / std",
            self.mean: "One number, or three for RGB",
            self.std: "One number, or three for RGB",
            self.crop: "The crop's side in sides of the face's box, and how far it lies below it in its own sides;\n"
            "1.17, -0.06 is as FER2013's faces",
            self.side: "Pixels that the network sees, square",
        }
        for field, tip in tips.items():
            field.setToolTip(tip)

    def _connect(self) -> None:
        self.preset.activated.connect(lambda _: self._use_preset())
        self.range.activated.connect(lambda _: self._use_range())
        self.output.activated.connect(lambda _: self._use_output())
        self.channels.activated.connect(lambda _: self.changed())
        self.labels.textEdited.connect(lambda _: self.preset.setCurrentText(OWN))
        for edit in (self.mean, self.std):
            edit.textEdited.connect(lambda _: self.range.setCurrentText(OWN))
        for edit in (self.title, self.name, self.labels, self.side, self.mean, self.std, self.crop):
            edit.textChanged.connect(lambda _: self._tell())

    def _use_preset(self) -> None:
        if labels := LABELS.get(self.preset.currentText()):
            self.labels.setText(", ".join(labels))
        self._tell()

    def _use_range(self) -> None:
        if self.range.currentText() in self._pixels:
            mean, std = self._pixels[self.range.currentText()]
            self.mean.setText(mean)
            self.std.setText(std)

    def _use_output(self) -> None:
        chosen: tuple[str, int | None] | None = self.output.currentData()
        self.columns = chosen[1] if chosen else None
        self._tell()

    def _tell(self) -> None:
        given = len([label for label in self.labels.text().split(",") if label.strip()])
        self._told.setText(f"{given} of {self.columns} in the output's order" if self.columns else f"{given} labels")
        self.changed()

    def _edit(self, name: str) -> QLineEdit:
        edit = QLineEdit(self)
        edit.setAccessibleName(name)
        return edit

    def _picker(self, name: str, entries: Iterable[str]) -> Picker:
        picker = Picker(self)
        picker.addItems(list(entries))
        picker.setAccessibleName(name)
        return picker


def _beside(*parts: tuple[QWidget | str, int]) -> QHBoxLayout:
    """Widgets, and words for them, in one line, with their shares of it."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for part, share in parts:
        widget = QLabel(part) if isinstance(part, str) else part
        if isinstance(part, str):
            widget.setProperty("quiet", True)
        row.addWidget(widget, share)
    return row
