"""A recipe: everything that decides what the published variants are, as one TOML file stored beside the result."""

import hashlib
import json
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, TypeVar

from fer_live.compress.prune import PruneConfig
from fer_live.compress.quantize import QuantizeConfig
from fer_live.compress.recipe_check import check
from fer_live.compress.training_config import FinetuneConfig, TrainConfig
from fer_live.typed_json import built, plain

C = TypeVar("C", bound=TrainConfig)


class RecipeError(Exception):
    """A recipe file cannot be used; the message names the entry and how to mend it."""


@dataclass(frozen=True)
class NetworkConfig:
    """``base`` channels in the first stage (64 is ResNet-18), dropout before the heads."""

    base: int = 64
    dropout: float = 0.3


@dataclass(frozen=True)
class BesideConfig(TrainConfig):
    """A network trained from nothing beside another, of the same shape where ``network`` names none.

    ``again`` as in ``Recipe``.
    """

    network: NetworkConfig | None = None
    again: tuple[TrainConfig, ...] = ()

    @property
    def alone(self) -> TrainConfig:
        """How it trains first, without its shape."""
        return TrainConfig(**{item.name: getattr(self, item.name) for item in fields(TrainConfig)})


@dataclass(frozen=True)
class StartConfig:
    """A narrower network that is trained first, then grown to the real one and kept as a teacher.

    ``again``, ``beside`` and ``taught`` as in ``Recipe``; those beside it teach the real one as well. ``grow`` "widen"
    gives it fresh channels, "join" makes one network of it and those beside it (``compress.widen``): of as many, in
    their order, as it takes for their bases to add up to the real one's. Any more only teach.
    """

    network: NetworkConfig
    train: TrainConfig
    again: tuple[TrainConfig, ...] = ()
    beside: tuple[BesideConfig, ...] = ()
    taught: FinetuneConfig | None = None
    grow: Literal["widen", "join"] = "widen"

    @property
    def bases(self) -> list[int]:
        """Of the network and those beside it, in order."""
        return [self.network.base, *((config.network or self.network).base for config in self.beside)]

    def joined(self, base: int) -> int:
        """How many of them make a network of ``base``; 0 when no number does."""
        sums = list(accumulate(self.bases))
        return sums.index(base) + 1 if base in sums else 0


@dataclass(frozen=True)
class Recipe:
    """One run from the data to the manifest. ``default`` is the variant the app starts with.

    ``again`` trains what ``train`` made once more, or several times: warm restarts (SGDR, Loshchilov and Hutter 2017).
    ``beside`` trains more networks from nothing, by other seeds, settings or shapes: those that teach.
    ``taught`` trains the network once more under itself and them together (born again, Furlanello et al. 2018).
    ``between`` trains after each cut but the last (``PruneConfig.steps``), ``finetune`` after the last.
    ``aware`` fine-tunes the pruned network once more while it rounds as its INT8 form will, taught by itself in float.
    ``statistics``: so many training faces, shown whole as in use, give the networks that ship their batch-norm
    statistics; 0 leaves them those of augmented faces, and what learned to be rounded (``aware``) keeps its own.
    ``note`` goes into the model card: how the published files came about, where that was not one undisturbed run. It
    belongs to files and not to a way of making them, so ``compress publish --note`` says it in place of the recipe.
    """

    name: str
    default: str = "pruned-int8"
    note: str = ""
    start: StartConfig | None = None
    network: NetworkConfig = field(default_factory=NetworkConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    again: tuple[TrainConfig, ...] = ()
    beside: tuple[BesideConfig, ...] = ()
    taught: FinetuneConfig | None = None
    prune: PruneConfig = field(default_factory=PruneConfig)
    between: FinetuneConfig = field(default_factory=FinetuneConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)
    aware: FinetuneConfig | None = None
    statistics: int = 0
    quantize: QuantizeConfig = field(default_factory=QuantizeConfig)

    @property
    def learns_validation(self) -> bool:
        """Whether any network that ships has learned the validation faces (``TrainConfig.all_faces``)."""
        trainings = (self.train, *self.again, self.taught, self.finetune, self.aware)
        return any(config is not None and config.all_faces for config in trainings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the manifest."""
        values: dict[str, Any] = plain(self)
        return values


def load_recipe(path: Path) -> Recipe:
    """Read a recipe file; RecipeError for a missing or broken file, an unknown entry, or a value that cannot be."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: not a readable recipe ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: not a readable recipe ({error})") from error
    except RecursionError:
        raise RecipeError(f"{path}: not a readable recipe (it is nested too deep)") from None
    try:
        recipe: Recipe = built(Recipe, raw, strict=True)
        check(recipe)
    except ValueError as error:
        raise RecipeError(f"{path}: {error}") from error
    return recipe


def fingerprint(*parts: Any) -> str:
    """Eight hex digits that change whenever one of ``parts`` (dataclasses, plain values) does.

    What is at its default does not count, so that an entry which recipes know from some day on, and which does nothing
    at its default, leaves all results where they were. A default that changed would mistake old results for new ones.
    """
    return hashlib.sha256(json.dumps(_chosen(parts), sort_keys=True).encode()).hexdigest()[:8]


def _chosen(value: Any) -> Any:
    """As ``plain``, without the fields that are at their defaults."""
    if is_dataclass(value):
        values = ((item, getattr(value, item.name)) for item in fields(value))
        return {item.name: _chosen(own) for item, own in values if own != _default(item)}
    return [_chosen(part) for part in value] if isinstance(value, list | tuple) else value


def _default(item: "Field[Any]") -> Any:
    return item.default if item.default_factory is MISSING else item.default_factory()


def narrowed(recipe: Recipe) -> Recipe | None:
    """The same recipe with the network that the real one grows from as its whole task; None if it grows from none."""
    if recipe.start is None:
        return None
    known = {name: value for name, value in vars(recipe.start).items() if name != "grow"}
    return replace(recipe, start=None, **known)


def with_seed(recipe: Recipe, seed: int) -> Recipe:
    """The same recipe from another seed."""
    start = recipe.start
    if start is not None:
        start = replace(
            start,
            train=replace(start.train, seed=seed),
            again=_each_seeded(start.again, seed),
            beside=_others(start.beside, start.train, seed),
            taught=_seeded(start.taught, seed),
        )
    return replace(
        recipe,
        start=start,
        train=replace(recipe.train, seed=seed),
        again=_each_seeded(recipe.again, seed),
        beside=_others(recipe.beside, recipe.train, seed),
        taught=_seeded(recipe.taught, seed),
        between=replace(recipe.between, seed=seed),
        finetune=replace(recipe.finetune, seed=seed),
        aware=_seeded(recipe.aware, seed),
    )


def _others(beside: tuple[BesideConfig, ...], train: TrainConfig, seed: int) -> tuple[BesideConfig, ...]:
    """Each keeps its distance from the seed of the network it stands beside."""
    moved = ((config, config.seed - train.seed + seed) for config in beside)
    return tuple(replace(config, seed=own, again=_each_seeded(config.again, own)) for config, own in moved)


def _each_seeded(configs: tuple[TrainConfig, ...], seed: int) -> tuple[TrainConfig, ...]:
    return tuple(replace(config, seed=seed) for config in configs)


def _seeded(config: C | None, seed: int) -> C | None:
    return None if config is None else replace(config, seed=seed)
