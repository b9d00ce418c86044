"""From the data to the ONNX files, step by step.

A step that has finished is not repeated, and one that was killed goes on where it stopped (``folders``).
"""

import copy
import hashlib
import logging
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_live.compress.augment import view
from fer_live.compress.aware import aware
from fer_live.compress.checkpoint import CheckpointError, keep_result, load_network
from fer_live.compress.data import load
from fer_live.compress.export import export_onnx
from fer_live.compress.family import FLOAT, PARENTS
from fer_live.compress.folders import Folders
from fer_live.compress.half import halve
from fer_live.compress.networks import FerResNet, Widths, measured_widths
from fer_live.compress.prune import prune, shallower, uniform_widths, widths_on_the_way
from fer_live.compress.quantize import QuantizeConfig, quantize
from fer_live.compress.recipe import BesideConfig, NetworkConfig, Recipe, narrowed
from fer_live.compress.settle import settled
from fer_live.compress.teacher import quick
from fer_live.compress.train import Task, normalise, train
from fer_live.compress.training_config import TrainConfig
from fer_live.compress.widen import join, widen
from fer_live.compress.widths import choose_widths
from fer_live.dataset import FER2013_LABELS, FERPLUS_LABELS, DataError
from fer_live.growing import write_json
from fer_live.typed_json import built, parsed

