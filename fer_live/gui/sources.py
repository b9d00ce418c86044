"""What is watched: choosing, starting, pausing and mirroring a source."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from fer_live.demo import demo_clip, is_demo
from fer_live.gui.news import News
from fer_live.gui.remembered import text_of
from fer_live.manifest import ManifestError
from fer_live.source import PICTURES, Source, is_address

if TYPE_CHECKING:
    from fer_live.gui.live import Live
    from fer_live.gui.window import Window

ADDRESS_PX = 480
CLIPS = "Clips and pictures (*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.jpg *.jpeg *.png *.bmp *.webp);;All files (*)"


class SourceCommands:
    """The commands that concern the source. Main thread."""

    def __init__(self, window: "Window") -> None:
        self._window = window
        self._live: Live = window.live
        self._listed: object = None  # what the menu of sources shows

    def follow(self) -> None:
        """After the engine's events: start a source that was found, repeat a clip, fill the list of cameras."""
        live, window = self._live, self._window
        if live.phase == "loading" and live.source is not None:
            self.watch(live.source, remember=window.asked != window.settings.source)
        if live.phase == "ended" and not live.held and window.settings.repeat and live.source is not None:
            self.watch(live.source)
        if live.cameras is not None and (live.cameras, live.source) != self._listed:
            self._listed = live.cameras, live.source
            window.topbar.source.fill(live.cameras, live.source, looking=False)

    @property
    def is_demo(self) -> bool:
        """The clip that ships is being watched."""
        return is_demo(self._live.source)

    @property
    def endless(self) -> bool:
        """What is watched has no end, whatever *Repeat* says: the demo, or a still picture."""
        source = self._live.source
        still = source is not None and source.kind == "clip" and Path(source.value).suffix.lower() in PICTURES
        return self.is_demo or still

    @property
    def mirrored(self) -> bool:
        """Whether pictures of this kind of source are mirrored."""
        own, source = self._window.settings, self._live.source
        return own.mirror_webcam if source is None or source.kind == "webcam" else own.mirror_clip

    def watch(self, source: Source, *, remember: bool = True) -> None:
        """Start ``source`` in place of what is watched."""
        self._window.duels.make_room()
        self._live.source = source
        if remember:
            self._window.settings.source = text_of(source)
        self._live.start(source, mirror=self.mirrored, loop=self.endless or self._window.settings.repeat)
        self._window.show_state()

    def start(self) -> None:
        """Stop, or start again what was watched last."""
        if self._live.active:
            self._live.stop()
        elif self._live.source is not None:
            self.watch(self._live.source)
            return
        else:
            self._live.find(self._window.asked)
        self._window.show_state()

    def open(self) -> None:
        """Ask for a clip."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Open a clip", "", CLIPS)
        if path:
            self.watch(Source("clip", path))

    def address(self) -> None:
        """Ask for a stream's address."""
        source = self._live.source
        before = text_of(source) if source is not None and source.kind == "url" else ""  # to be mended after a slip
        dialog = QInputDialog(self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Open an address")
        dialog.setLabelText("Address of a stream, such as rtsp://camera/stream or http://…")
        dialog.setTextValue(before)
        dialog.setOkButtonText("Open")
        dialog.resize(ADDRESS_PX, dialog.sizeHint().height())
        dialog.textValueSelected.connect(lambda text: self._watch_address(text.strip()))
        dialog.open()

    def _watch_address(self, text: str) -> None:
        if is_address(text):
            self.watch(Source("url", text))
        elif text:
            self._window.show_news(News(f'"{text}" is not an address such as rtsp://camera/stream.', "error"))

    def demo(self) -> None:
        """Watch the clip that ships."""
        try:
            self.watch(Source("clip", str(demo_clip())))
        except ManifestError as fault:
            self._window.show_news(News(str(fault), "error"))

    def sources(self) -> None:
        """Open the list of sources."""
        self._window.topbar.source.showMenu()

    def repeat(self) -> None:
        """Repeat clips, or not; a clip that plays plays on."""
        own, source = self._window.settings, self._live.source
        if self.endless:
            self._window.show_news(News("This has no end; Repeat is for clips."))
            return
        own.repeat = not own.repeat
        self._window.topbar.repeat.setChecked(own.repeat)
        if source is not None and source.kind == "clip":
            self._live.repeat(own.repeat)
        else:
            self._window.show_news(News(f"Clips will {'repeat' if own.repeat else 'play once'}."))
        self.follow()

    def pause(self) -> None:
        """Hold the picture, or go on."""
        self._live.pause(not self._live.paused)
        self._window.show_state()
        self._window.write_figures()

    def mirror(self) -> None:
        """Mirror the picture; webcams and clips remember it apart."""
        own, source = self._window.settings, self._live.source
        on = not self.mirrored
        if source is None or source.kind == "webcam":
            own.mirror_webcam = on
        else:
            own.mirror_clip = on
        if self._live.engine is not None:
            self._live.engine.mirror(on)
        if self._live.paused:  # the held picture stays as it was classified
            self._window.show_news(News("The next picture will be the other way round; press Space to go on."))
        self._window.show_state()
