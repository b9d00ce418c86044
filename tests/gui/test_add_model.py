"""A network of one's own, added and removed in the window: real tiny ONNX files, a real clip."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from tiny_onnx import foreign_model, tiny_model
from waiting import Opener, press, shows, wait_for

from fer_live.dataset import FER2013_LABELS
from fer_live.gui import trials
from fer_live.gui.add_model import AddModelDialog
from fer_live.gui.networks import RECORDING
from fer_live.gui.trials import in_window
from fer_live.gui.window import Window
from fer_live.manifest import Manifest, Variant, load_manifest, own_models
from fer_live.model_options import OwnModel
from fer_live.own_models import remove_model

Clip = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _ships(manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LIVE_MODELS", str(manifest.folder))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "my net.onnx"
    path.write_bytes(foreign_model(("n", 3, 32, 32), 7, "Softmax"))
    return path


def looked(window: Window, file: Path) -> AddModelDialog:
    """The dialog once it has looked at the file and tried it."""
    dialog = window.networks.add(file)
    assert dialog is not None
    wait_for(lambda: not dialog.status.text().startswith(("Looking", "Trying")), "it was tried")
    return dialog


def add(window: Window, file: Path, name: str) -> None:
    dialog = looked(window, file)
    dialog.form.title.setText(f"Title of {name}")
    dialog.form.name.setText(name)
    dialog.accept()
    wait_for(lambda: name in window.inspector.cards, f"{name} has a card")
    window.activateWindow()  # as a desktop does when a dialog closes


def test_what_the_file_tells_is_filled_in_and_it_is_tried_on_the_face_in_view(
    live_window: Window, network: Path
) -> None:
    dialog = looked(live_window, network)
    form = dialog.form
    assert (form.title.text(), form.name.text()) == ("my net", "my-net")
    assert (form.side.text(), form.side.isReadOnly()) == ("32", True)
    assert (form.channels.currentText(), form.channels.isEnabled()) == ("RGB", False)
    assert (form.preset.currentText(), form.labels.text()) == ("FER2013", ", ".join(FER2013_LABELS))
    assert "Of the face in view it says" in dialog.status.text()
    assert "INT8 says" in dialog.status.text()
    assert not own_models().exists()  # nothing is written before OK
    dialog.reject()


def test_refusals_are_told_inside_and_the_dialog_stays(live_window: Window, network: Path) -> None:
    dialog = looked(live_window, network)
    for edit, text, told in (
        (dialog.form.labels, "happy, sad", "Its output 'answer' has 7 columns, but 2 labels were given."),
        (dialog.form.labels, "sad," * 6 + "sad", "The label sad is there twice."),
        (dialog.form.std, "none", "Std: 'none' is not a number, nor three with commas between them."),
        (dialog.form.name, "fp32", "The name fp32 is taken by a variant that ships; give another name."),
        (dialog.form.crop, "1", "'1' is not a size and a shift down such as 1.17,-0.06"),
    ):
        before = edit.text()
        edit.setText(text)
        wait_for(lambda told=told: dialog.status.text() == told, told)  # type: ignore[misc]
        dialog.accept()
        wait_for(lambda told=told: dialog.status.text() == told and dialog.ok.isEnabled(), told)  # type: ignore[misc]
        assert dialog.isVisible()
        edit.setText(before)
    assert not own_models().exists()
    wait_for(lambda: dialog.status.text().startswith("It runs"), "all is well again")
    dialog.reject()


def test_what_is_no_network_is_refused_at_once(live_window: Window, tmp_path: Path) -> None:
    path = tmp_path / "letter.onnx"
    path.write_bytes(b"Dear Sir or Madam")
    dialog = looked(live_window, path)
    assert dialog.status.text() == "It is not an ONNX file, or not a whole one."
    assert dialog.status.property("fault")
    assert not dialog.ok.isEnabled()
    path.write_bytes(tiny_model())  # two outputs: one is to be chosen
    dialog.show_file(path)
    wait_for(lambda: dialog.status.text().startswith("It runs"), "the other file is tried")
    assert dialog.form.output.isVisible()
    assert dialog.form.wish(path).output == "fer2013"
    dialog.reject()


def test_a_trial_of_the_former_file_says_nothing_of_the_next(
    live_window: Window, network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, try_it = threading.Event(), threading.Event(), trials.tried

    def slow(wish: OwnModel, seen: trials.Seen | None) -> trials.Trial | str:
        begun.set()
        assert go_on.wait(20)
        return try_it(wish, seen)

    monkeypatch.setattr(trials, "tried", slow)
    dialog = live_window.networks.add(network)
    assert dialog is not None
    wait_for(begun.is_set, "the first file is being tried")
    letter = tmp_path / "letter.onnx"
    letter.write_bytes(b"Dear Sir or Madam")
    dialog.show_file(letter)
    wait_for(lambda: bool(dialog.status.property("fault")), "the next one is refused")
    refusal = dialog.status.text()
    go_on.set()
    wait_for(lambda: dialog._trying is None, "the trial has ended")
    assert dialog.status.text() == refusal == "It is not an ONNX file, or not a whole one."
    dialog.reject()


def test_while_it_is_added_the_dialog_stays(
    live_window: Window, network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, add_it = threading.Event(), trials.add

    def slow(wish: OwnModel) -> Variant | str:
        assert go_on.wait(30)
        return add_it(wish)

    monkeypatch.setattr(trials, "add", slow)
    dialog = looked(live_window, network)
    dialog.accept()
    dialog.reject()
    assert dialog.isVisible()
    go_on.set()
    wait_for(lambda: "my-net" in live_window.inspector.cards, "it has a card")


def test_it_gets_a_card_at_once_runs_is_compared_and_recorded(live_window: Window, network: Path) -> None:
    window = live_window
    add(window, network, "mine")
    wait_for(lambda: shows(window, "mine"), "it runs")
    assert load_manifest().names[-1] == "mine"
    assert any(bar.text == "Title of mine is added." for bar in window.notices.shown)
    press(window, Qt.Key.Key_C)
    wait_for(lambda: len(window.stage.tiles) == 3, "the others are compared")
    press(window, Qt.Key.Key_4)
    wait_for(lambda: shows(window, "fp32", "pruned", "int8", "mine"), "it is compared")
    engine = window.live.engine
    assert engine is not None
    press(window, Qt.Key.Key_R)
    wait_for(lambda: engine.recording is not None and engine.recording.rows > 40, "it is recorded")
    assert window.networks.add(network) is None
    window.inspector.cards["mine"].cross.click()  # type: ignore[union-attr]
    assert [bar.text for bar in window.notices.shown].count(RECORDING) == 1
    press(window, Qt.Key.Key_R)
    wait_for(lambda: engine.recording is None, "the recording is closed")
    (folder,) = Path(window.settings.recordings).iterdir()
    with (folder / "summary.csv").open(newline="", encoding="utf-8") as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    assert rows["mine"]["agreement"] != ""


def test_it_is_removed_after_a_question(live_window: Window, network: Path) -> None:
    window = live_window
    add(window, network, "mine")
    wait_for(lambda: shows(window, "mine"), "it runs")
    panel, cards = window.inspector.variants, window.inspector.cards
    assert cards["fp32"].cross is None
    chain: list[QWidget] = [panel.runtime]
    while chain[-1] is not panel.add and len(chain) < 100:
        chain.append(chain[-1].nextInFocusChain())
    tabbed = [part for part in chain if part.focusPolicy() & Qt.FocusPolicy.TabFocus and part.isVisible()]
    assert tabbed == [panel.runtime, *cards.values(), cards["mine"].cross, panel.add]
    cards["mine"].cross.setFocus()  # type: ignore[union-attr]
    window.inspector.cards["mine"].cross.click()  # type: ignore[union-attr]
    wait_for(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox), "it asks")
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox)
    assert box.text() == "Remove Title of mine?"
    assert box.textFormat() == Qt.TextFormat.PlainText
    press(window, Qt.Key.Key_T)
    window.dress()  # the desktop turns dark meanwhile
    assert isinstance(box.focusWidget(), QPushButton)
    assert box.focusWidget().text() == "Keep"
    (remove,) = (button for button in box.findChildren(QPushButton) if button.text() == "Remove")
    remove.click()
    seen = window.figures.for_charts()  # it may still run
    assert "mine" not in seen.running
    assert not seen.minute.times("mine")[1].size
    wait_for(lambda: shows(window, "int8"), "the default runs again")
    assert "mine" not in window.inspector.cards
    assert window.focusWidget() is window  # the cross is gone, and Space presses nothing in its stead
    assert load_manifest().names == ("fp32", "pruned", "int8")
    assert network.is_file()
    add(window, network, "mine")  # the name is free again
    wait_for(lambda: shows(window, "mine"), "it runs again")


def test_one_that_another_program_removed_leaves_its_card_when_it_is_removed_here(
    live_window: Window, network: Path
) -> None:
    window = live_window
    add(window, network, "mine")
    wait_for(lambda: shows(window, "mine"), "it runs")
    remove_model("mine")
    window.networks.remove("mine")
    assert window.notices.shown[-1].text == "Title of mine is removed."
    assert "mine" not in window.inspector.cards
    wait_for(lambda: shows(window, "int8"), "the default runs again")
    window.networks.remove("int8")
    assert "INT8 cannot be removed" in window.notices.shown[-1].text
    assert "int8" in window.inspector.cards


def test_more_than_nine_with_long_names_keep_the_panel_whole(opened: Opener, network: Path, shared_clip: Clip) -> None:
    window = opened(str(shared_clip("again.mkv")))
    window.resize(900, 560)
    for number in range(8):
        add(window, network, f"a-network-with-a-name-as-long-as-can-{number}")
    cards = list(window.inspector.cards.values())
    assert len(cards) == 11
    wait_for(lambda: {card.width() for card in cards} == {cards[0].width()}, "all are as wide")
    assert cards[-1].geometry().right() <= window.inspector.width()
    assert len({card.y() for card in cards}) == 11
    assert window.inspector.record.visibleRegion().boundingRect().height() == window.inspector.record.height()
    press(window, Qt.Key.Key_9)
    assert window.live.selection.variant == cards[8].variant.name


def test_a_file_dropped_onto_the_window_is_looked_at(opened: Opener, network: Path, tmp_path: Path) -> None:
    window = opened()

    def drop(path: Path) -> bool:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        at, held = QPoint(10, 10), (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
        enter = QDragEnterEvent(at, *held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(window, enter)
        if enter.isAccepted():
            move = QDragMoveEvent(at, *held, Qt.KeyboardModifier.NoModifier)
            move.ignore()
            QApplication.sendEvent(window, move)
            assert move.isAccepted()
            assert not window.findChildren(AddModelDialog)  # it is not dropped yet
            QApplication.sendEvent(window, QDropEvent(QPointF(at), *held, Qt.KeyboardModifier.NoModifier))
        return bool(window.findChildren(AddModelDialog))

    assert not drop(tmp_path / "holiday.mp4")
    assert drop(network)
    (dialog,) = window.findChildren(AddModelDialog)
    wait_for(lambda: dialog.status.text().startswith("It runs"), "it is tried")
    assert "With a face in view" in dialog.status.text()
    dialog.reject()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("/x/n.onnx cannot be added: its input 'a' is (1, 3, 8, 8): not gray pictures; give --channels rgb",
         "Its input 'a' is (1, 3, 8, 8): not gray pictures; choose rgb as Channels."),
        ("not 64x64 pictures; give --input 32x32", "Not 64x64 pictures; set Input to 32."),
        ("the name a is taken; give another, or first: fer-live models remove a",
         "The name a is taken; give another, or remove that one first."),
        ("a network needs two labels at least, separated by commas (--labels)",
         "A network needs two labels at least, separated by commas."),
    ],
)  # fmt: skip
def test_the_commands_sentences_are_said_with_the_windows_words(told: str, shown: str) -> None:
    assert in_window(told, Path("/x/n.onnx")) == shown


def test_what_is_said_of_a_long_file_name_is_not_cut(live_window: Window, tmp_path: Path) -> None:
    dialog = looked(live_window, tmp_path / f"{'network' * 30}.onnx")
    assert "cannot be read" in dialog.status.text()
    assert dialog.status.minimumSizeHint().width() <= dialog.status.width()
    dialog.reject()


@pytest.mark.parametrize("job", ["looked_at", "tried", "add"])
def test_a_fault_that_nobody_foresaw_is_told_and_the_dialog_does_not_wait_for_ever(
    live_window: Window, network: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("made in a test")

    loud = list[BaseException]()
    monkeypatch.setattr("sys.excepthook", lambda _kind, fault, _trace: loud.append(fault))
    monkeypatch.setattr(trials, job, broken)
    dialog = looked(live_window, network)
    if job == "add":
        dialog.accept()
        wait_for(lambda: not dialog.status.text().startswith("Adding"), "it was added")
    assert dialog.status.text() == "A fault of fer_live, please report it: RuntimeError: made in a test"
    assert dialog.ok.isEnabled() == (job != "looked_at")
    assert [str(fault) for fault in loud] == ["made in a test"]
    dialog.reject()