HEADS = {"fer2013": len(FER2013_LABELS), "ferplus": len(FERPLUS_LABELS)}
ROUNDED: Final = "aware.onnx"  # in float, beside the variants
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workshop:
    """A folder in which one recipe is worked out. ``data`` is the imported data set inside it."""

    folder: Path
    recipe: Recipe

    @property
    def data(self) -> Path:
        """Where ``compress data`` puts the imported faces."""
        return self.folder / "data.npz"

    @cached_property
    def data_digest(self) -> str:
        """SHA-256 of the imported faces; what is learned from others is another result. DataError without them."""
        if not self.data.exists():
            raise DataError(f"{self.data} is missing; run fer-live compress data --work {self.folder} first")
        return hashlib.sha256(self.data.read_bytes()).hexdigest()

    @cached_property
    def folders(self) -> Folders:
        """Where each step keeps its results; DataError without the imported faces."""
        return Folders(self.folder, self.recipe, self.data_digest)

    def trained(self) -> FerResNet:
        """The full-precision network: trained, resumed, or read when finished, even if what it came from is gone."""
        recipe, turns = self.recipe, (self.recipe.train, *self.recipe.again)
        if (finished := _finished(self.folders.train, recipe.taught or turns[-1])) is not None:
            return finished
        elders = self._elders()
        network = self._in_turn(self._grown(elders), list(zip(turns, self.folders.in_turn, strict=True)), elders)
        if recipe.taught is not None:
            teachers = (copy.deepcopy(network), *self.beside())
            network.dropout.p = recipe.network.dropout
            network = self._learn(network, recipe.taught, self.folders.train, teachers)
        return network

    def beside(self) -> tuple[FerResNet, ...]:
        """Networks that were trained from nothing, to teach with."""
        return tuple(self._one_beside(config) for config in self.recipe.beside)

    def _one_beside(self, config: BesideConfig) -> FerResNet:
        shape = config.network or self.recipe.network
        torch.manual_seed(config.seed)
        turns = list(zip((config.alone, *config.again), self.folders.beside_in_turn(config), strict=True))
        return self._in_turn(_fresh(shape), turns, ())

    def _in_turn(
        self, network: FerResNet, turns: list[tuple[TrainConfig, Path]], teachers: tuple[FerResNet, ...]
    ) -> FerResNet:
        """Train by one config after the other, each in its folder; from the last that has finished on, if any has."""
        dropout = network.dropout.p
        at = max((at for at, (_, folder) in enumerate(turns) if (folder / "done").exists()), default=0)
        for config, folder in turns[at:]:
            network.dropout.p = dropout  # a network that was read has none
            network = self._learn(network, config, folder, teachers)
        return network

    def _elders(self) -> tuple[FerResNet, ...]:
        """The narrower network that the full-precision one grows from, first, and those beside it; none without."""
        narrow = self._narrow()
        return () if narrow is None else (narrow.trained(), *narrow.beside())

    def _grown(self, elders: tuple[FerResNet, ...]) -> FerResNet:
        shape, start = self.recipe.network, self.recipe.start
        torch.manual_seed(self.recipe.train.seed)
        if start is None:
            return _fresh(shape)
        if start.grow == "join":
            return join(elders[: start.joined(shape.base)], shape.dropout)
        return widen(elders[0], shape.base, shape.dropout)

    def _narrow(self) -> "Workshop | None":
        """The same workshop with the narrow network as its whole task: its folders are those it would have alone."""
        narrow = narrowed(self.recipe)
        return None if narrow is None else replace(self, recipe=narrow)

    def pruned(self) -> FerResNet:
        """The pruned network, fine-tuned under the one it was cut from and whoever else teaches (``_parents``)."""
        if (finished := _finished(self.folders.prune, self.recipe.finetune)) is not None:
            return finished
        teachers = self._parents()
        network = shallower(teachers[0], self.recipe.prune.blocks)
        goal = self._pruned_widths(network)
        for widths in widths_on_the_way(measured_widths(network), goal, self.recipe.prune):
            folder = self.folders.between(widths)
            network = self._learn(prune(network, widths, self.size), self.recipe.between, folder, teachers)
        return self._learn(prune(network, goal, self.size), self.recipe.finetune, self.folders.prune, teachers)

    def rounded(self) -> FerResNet:
        """What the INT8 form of the pruned network is made of: the pruned network, or one trained to be rounded."""
        pruned, config = self.pruned(), self.recipe.aware
        if config is None:
            return pruned
        bits = 7 if self.recipe.quantize.reduce_range else 8
        return self._learn(aware(pruned, bits), config, self.folders.aware, (pruned,))

    def _parents(self) -> tuple[FerResNet, ...]:
        """The network that is pruned, first, and who else teaches what is left of it."""
        elders = self._elders()
        return elders if self.recipe.prune.source == "start" else (self.trained(), *self.beside(), *elders)

    def _pruned_widths(self, whole: FerResNet) -> Widths:
        """Chosen once and kept in the step's folder: another measurement would choose a little differently."""
        config, path = self.recipe.prune, self.folders.prune / "widths.json"
        if not config.chosen:
            return uniform_widths(measured_widths(whole), config)
        if not path.exists():
            widths = choose_widths(whole, config, self.size)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, widths.to_dict())
            log.info("chosen by latency: %s", widths)
        return _kept_widths(path, measured_widths(whole))

    def exported(self) -> dict[str, Path]:
        """The ONNX file of every variant, by name; made anew where a network that it came from was."""
        folder = self.folders.onnx
        files = {name: folder / f"{name}.onnx" for name in PARENTS}
        done, sources = folder / "done", self._sources()
        if done.exists() and (not sources or done.read_text(encoding="utf-8") in ("", sources)):
            return files
        done.unlink(missing_ok=True)
        log.info("exporting and quantising into %s", folder)
        export_onnx(self._settled(self.trained()), files["fp32"], self.size)
        export_onnx(self._settled(self.pruned()), files["pruned"], self.size)
        halve(files["fp32"], files["fp16"])
        if self.recipe.aware is not None:
            export_onnx(self.rounded(), folder / ROUNDED, self.size)
        pictures = self.calibration_pictures()
        for name in ("int8", "pruned-int8"):
            source, config = self.before_rounding(name)
            quantize(source, files[name], pictures, config)
        done.write_text(self._sources(), encoding="utf-8")
        return files

    def _sources(self) -> str:
        """SHA-256 of the networks that ship, line by line; "" where one is gone, so that nobody can compare."""
        kept = [self.folders.train, self.folders.prune, *([self.folders.aware] if self.recipe.aware else [])]
        paths = [folder / "checkpoint.pt" for folder in kept]
        if not all(path.exists() for path in paths):
            return ""
        return "\n".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)

    def before_rounding(self, name: str) -> tuple[Path, QuantizeConfig]:
        """The float file that the INT8 variant ``name`` is made of, once it is exported, and how."""
        if name == "pruned-int8" and self.recipe.aware is not None:  # it learned to live with the ranges that it has
            return self.folders.onnx / ROUNDED, replace(self.recipe.quantize, equalise=0.0)
        return self.folders.onnx / f"{FLOAT[name]}.onnx", self.recipe.quantize

    @property
    def size(self) -> int:
        """Input side in pixels of the networks that ship: the last one trained on."""
        return self.recipe.train.sizes[-1][1]

    def calibration_pictures(self) -> NDArray[np.float32]:
        """Training faces as the network's input (n, 1, size, size), drawn at random with the recipe's seed."""
        return self._plain(self.recipe.quantize.faces).contiguous().numpy()

    def _settled(self, network: FerResNet) -> FerResNet:
        faces = self.recipe.statistics
        return settled(network, self._plain(faces)) if faces else network

    def _plain(self, count: int) -> Tensor:
        training, _ = load(self.data)
        chosen = np.random.default_rng(self.recipe.train.seed).permutation(len(training))[:count]
        return normalise(view(torch.from_numpy(training.faces[chosen]), self.size))

    def _learn(
        self, network: FerResNet, config: TrainConfig, folder: Path, teachers: tuple[FerResNet, ...]
    ) -> FerResNet:
        if (finished := _finished(folder, config)) is not None:
            return finished
        training, validation = load(self.data)
        log.info("training in %s", folder)
        if config.all_faces:
            log.info("the validation faces are learned as well, so no accuracy is told")
            training, validation = training.plus(validation), validation.take(np.empty(0, np.intp))
        train(Task(network, training, validation, quick(teachers, training, config)), config, folder)
        (folder / "done").touch()
        keep_result(folder / "checkpoint.pt")
        return load_network(folder / "checkpoint.pt")


def _fresh(shape: NetworkConfig) -> FerResNet:
    return FerResNet(Widths.uniform(shape.base), HEADS, shape.dropout)


def _kept_widths(path: Path, whole: Widths) -> Widths:
    try:
        widths: Widths = built(Widths, parsed(path.read_text(encoding="utf-8")))
        if not widths.within(whole):
            raise ValueError(f"a network of {whole} cannot be cut to {widths}")
        return widths
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}; delete it, and the widths are chosen anew") from error


def _finished(folder: Path, config: TrainConfig) -> FerResNet | None:
    """The network of a training that has ended; None of one that has not. CheckpointError for another training's."""
    return load_network(folder / "checkpoint.pt", config) if (folder / "done").exists() else None
