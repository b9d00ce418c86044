"""Duels in the window: who is measured on what, the live view that waits meanwhile, and the panel that tells."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from fer_live.gui import duel_words
from fer_live.gui.duel import Duel, DuelStopped, Plan
from fer_live.gui.duel_panel import DuelPanel
from fer_live.gui.focus import show_or_hide
from fer_live.gui.news import News
from fer_live.gui.theme import variant_colour

if TYPE_CHECKING:
    from fer_live.frame import Frame
    from fer_live.gui.window import Window
    from fer_live.held import Gathering

ENDS_S: Final = 10.0  # a short run of slow variants; the window is hidden by then
# What would change what is measured, or cost time while it is.
GUARDED: Final = frozenset(
    {"variant", "compare", "pause", "start", "record", "snapshot", "mirror", "repeat", "open", "address", "demo"}
    | {"sources"}
)

log = logging.getLogger(__name__)


class Duels:
    """One duel at a time. Main thread; ``poll`` moves things on a few times a second."""

    def __init__(self, window: "Window") -> None:
        self._window, self._live = window, window.live
        self.panel = DuelPanel(window.stage)
        self.duel: Duel | None = None
        self._gathering: Gathering | None = None
        self._title = ""
        self.panel.cancel.clicked.connect(lambda _=False: self.cancel())
        self.panel.again.clicked.connect(lambda _=False: self.begin())
        self.panel.close_.clicked.connect(lambda _=False: self.dismiss())
        self.panel.folder.clicked.connect(lambda _=False: self._open_folder())
        self.panel.report.clicked.connect(lambda _=False: self._report())

    @property
    def running(self) -> bool:
        """From the first picture taken to the last thing measured."""
        return self.duel is not None or self._gathering is not None

    def guarded(self, name: str, act: Callable[[], None]) -> Callable[[], None]:
        """``act``, the command ``name``, unless it must wait for the end of a duel: then that is said."""
        return (lambda: None if self.busy() else act()) if name in GUARDED else act

    def busy(self) -> bool:
        """Whether a duel runs; said when it does."""
        if self.running:
            self._window.show_news(News(duel_words.BUSY))
        return self.running

    def begin(self) -> None:
        """Start a duel, or say why there can be none."""
        if self.running:
            return
        why_not = self._why_not()
        if why_not:
            self._window.show_news(News(why_not))
            return
        self.panel.colours = {name: variant_colour(place) for place, name in enumerate(self._live.manifest.names)}
        names, reference = self._live.selection.duelled
        self._title = duel_words.contest(self._live.manifest, names, reference)
        assert self._live.source is not None
        if self._live.source.kind == "clip":
            self._measure(())
        else:
            self._gather()
        self._window.show_state()

    def cancel(self) -> None:
        """End the running duel and keep what was measured."""
        if self._gathering is not None:
            self._stop_gathering()
            self._end(duel_words.stopped(self._title))
        elif self.duel is not None and not self.duel.cancelled:
            self.duel.cancel()
            if self.panel.said is not None:
                self.panel.say(duel_words.ending(self.panel.said))

    def dismiss(self) -> None:
        """Close the panel of a duel that has ended."""
        self.panel.hide()
        self._window.stage.setFocus()
        self._window.show_state()

    def make_room(self) -> None:
        """Another source is chosen: what is said of it would stand behind the panel of a duel that has ended."""
        if not self.running:
            show_or_hide(self.panel, shown=False)

    def back(self) -> bool:
        """Esc: cancel, or close the panel; False when there was nothing of a duel."""
        if not self.panel.isVisible():
            return False
        if self.running:
            self.cancel()
        else:
            self.dismiss()
        return True

    def poll(self) -> None:
        """Show how it stands, and what came out."""
        if self._gathering is not None:
            self._poll_gathering()
        if self.duel is None:
            return
        standing = self.duel.standing()
        if self.duel.done:
            self._finish()
        elif standing is not None and not self.duel.cancelled:
            self.panel.say(duel_words.standing(self._title, standing, self._live.manifest))

    def close(self) -> bool:
        """The window closes: end a running duel, which keeps what it measured; False when its thread hangs."""
        self._stop_gathering()
        duel, self.duel = self.duel, None
        if duel is None:
            return True
        duel.cancel()
        return duel.join(ENDS_S)

    def _why_not(self) -> str:
        live = self._live
        if len(live.selection.duelled[0]) < 2:
            return duel_words.TOO_FEW
        if live.engine is None or live.phase == "loading":
            return duel_words.NOT_READY
        if live.source is None:
            return duel_words.NO_SOURCE
        return "" if live.source.kind == "clip" or live.phase == "live" else duel_words.NOT_LIVE

    def _gather(self) -> None:
        """A webcam can be opened only once, and shows everything only once: take some of its pictures first."""
        from fer_live import held

        self._gathering = held.Gathering(held.FRAMES)
        assert self._live.engine is not None
        self._live.engine.tap(self._gathering.take)
        self._poll_gathering()

    def _poll_gathering(self) -> None:
        gathering, live = self._gathering, self._live
        assert gathering is not None
        if gathering.enough:
            self._stop_gathering()
            self._measure(gathering.frames)
        elif gathering.starved or live.phase != "live":
            self._stop_gathering()
            self._end(duel_words.starved(self._title, live.title))
        else:
            self.panel.say(duel_words.gathering(self._title, live.title, len(gathering), gathering.wanted))

    def _stop_gathering(self) -> None:
        if self._gathering is not None and self._live.engine is not None:
            self._live.engine.tap(None)
        self._gathering = None

    def _measure(self, held: "tuple[Frame, ...]") -> None:
        live = self._live
        names, reference = live.selection.duelled
        self._title = duel_words.contest(live.manifest, names, reference)  # one may have been refused since ``begin``
        assert live.engine is not None
        assert live.source is not None
        live.hold(True)
        self.panel.say(duel_words.loading(self._title))
        csv = self._window.settings.recordings_folder()
        self.duel = Duel(Plan(live.source, names, reference, live.manifest, csv, live.engine.conditions, held))

    def _finish(self) -> None:
        duel, self.duel = self.duel, None
        assert duel is not None
        from fer_live.camera import CameraError
        from fer_live.classifier import ClassifierError
        from fer_live.faces import FaceError
        from fer_live.manifest import ManifestError
        from fer_live.record import RecordError

        manifest = self._live.manifest
        try:
            said = duel_words.ended(self._title, duel.outcome(), manifest, duel.first)
        except DuelStopped:
            said = duel_words.stopped(self._title)
        except (CameraError, ClassifierError, FaceError, ManifestError, RecordError) as fault:
            said = duel_words.refused(self._title, fault, manifest)
        except Exception as fault:  # it ran in a thread of its own; the window lives on
            log.exception("the duel failed")
            said = duel_words.broke(self._title, fault)
        self._end(said)

    def _end(self, said: duel_words.Said) -> None:
        self._live.hold(False)
        self.panel.say(said)
        self._window.commands.follow()
        self._window.show_state()

    def _open_folder(self) -> None:
        if self.panel.said is not None and self.panel.said.folder is not None:
            self._window.commands.open_folder(self.panel.said.folder)

    def _report(self) -> None:
        if self.panel.said is not None and self.panel.said.folder is not None:
            self._window.commands.report(self.panel.said.folder)
