"""`run`: from options to a running window. The slow libraries are imported behind it, once it shows."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, NoReturn

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel

from fer_live.gui import icons, theme
from fer_live.gui.environment import forget_cv2
from fer_live.gui.jobs import end_all
from fer_live.gui.live import Live
from fer_live.gui.news import News
from fer_live.gui.selection import Selection
from fer_live.gui.window import Window
from fer_live.gui.words import MAY_BREAK, unbroken
from fer_live.manifest import Manifest, load_manifest
from fer_live.runtime import Runtime
from fer_live.settings import load_settings

if TYPE_CHECKING:
    from fer_live.engine import Engine

ENDS_S: Final = 10.0  # a large network that is being loaded or tried; the window is hidden by then
CLOSE_AGAIN_MS: Final = 200


@dataclass(frozen=True)
class GuiOptions:
    """What the command line asks of the window; what is None or empty is taken from the last run, then from defaults.

    ``source`` is what ``camera.parse_source`` reads, or "demo". ``models`` is a manifest or its folder. ``threads`` are
    those of one classifier, ``provider`` is one of onnxruntime's; ``full_range`` finds faces further away;
    ``detect_every`` above 1 follows faces in between.
    """

    source: str | None = None
    variant: str | None = None
    compare: tuple[str, ...] = ()
    threads: int | None = None
    provider: str | None = None
    full_range: bool = False
    detect_every: int = 1
    models: Path | None = None


def run(options: GuiOptions | None = None) -> int:
    """Show the window and return when it is closed: 0, or 128 and the number of the signal that closed it.

    ManifestError when there are no models, or no such variant.
    """
    options = options or GuiOptions()
    app = make_application()
    window = make_window(options, load_manifest(options.models))
    window.show()
    with closed_by_signals() as came:
        code = app.exec()
    code = 128 + came[0] if came else code
    ended = [window.live.close(ENDS_S), end_all(ENDS_S)]  # all are awaited, whatever becomes of the first
    if not all(ended):
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End the process with a thread that hangs: one inside onnxruntime when the interpreter goes would abort it."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with suppress(OSError):  # nobody reads it any more
            stream.flush()
    os._exit(code)


@contextmanager
def closed_by_signals() -> Iterator[list[int]]:
    """Ctrl+C in the terminal and a plea of the system to end close the windows as their own buttons do.

    Yields the signals that came. Python handles one when its own code runs next, and the window's timers are such code.
    A signal that is ignored already stays so. Only in the main thread.
    """
    came: list[int] = []

    def close(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        QTimer.singleShot(0, _close_windows)

    heard = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    before = [(number, signal.signal(number, close)) for number in heard]
    try:
        yield came
    finally:
        for number, handler in before:
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _close_windows() -> None:
    QApplication.closeAllWindows()
    if any(widget.isVisible() for widget in QApplication.topLevelWidgets()):  # one adds a model, and closes then
        QTimer.singleShot(CLOSE_AGAIN_MS, _close_windows)


def make_application() -> QApplication:
    """The application, untouched by the Qt 5 that comes with cv2 (the existing one if there is one)."""
    forget_cv2()
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("fer_live")
    app.setDesktopFileName("fer_live")
    app.setStyle("Fusion")
    app.setWindowIcon(icons.icon("demo", theme.LIGHT.accent, 64))
    app.clipboard().changed.connect(_copy_unbroken)
    return app


def _copy_unbroken(mode: QClipboard.Mode) -> None:
    """What was copied out of a message is without the marks at which its lines may be broken.

    Other programs are not asked for what they copied unless something with such marks is selected here.
    """
    labels = [widget for widget in QApplication.allWidgets() if isinstance(widget, QLabel)]
    marked = {text for label in labels if MAY_BREAK in (text := label.selectedText())}
    clipboard = QGuiApplication.clipboard()
    if marked and (text := clipboard.text(mode)) in marked:
        clipboard.setText(unbroken(text), mode)


def make_window(options: GuiOptions, manifest: Manifest) -> Window:
    """The window with the saved choices and the given ones above them; it looks for its source once it shows."""
    settings, complaint = load_settings()
    for name in (options.variant, *options.compare):
        if name is not None:
            manifest.variant(name)
    selection = Selection(manifest)
    selection.restore(settings.variant, settings.compared, settings.reference, compare=settings.compare)
    if options.variant:
        selection.restore(options.variant, (), "", compare=False)
    if options.compare:
        selection.restore("", options.compare, "", compare=True)

    runtime = Runtime(options.threads or settings.threads, options.provider or settings.provider)

    def make_engine() -> "Engine":
        from fer_live.engine import Engine

        forget_cv2()
        return Engine(live.manifest, runtime=runtime, full_range=options.full_range, detect_every=options.detect_every)

    live = Live(manifest, selection, make_engine, runtime)
    window = Window(live, settings)
    left_out = " ".join(f"{told[0].upper()}{told[1:].rstrip('.')}." for told in manifest.left_out)
    for told in filter(None, (complaint, left_out)):
        window.show_news(News(told, "error", 0))
    if options.source is not None:
        window.asked = options.source
    return window
