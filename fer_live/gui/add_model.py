"""The dialog for a network of the user's own: the file is looked at at once and tried after every change."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fer_live.gui import theme, trials
from fer_live.gui.jobs import Job
from fer_live.gui.model_form import ModelForm
from fer_live.gui.trials import Seen, Trial
from fer_live.gui.words import LONG_WORD, breakable
from fer_live.manifest import Manifest, Variant

if TYPE_CHECKING:
    from fer_live.onnx_look import FirstLook

T = TypeVar("T")
FILES: Final = "ONNX networks (*.onnx);;All files (*)"
WAIT_MS, POLL_MS = 350, 30  # after the last key before it is tried; between two looks at a job
WIDTH_PX = 580
ROOM_PX = 430  # of the file's name


class AddModelDialog(QDialog):
    """``added`` is called with the new variant; a refusal is told inside and the dialog stays."""

    def __init__(
        self,
        manifest: Manifest,
        look: Callable[[], Seen | None],
        added: Callable[[Variant], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Add a model")
        self.setFixedWidth(WIDTH_PX)
        self._look, self._added = look, added
        self._file: Path | None = None
        self._looking: Job[FirstLook | str] | None = None
        self._trying: Job[Trial | str] | None = None
        self._adding: Job[Variant | str] | None = None
        self._seen: Seen | None = None
        self.form = ModelForm(manifest, self)
        self.status, self._path = QLabel(), QLabel()
        for label in (self.status, self._path):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._choose, self.ok, self._cancel = QPushButton("Choose…"), QPushButton("Add"), QPushButton("Cancel")
        self._lay_out()
        self._pause, self._poll = QTimer(self), QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._try)
        self._poll.timeout.connect(self._finish)
        self._poll.start(POLL_MS)
        self.form.changed = self._change
        self._tell("")

    def show_file(self, file: Path) -> None:
        """Look at this file."""
        self._file = file
        self._path.setText(QFontMetrics(theme.font()).elidedText(str(file), Qt.TextElideMode.ElideMiddle, ROOM_PX))
        self._path.setToolTip(str(file))
        self._pause.stop()
        self.form.setEnabled(False)
        self.ok.setEnabled(False)
        self.form.show_file(file)
        self._tell("Looking at it\u00a0…")
        self._looking = Job(lambda: trials.looked_at(file), "model look")

    def accept(self) -> None:
        """Add it; the dialog closes when that is done."""
        if self._file is None or self._adding is not None or not self.ok.isEnabled():
            return
        try:
            wish = self.form.wish(self._file)
        except ValueError as fault:
            self._tell(str(fault), fault=True)
            return
        self._pause.stop()
        self.ok.setEnabled(False)
        self._tell("Adding it\u00a0…")
        self._adding = Job(lambda: trials.add(wish), "model adder")

    def reject(self) -> None:
        """Close, but not while the model is being added: it would be there without the window knowing."""
        if self._adding is None:
            super().reject()

    def done(self, result: int) -> None:
        """Close; a look or a trial that still runs ends by itself."""
        self._pause.stop()
        self._poll.stop()
        super().done(result)

    def _change(self) -> None:
        if self._file is not None and self.form.isEnabled():
            self._pause.start(WAIT_MS)

    def _try(self) -> None:
        if self._file is None or self._adding is not None or not self.form.isEnabled():
            return
        if self._trying is not None:  # the one before first
            self._pause.start(WAIT_MS)
            return
        try:
            wish = self.form.wish(self._file)
        except ValueError as fault:
            self._tell(str(fault), fault=True)
            return
        self._tell("Trying it\u00a0…")
        self._seen = seen = self._look()
        self._trying = Job(lambda: trials.tried(wish, seen), "model trial")

    def _finish(self) -> None:
        """Take what the jobs found."""
        if self._looking is not None and self._looking.done:
            looking, self._looking = self._looking, None
            found = self._outcome(looking)
            self.form.setEnabled(not isinstance(found, str))
            if isinstance(found, str):
                self._tell(found, fault=True)
            else:
                self.ok.setEnabled(True)
                self.form.show_look(found)
                self.form.title.setFocus()
        if self._trying is not None and self._trying.done:
            trying, self._trying = self._trying, None
            # Of a former file, or of fields that were changed since, it says nothing any more.
            if self.form.isEnabled() and not self._pause.isActive() and self._adding is None:
                self._tell_trial(self._outcome(trying))
        if self._adding is not None and self._adding.done:
            adding, self._adding = self._adding, None
            variant = self._outcome(adding)
            if isinstance(variant, str):
                self.ok.setEnabled(True)
                self._tell(variant, fault=True)
            else:
                super().accept()
                self._added(variant)

    def _outcome(self, job: Job[T]) -> T:
        """What a job found. A fault that nobody foresaw stays loud, and the dialog no longer waits for the job."""
        try:
            return job.outcome()
        except Exception as fault:
            self.ok.setEnabled(self.form.isEnabled())
            self._tell(f"A fault of fer_live, please report it: {type(fault).__name__}: {fault}", fault=True)
            raise

    def _tell_trial(self, trial: Trial | str) -> None:
        if isinstance(trial, str):
            self._tell(trial, fault=True)
            return
        variant, said = trial
        faces = "one face at a time" if variant.input.batch == 1 else f"{variant.input.batch or 'all'} faces at once"
        text = f"It runs, {faces}, and gives {variant.heads[0].gives}."
        if said is None or self._seen is None:
            self._tell(f"{text} With a face in view you would read here what it says of it.")
            return
        best = sorted(zip(said.scores, said.labels, strict=True), reverse=True)[:2]
        told = " and ".join(f"{label} {score:.2f}" for score, label in best)
        other = self._seen.said
        self._tell(f"{text}\nOf the face in view it says {told}; {self._seen.title} says {other.label}.")

    def _tell(self, text: str, *, fault: bool = False) -> None:
        self.status.setText(breakable(text, LONG_WORD))
        self.status.setProperty("fault", fault)
        self.status.style().polish(self.status)
        self.status.setAccessibleName(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        heading = QLabel("Add a model")
        heading.setProperty("large", True)
        column.addWidget(heading)
        file = QHBoxLayout()
        file.addWidget(self._path, 1)
        file.addWidget(self._choose)
        column.addLayout(file)
        column.addWidget(self.form)
        self.status.setProperty("detail", True)
        self.status.setWordWrap(True)
        self.status.setMinimumHeight(54)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.status)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self.ok)
        column.addLayout(buttons)
        self.ok.setProperty("primary", True)
        self.ok.setDefault(True)
        self._choose.setAutoDefault(False)
        self._choose.setAccessibleName("Choose another file")
        self._choose.clicked.connect(lambda _=False: self._ask())
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(lambda _=False: self.reject())
        self.ok.clicked.connect(lambda _=False: self.accept())

    def _ask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose an ONNX network", "", FILES)
        if path:
            self.show_file(Path(path))
