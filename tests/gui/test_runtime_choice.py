"""Provider and threads, chosen in the window while pictures flow."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from waiting import press, shows, wait_for

from fer_live.classifier import OnnxClassifier
from fer_live.engine import Engine
from fer_live.gui.live import Live
from fer_live.gui.selection import Selection
from fer_live.gui.window import Window
from fer_live.loader import Networks
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import CPU, Runtime
from fer_live.settings import Settings, load_settings

CUDA, OPENVINO = "CUDAExecutionProvider", "OpenVINOExecutionProvider"
Clip = Callable[[str], Path]
Open = Callable[..., Window]


class Others(Networks):
    """An onnxruntime that lists two more providers; one works, the other is refused as a missing one really is."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.go_on.set()

    def providers(self) -> tuple[str, ...]:
        return CPU, CUDA, OPENVINO

    def load(self, variant: Variant, runtime: Runtime) -> OnnxClassifier:
        assert self.go_on.wait(30)
        if runtime.provider != OPENVINO:
            return super().load(variant, runtime)
        classifier = super().load(variant, Runtime(runtime.threads))
        classifier.provider = OPENVINO
        return classifier


@pytest.fixture
def opened(qapp: QApplication, manifest: Manifest, shared_clip: Clip) -> Iterator[Open]:
    """Opens windows over an engine that knows more providers."""
    windows: list[Window] = []

    def open_window(settings: Settings, networks: Networks | None = None) -> Window:
        runtime = Runtime(settings.threads, settings.provider)
        settings.source, settings.privacy_seen, settings.repeat = str(shared_clip("again.mkv")), True, True
        given = networks or Others()
        live = Live(manifest, Selection(manifest), lambda: Engine(manifest, runtime=runtime, networks=given), runtime)
        windows.append(Window(live, settings))
        windows[-1].show()
        wait_for(lambda: live.phase == "live" and shows(windows[-1], "int8"), "pictures flow")
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def entries(window: Window) -> dict[str, QAction]:
    return {action.text(): action for action in window.inspector.variants.runtime.menu_.actions() if action.text()}


def test_what_is_picked_runs_and_is_remembered(opened: Open) -> None:
    networks = Others()
    window = opened(Settings(), networks)
    button = window.inspector.variants.runtime
    wait_for(button.isEnabled, "the providers are known")
    assert button.text() == "CPU, 1 thread"
    assert list(entries(window))[:5] == ["RUNS ON", "CPU", "CUDA", "OpenVINO", "THREADS"]
    assert [text for text, action in entries(window).items() if action.isChecked()] == ["CPU", "1"]
    networks.go_on.clear()
    entries(window)["OpenVINO"].trigger()
    assert button.text() == "OpenVINO, 1 thread\u00a0…"
    assert entries(window)["CPU"].isChecked()
    entries(window)["CPU"].trigger()
    assert button.text() == "CPU, 1 thread", "a choice that has not come to run can be taken back"
    entries(window)["OpenVINO"].trigger()
    networks.go_on.set()
    wait_for(lambda: button.text() == "OpenVINO, 1 thread", "the other one runs")
    assert [text for text, action in entries(window).items() if action.isChecked()] == ["OpenVINO", "1"]
    assert button.accessibleName() == "Networks run on OpenVINO, 1 thread, press to change"
    press(window, Qt.Key.Key_1)
    wait_for(lambda: shows(window, "fp32"), "a variant is changed")
    window.networks.run_with(Runtime(2, OPENVINO))
    wait_for(lambda: button.text() == "OpenVINO, 2 threads", "it has two threads")
    assert not window.notices.shown
    window.close()
    kept, _ = load_settings()
    assert (kept.threads, kept.provider) == (2, OPENVINO)


def test_a_provider_that_fails_is_told_and_the_old_one_goes_on(opened: Open) -> None:
    window = opened(Settings())
    wait_for(window.inspector.variants.runtime.isEnabled, "the providers are known")
    entries(window)["CUDA"].trigger()
    wait_for(lambda: bool(window.notices.shown), "the window says why not")
    (bar,) = window.notices.shown
    assert bar.text.startswith("CUDA ")
    assert bar.text.endswith(". The networks go on with CPU, 1 thread.")
    assert window.inspector.variants.runtime.text() == "CPU, 1 thread"
    assert [text for text, action in entries(window).items() if action.isChecked()] == ["CPU", "1"]
    before = window.stage.frame
    wait_for(lambda: window.stage.frame is not before and shows(window, "int8"), "pictures go on")


def test_a_remembered_provider_that_is_gone_gives_way_to_the_cpu(opened: Open) -> None:
    window = opened(Settings(threads=2, provider=CUDA))
    wait_for(lambda: bool(window.notices.shown), "the window says so")
    assert window.notices.shown[0].text.endswith(". The networks go on with CPU, 2 threads.")
    assert window.inspector.variants.runtime.text() == "CPU, 2 threads"
    window.close()
    assert load_settings()[0].provider == CPU
