"""Which networks there are and what they run with: the commands behind the variants' list."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox

from fer_live.gui import add_model, icons, theme
from fer_live.gui.add_model import AddModelDialog
from fer_live.gui.news import News
from fer_live.gui.trials import Seen
from fer_live.manifest import Manifest, ManifestError, Variant, own_models, own_rows
from fer_live.runtime import Runtime

if TYPE_CHECKING:
    from fer_live.gui.window import Window

AT_ONCE_S = 0.2  # longer, and the pictures would stand still
RECORDING = "Stop the recording first: its files list the variants that there were when it began."


class NetworkCommands(QObject):
    """Main thread. Connects itself to the window's list of variants, and takes files that are dropped onto it."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window, self._live = window, window.live
        panel = window.inspector.variants
        panel.runtime.choose = self.run_with
        panel.removed = self.ask_to_remove
        panel.add.clicked.connect(lambda _=False: self.choose_file())
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def run_with(self, runtime: Runtime) -> None:
        """Another provider, or more threads, as soon as the networks are loaded with them."""
        if not self._window.duels.busy():
            self._live.run_with(runtime)
        self._window.show_state()

    def choose_file(self) -> None:
        """Ask for an ONNX file, then for what it does not tell."""
        if self._is_free():
            path, _ = QFileDialog.getOpenFileName(self._window, "Choose an ONNX network", "", add_model.FILES)
            if path:
                self.add(Path(path))

    def add(self, file: Path) -> AddModelDialog | None:
        """Open the dialog on a file."""
        if not self._is_free():
            return None
        dialog = AddModelDialog(self._live.manifest, self._seen, self._added, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.show_file(file)
        dialog.open()
        return dialog

    def ask_to_remove(self, name: str) -> None:
        """Ask, then remove."""
        if not self._is_free():
            return
        variant = self._live.manifest.variant(name)
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle("Remove a model")
        box.setIconPixmap(icons.pixmap("warn", theme.current().danger, 32, self._window.devicePixelRatioF()))
        box.setTextFormat(Qt.TextFormat.PlainText)  # a title may look like markup
        box.setText(f"Remove {variant.title}?")
        box.setInformativeText("fer_live's copy is deleted; the file it was made of stays where it is.")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        remove.setAutoDefault(False)  # else it becomes the default when the desktop turns dark meanwhile
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        remove.clicked.connect(lambda _=False: self.remove(name))
        box.open()

    def remove(self, name: str) -> None:
        """Take a model of the user's away; what ran beside it goes on."""
        from fer_live.own_models import remove_model

        live = self._live
        if not self._is_free():
            return
        variant = live.manifest.variant(name)
        try:
            remove_model(name, AT_ONCE_S)
        except ManifestError as fault:
            if not _is_gone(variant):
                self._window.show_news(News(f"{variant.title} cannot be removed: {fault}.", "error"))
                return
        wanted = live.selection.wanted
        left = tuple(one for one in live.manifest.variants if one.name != name)
        self._take(replace(live.manifest, variants=left))
        if name in wanted:
            live.use()
        self._window.show_news(News(f"{variant.title} is removed."))
        self._window.show_state()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """An ONNX file that is dropped onto the window; before that it enters and moves, which are such events too."""
        if isinstance(event, QDropEvent) and (file := _onnx_file(event)):
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self.add(file)
            return True
        return super().eventFilter(watched, event)

    def _added(self, variant: Variant) -> None:
        """A card at once, and in single mode it runs."""
        live, window = self._live, self._window
        others = tuple(one for one in live.manifest.variants if one.name != variant.name)
        self._take(replace(live.manifest, variants=(*others, variant)))
        known = {label for one in others for label in one.labels}
        alone = "" if known & set(variant.labels) else " None of its labels is another's, so agreement cannot be told."
        window.show_news(News(f"{variant.title} is added.{alone}"))
        if not live.selection.compare:
            window.commands.choose(variant.name)
        window.show_state()

    def _take(self, manifest: Manifest) -> None:
        for variant in self._live.manifest.variants:
            if variant not in manifest.variants:
                self._window.figures.minute.forget(variant.name)
        self._live.know(manifest)
        self._window.shower.know(manifest)
        self._window.inspector.variants.show_variants(manifest)
        self._window.inspector.variants.dress()

    def _is_free(self) -> bool:
        engine = self._live.engine
        if self._window.duels.busy():
            return False
        if engine is not None and engine.recording is not None:
            self._window.show_news(News(RECORDING))
            return False
        return True

    def _seen(self) -> Seen | None:
        """The face in view, if there is one, and what the reference says of it."""
        engine = self._live.engine
        newest = engine.results.get(0) if engine is not None and self._live.phase == "live" else None
        result = newest[1] if newest else None
        if result is None or not result.faces or not result.runs or not result.runs[0].predictions:
            return None
        names = tuple(run.variant for run in result.runs)
        run = result.runs[names.index(self._live.selection.reference_among(names))]
        titles = {variant.name: variant.title for variant in self._live.manifest.variants}
        return Seen(result.frame.rgb, result.faces[0], titles.get(run.variant, run.variant), run.predictions[0])


def _is_gone(variant: Variant) -> bool:
    """Whether another program has removed it from the user's models meanwhile."""
    folder = own_models()
    try:
        names = [row.get("name") for row in own_rows(folder) if isinstance(row, dict)]
    except ManifestError:  # the list is broken, so nobody knows
        return False
    return variant.folder == folder and variant.name not in names


def _onnx_file(event: QDropEvent) -> Path | None:
    """The one file that is dropped, when it is called as ONNX files are."""
    files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return files[0] if len(files) == 1 and files[0].suffix.lower() == ".onnx" else None
