"""What the networks run with, as a quiet button; its menu offers the providers present here and numbers of threads."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from fer_live.gui import icons, theme
from fer_live.runtime import CPU, ON_CPU, Runtime, provider_title

COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)


class RuntimeButton(QPushButton):
    """``choose`` is called with what was picked; the button changes when ``show_runtime`` says that it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.choose: Callable[[Runtime], None] = lambda runtime: None
        self.runtime = self._wished = ON_CPU
        self._providers: tuple[str, ...] = ()
        self.setProperty("link", True)
        self.setObjectName("runtime")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the arrow behind the words
        self.menu_ = QMenu(self)
        self.menu_.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setMenu(self.menu_)
        self._fill()

    def show_runtime(self, runtime: Runtime, wished: Runtime, providers: Sequence[str]) -> None:
        """What the networks run with and soon will, and which providers there are (none while that is not known)."""
        if (runtime, wished, tuple(providers)) != (self.runtime, self._wished, self._providers):
            self.runtime, self._wished, self._providers = runtime, wished, tuple(providers)
            self._fill()

    def dress(self) -> None:
        """The arrow in the colour of the current theme."""
        self.setIcon(icons.icon("down", theme.current().muted, 12))

    def _fill(self) -> None:
        own, wished = self.runtime, self._wished
        self.setEnabled(bool(self._providers))
        self.setText(str(own) if wished == own else f"{wished}\u00a0…")
        self.setAccessibleName(f"Networks run on {own}, press to change")
        self.setToolTip(f"The networks run on {own}\nChoose another provider of ONNX Runtime, or more threads")
        self.menu_.clear()
        self._section("RUNS ON")
        group = QActionGroup(self.menu_)
        for provider in self._providers or (own.provider,):
            named = provider_title(provider)
            self._entry(group, named, replace(wished, provider=provider), runs=provider == own.provider)
        self.menu_.addSeparator()
        self._section("THREADS" if wished.provider == CPU else "THREADS OF THE PROCESSOR")
        group = QActionGroup(self.menu_)
        cores = os.cpu_count() or 1
        for count in sorted({own.threads, wished.threads, *(count for count in COUNTS if count <= cores)}):
            self._entry(group, str(count), replace(wished, threads=count), runs=count == own.threads)

    def _section(self, title: str) -> None:
        self.menu_.addAction(title).setEnabled(False)

    def _entry(self, group: QActionGroup, title: str, wished: Runtime, *, runs: bool) -> None:
        action = self.menu_.addAction(title)
        action.setCheckable(True)
        action.setChecked(runs)
        action.triggered.connect(lambda _=False: self._pick(wished))
        group.addAction(action)

    def _pick(self, wished: Runtime) -> None:
        before = self._wished
        self._fill()  # the mark stays with what runs until the engine has answered
        if wished != before:
            self.choose(wished)
