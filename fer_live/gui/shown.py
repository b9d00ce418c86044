"""From a result to what is shown: smoothed predictions, marks and tiles. Raw results stay as they are."""

from dataclasses import dataclass, replace

from fer_live.frame import FrameResult, Prediction
from fer_live.gui import overlay, tiles
from fer_live.gui.cards import Reading
from fer_live.gui.theme import variant_colour
from fer_live.gui.tiles import Tile
from fer_live.manifest import Manifest
from fer_live.tracking import ScoreSmoother


@dataclass(frozen=True)
class Shown:
    """A result as it is shown: tiles in the manifest's order and the main face's prediction by variant."""

    tiles: tuple[Tile, ...]
    main: dict[str, Prediction | None]


class Shower:
    """Smooths and dresses results. One thread."""

    def __init__(self, manifest: Manifest, strength: float) -> None:
        self._strength = strength
        self._smoothers: dict[str, ScoreSmoother] = {}
        self.readings: dict[str, Reading] = {}
        self.know(manifest)

    def know(self, manifest: Manifest) -> None:
        """The variants that there are now."""
        self._places = {variant.name: place for place, variant in enumerate(manifest.variants)}
        self._titles = {variant.name: variant.title for variant in manifest.variants}
        self._smoothers = {name: one for name, one in self._smoothers.items() if name in self._places}
        self.readings = {name: reading for name, reading in self.readings.items() if name in self._places}

    @property
    def strength(self) -> float:
        """How strongly shown scores are smoothed, 0 (raw) to 1."""
        return self._strength

    @strength.setter
    def strength(self, strength: float) -> None:
        self._strength = strength
        for smoother in self._smoothers.values():
            smoother.strength = strength

    def show(self, result: FrameResult, reference: str) -> Shown:
        """The tiles of a new result; ``reference`` is the variant whose label the others are held against."""
        made: list[Tile] = []
        main: dict[str, Prediction | None] = {}
        for run in sorted(result.runs, key=lambda run: self._places.get(run.variant, 99)):
            smoother = self._smoothers.setdefault(run.variant, ScoreSmoother(self._strength))
            pairs = list(zip(result.faces, run.predictions, strict=True))
            smooth = [smoother.update(face.track, said, result.frame.captured_at) for face, said in pairs]
            marks = tuple(overlay.mark(face, said) for (face, _), said in zip(pairs, smooth, strict=True))
            main[run.variant] = smooth[0] if smooth else None
            made.append(self._tile(run.variant, marks, smooth[0].labels if smooth else ()))
        if len(made) > 1:
            return Shown(tiles.compared(made, reference), main)
        return Shown(tuple(made), main)

    def refigured(self, shown: tuple[Tile, ...]) -> tuple[Tile, ...]:
        """The same tiles with the newest figures."""
        fresh = []
        for tile in shown:
            reading = self.readings.get(tile.variant)
            if reading:
                tile = replace(tile, capacity_fps=reading.capacity_fps, classify_ms=reading.classify_ms)
            fresh.append(tile)
        return tuple(fresh)

    def _tile(self, name: str, marks: tuple[overlay.Mark, ...], labels: tuple[str, ...]) -> Tile:
        place = self._places.get(name, 0)
        tile = Tile(name, self._titles.get(name, name), place + 1, variant_colour(place), marks, labels=labels)
        return self.refigured((tile,))[0]
