"""The runtime's menu, and networks of one's own: added, refused, tried, shown, gone wrong, removed."""

import shutil
from pathlib import Path

from PySide6.QtWidgets import QApplication

from benchmarks.shots.shooter import SIZES, Shooter, wait, wait_live, wait_until
from fer_live.gui.add_model import AddModelDialog
from fer_live.gui.window import Window
from fer_live.runtime import Runtime
from fer_live.source import Source


def shoot(window: Window, shot: Shooter, clip: Source, empty: Source) -> None:
    """What runs, and with what."""
    window.commands.got_it()
    wait_live(window)
    wait(2)
    for name, button in (("runtime", window.inspector.variants.runtime), ("source", window.topbar.source)):
        button.menu_.popup(button.mapToGlobal(button.rect().bottomLeft()))
        wait(0.4)
        shot.looks(f"22-{name}-menu", lambda button=button: button.menu_, ("usual",))
        button.menu_.close()
    window.live.run_with(Runtime(1, "CUDAExecutionProvider"))
    wait_until(lambda: bool(window.notices.shown))
    shot.looks("22-provider-refused")
    window.commands.back()
    file = shot.scratch / "my_network.onnx"
    shutil.copyfile(window.live.manifest.variants[0].path, file)
    shoot_refused_files(window, shot)
    shoot_dialog(window, shot, file)
    wait_until(lambda: "my_network" in window.live.running)
    shot.looks("25-own-model", sizes=tuple(SIZES))
    window.commands.set_compare(compare=True)
    wait_live(window, 4, 60)
    shot.looks("25-own-model-compared")
    window.networks.ask_to_remove(window.live.manifest.names[-1])
    wait(0.3)
    box = QApplication.activeModalWidget()
    shot.looks("26-remove", lambda: box, ("usual",))
    if box is not None:
        box.close()
    window.commands.set_compare(compare=False)
    wait_live(window)
    refuse(window)
    wait(0.8)
    shot.looks("10-refused")


def shoot_refused_files(window: Window, shot: Shooter) -> None:
    """What is no network, and a network of something else: the dialog stays and says why."""
    text = shot.scratch / "notes.onnx"
    text.write_text("This is a shopping list: bread, milk, eggs.\n" * 20)
    half = shot.scratch / "half_a_download.onnx"
    half.write_bytes(window.live.manifest.variants[0].path.read_bytes()[:100_000])
    for name, file in (("text", text), ("half", half), ("gone", shot.scratch / "gone.onnx"), ("folder", shot.scratch)):
        dialog = window.networks.add(file)
        wait_until(lambda dialog=dialog: "Looking" not in dialog.status.text())
        shot.looks(f"24-add-model-{name}", lambda dialog=dialog: dialog, ("usual",))
        dialog.reject()


def shoot_dialog(window: Window, shot: Shooter, file: Path) -> None:
    """Being looked at, tried, refused for its labels, its name and its pixels; at last added."""
    dialog = window.networks.add(file)
    shot("23-add-model-looking", dialog)
    _wait_says(dialog, "It runs")
    shot.looks("23-add-model", lambda: dialog, ("usual",))
    labels = ", ".join(window.live.manifest.variants[0].labels)
    for name, field, wrong, said in (
        ("labels", dialog.form.labels, "happy, sad", "2 labels"),
        ("pixels", dialog.form.mean, "a half", "number"),
        ("taken", dialog.form.name, "fp32", "fp32"),
    ):
        before = field.text()
        field.setText(wrong)
        _wait_says(dialog, said)
        shot.looks(f"24-add-model-{name}", lambda: dialog, ("usual",))
        field.setText(labels if name == "labels" else before)
        _wait_says(dialog, "It runs")
    dialog.accept()


def _wait_says(dialog: AddModelDialog, text: str) -> None:
    """Until the file was looked at, or tried."""
    wait_until(lambda: text in dialog.status.text(), 10)


def refuse(window: Window) -> None:
    """Alter the second variant's file (a copy), then ask for it."""
    variant = window.live.manifest.variants[1]
    with variant.path.open("ab") as file:
        file.write(b"altered")
    window.commands.choose(variant.name)
