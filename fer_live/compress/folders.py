"""Where each step of a recipe keeps its results: in a folder named by all that they depend on.

So a changed recipe starts a new folder beside the old one, and nothing is overwritten.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from fer_live.compress.family import PARENTS
from fer_live.compress.networks import Widths
from fer_live.compress.recipe import BesideConfig, Recipe, fingerprint, narrowed
from fer_live.compress.training_config import TrainConfig


@dataclass(frozen=True)
class Folders:
    """The folders of one recipe in ``root``, learned from the data whose SHA-256 is ``data_digest``."""

    root: Path
    recipe: Recipe
    data_digest: str

    @cached_property
    def narrow(self) -> "Folders | None":
        """Those of the narrow network that the real one grows from: what they would be with it as the whole task."""
        narrow = narrowed(self.recipe)
        return None if narrow is None else replace(self, recipe=narrow)

    @property
    def first(self) -> Path:
        """The first training of the full-precision network."""
        depends = [] if self.narrow is None else self.narrow._whole()
        if (start := self.recipe.start) is not None and start.grow != "widen":
            depends.append(start.grow)
        return self._named("train", self.data_digest, *depends, self.recipe.network, self.recipe.train)

    @property
    def in_turn(self) -> list[Path]:
        """Its first training and its warm restarts."""
        return self._restarts(self.first, self.recipe.again)

    @property
    def train(self) -> Path:
        """Its last training."""
        taught = self.recipe.taught
        last = self.in_turn[-1]
        return last if taught is None else self._named("train", last.name, *_names(self.beside), taught)

    @property
    def beside(self) -> list[Path]:
        """The last training of each network beside it, in order."""
        return [self.beside_in_turn(config)[-1] for config in self.recipe.beside]

    def beside_in_turn(self, config: BesideConfig) -> list[Path]:
        """The first training of a network beside it and its warm restarts."""
        first = self._named("train", self.data_digest, config.network or self.recipe.network, config.alone)
        return self._restarts(first, config.again)

    @property
    def prune(self) -> Path:
        """The training after the last cut."""
        how = self.recipe.prune
        parent = self.narrow if self.narrow is not None and how.source == "start" else self
        depends = [*parent._whole(), how, self.recipe.finetune]
        if how.steps > 1:
            depends.append(self.recipe.between)
        return self._named("prune", *depends)

    def between(self, widths: Widths) -> Path:
        """The training after the cut to ``widths``, which is not the last."""
        return self._named("prune", self.prune.name, widths, self.recipe.between)

    @property
    def aware(self) -> Path:
        """The training of the pruned network to be rounded."""
        return self._named("aware", self.prune.name, self.recipe.aware, self.recipe.quantize.reduce_range)

    @property
    def onnx(self) -> Path:
        """The files of every variant."""
        depends = [self.train.name, self.prune.name, list(PARENTS), self.recipe.quantize]
        if self.recipe.aware is not None:
            depends.append(self.aware.name)
        if self.recipe.statistics:
            depends.append({"statistics": self.recipe.statistics})
        return self._named("onnx", *depends)

    def _restarts(self, first: Path, configs: tuple[TrainConfig, ...]) -> list[Path]:
        return list(accumulate(configs, lambda before, how: self._named("train", before.name, how), initial=first))

    def _whole(self) -> list[Any]:
        """What whatever is made of the full-precision network and those beside it depends on."""
        return [self.train.name, *_names(self.beside)]

    def _named(self, step: str, *depends: Any) -> Path:
        return self.root / f"{step}-{fingerprint(*depends)}"


def _names(folders: list[Path]) -> list[str]:
    return [folder.name for folder in folders]
