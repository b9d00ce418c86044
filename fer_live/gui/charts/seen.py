"""What the charts are drawn from. Free of pyqtgraph, so that the window can make it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fer_live.gui.cards import Reading
from fer_live.manifest import Manifest
from fer_live.recent.minute import Minute


@dataclass(frozen=True)
class Seen:
    """The last minute, which variants run, which of them is the reference ("" for none), and what each last took."""

    manifest: Manifest
    minute: Minute
    running: tuple[str, ...]
    reference: str
    readings: Mapping[str, Reading]

    def place(self, name: str) -> int:
        """The variant's place in the manifest, from 0."""
        return self.manifest.names.index(name)

    def title(self, name: str) -> str:
        """The variant's title."""
        return self.manifest.variant(name).title
