import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_onnx import tiny_manifest

from fer_live.gui import app
from fer_live.manifest import load_manifest

ROOT = Path(__file__).resolve().parents[2]


def fresh(code: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a process of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("QT_")}
    own |= {"PYTHONPATH": str(ROOT), "FER_LIVE_CONFIG": str(tmp_path / "config"), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-c", code], env=own | environment, capture_output=True, text=True, timeout=100, cwd=tmp_path
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only there does cv2 bring its own Qt")
def test_the_window_opens_although_cv2_was_imported_first(tmp_path: Path) -> None:
    """cv2 points Qt at plug-ins of its own Qt 5; with those the application aborts before a window shows."""
    done = fresh(
        """
import os
import cv2
assert "cv2" in os.environ["QT_QPA_PLATFORM_PLUGIN_PATH"], "cv2 no longer brings a Qt: drop this test and forget_cv2"
from fer_live.gui import app, environment
made = app.make_application()
assert not any(name in os.environ for name in environment.CV2_SETS)
from PySide6.QtWidgets import QWidget
window = QWidget()
window.show()
made.processEvents()
print(made.platformName())
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "offscreen"


@pytest.mark.skipif(sys.platform != "linux", reason="only there does cv2 bring its own Qt")
@pytest.mark.parametrize("cure", ["app.make_application()", "QApplication([])"])
def test_the_real_plug_in_is_not_looked_for_in_cv2(tmp_path: Path, cure: str) -> None:
    """Without a display Qt says where it looked for its xcb plug-in: in cv2's folder only without the cure."""
    code = f"import cv2\nfrom PySide6.QtWidgets import QApplication\nfrom fer_live.gui import app\n{cure}"
    done = fresh(code, tmp_path, QT_QPA_PLATFORM="xcb", DISPLAY="")
    assert done.returncode != 0
    assert "platform plugin" in done.stderr
    assert ("cv2" in done.stderr) == ("app" not in cure)


def test_the_slow_libraries_wait_until_the_window_shows(tmp_path: Path) -> None:
    done = fresh(
        """
import sys
from fer_live.gui import app, environment
from fer_live.manifest import load_manifest
from PySide6.QtGui import QShowEvent
import fer_live.gui.window as window_module
made = app.make_application()
window = app.make_window(app.GuiOptions(source="demo"), load_manifest())
window.show()
print(sorted(name for name in ("cv2", "mediapipe", "onnxruntime", "torch") if name in sys.modules))
import time
until = time.perf_counter() + 60
while window.live.phase != "live" and time.perf_counter() < until:
    made.processEvents()
    time.sleep(0.003)
print(window.live.phase, "torch" in sys.modules)
window.close()
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["[]", "live False"]


def test_run_ends_when_the_window_is_closed(tmp_path: Path) -> None:
    done = fresh(
        """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fer_live.gui import app, environment
app.make_application()
QTimer.singleShot(1500, lambda: [widget.close() for widget in QApplication.topLevelWidgets()])
raise SystemExit(app.run(app.GuiOptions(source="demo", variant="int8")))
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert '"variant": "int8"' in (tmp_path / "config" / "settings.json").read_text()


CLOSED_WHILE_LOADING = """
import atexit, threading
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fer_live.gui import app
from fer_live.gui.live import Live
from fer_live.loader import Networks
app.make_application()
app.ENDS_S = {ends_s}
Live.close.__defaults__ = (0.1,)
loads, go_on = threading.Event(), threading.Event()

def load(*_):
    loads.set()
    go_on.wait(90)
    print("it has loaded", flush=True)
    raise SystemExit

def step():
    if loads.is_set():
        timer.stop()
        QApplication.closeAllWindows()
        {then}

Networks.load = load
atexit.register(print, "the interpreter ends")
timer = QTimer()
timer.timeout.connect(step)
timer.start(50)
code = app.run(app.GuiOptions(source="demo"))
print("run returns")
raise SystemExit(code)
"""


def test_a_network_that_is_being_loaded_when_the_window_closes_is_awaited(tmp_path: Path) -> None:
    """Inside onnxruntime when the interpreter goes, its thread would abort the process."""
    done = fresh(CLOSED_WHILE_LOADING.format(ends_s=60, then="threading.Timer(1, go_on.set).start()"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n")[:3] == ["it has loaded", "run returns", "the interpreter ends"]


def test_with_a_thread_that_hangs_the_process_ends_at_once_and_well(tmp_path: Path) -> None:
    done = fresh(CLOSED_WHILE_LOADING.format(ends_s=0.1, then="print('said')"), tmp_path)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "said\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT from another program there")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_ctrl_c_closes_the_window_and_ends_its_recording(tmp_path: Path, name: str) -> None:
    done = fresh(
        f"""
import os, signal, threading, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from fer_live.gui import app
from fer_live.gui.window import Window
signal.signal(signal.SIGINT, signal.default_int_handler)
app.make_application()

def step():
    window = next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window))
    state = window.live.engine.recording if window.live.engine else None
    if window.live.phase == "live" and state is None:
        window.live.engine.record(Path("sessions"))
    elif state is not None and state.rows > 20:
        timer.stop()
        threading.Thread(target=os.kill, args=(os.getpid(), signal.{name})).start()

timer = QTimer()
timer.timeout.connect(step)
timer.start(50)
raise SystemExit(app.run(app.GuiOptions(source="demo")))
""",
        tmp_path,
    )
    assert (done.returncode, done.stderr) == (128 + signal.Signals[name], "")
    assert '"source": "demo"' in (tmp_path / "config" / "settings.json").read_text()
    assert next((tmp_path / "sessions").glob("*/summary.csv")).stat().st_size > 100


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with app.closed_by_signals() as came:
            signal.raise_signal(signal.SIGINT)
        assert came == []
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_left_out_is_told_in_sentences(qapp: object, tmp_path: Path) -> None:
    tiny_manifest(tmp_path / "models")
    told = ("your own model a is left out: gone", "your own model b is left out: it is broken.")
    manifest = replace(load_manifest(tmp_path / "models"), left_out=told)
    window = app.make_window(app.GuiOptions(source="97"), manifest)
    bar = window.notices.shown[-1]
    assert bar.text == "Your own model a is left out: gone. Your own model b is left out: it is broken."
    window.close()
    window.deleteLater()


def test_a_path_copied_out_of_a_message_leads_where_it_did(tmp_path: Path) -> None:
    """Long names in messages carry marks at which their lines may be broken; nobody sees them in what is pasted."""
    done = fresh(
        """
from fer_live.gui import app
made = app.make_application()
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from fer_live.gui.notices import Notice
from fer_live.gui.words import MAY_BREAK
notice = Notice("/home/me/my_clip-of_today.mkv is missing", "error", 0, lambda _: None)
notice.show()
label = next(label for label in notice.findChildren(QLabel) if label.text())
assert MAY_BREAK in label.text()
label.setSelection(0, len(label.text()))
QTest.keySequence(label, QKeySequence(QKeySequence.StandardKey.Copy))
made.processEvents()
print(ascii(made.clipboard().text()))
""",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "'/home/me/my_clip-of_today.mkv is missing'"
