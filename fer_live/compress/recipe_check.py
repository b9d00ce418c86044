"""What a recipe may not say although its types are right: what would otherwise show after hours, or never."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from fer_live.compress.train import TrainConfig
from fer_live.dataset import FACE_SIDE

if TYPE_CHECKING:  # it asks this module when it reads a recipe
    from fer_live.compress.recipe import Recipe

MOMENTUM: Final = TrainConfig().momentum
SMALLEST: Final = 16  # pixels; below, no whole number of them around the network's view is near that of training


def check(recipe: "Recipe") -> None:
    """ValueError that names the entry and says how to mend it."""
    for name, config in _trainings(recipe):
        _check_training(name, config)
    _check_start(recipe)
    _check_last_sizes(recipe)


def _trainings(recipe: "Recipe") -> Iterator[tuple[str, TrainConfig]]:
    """Every training of the recipe, under the name that it has there."""
    for prefix, part in (("start.", recipe.start), ("", recipe)):
        for name in ("train", "again", "taught", "between", "finetune", "aware"):
            config = getattr(part, name, None)
            if config is not None:
                yield f"[{prefix}{name}]", config
        yield from ((f"[[{prefix}beside]]", config) for config in getattr(part, "beside", ()))


def _check_training(name: str, config: TrainConfig) -> None:
    if config.momentum != MOMENTUM:
        raise ValueError(
            f"{name} momentum is {config.momentum}, but the one-cycle schedule moves it between 0.85 and 0.95 whatever "
            "stands there; take the entry out"
        )


def _check_start(recipe: "Recipe") -> None:
    start = recipe.start
    if start is None:
        if recipe.prune.source == "start":
            raise ValueError('[prune] source is "start", but there is no [start]; add one or take "full"')
        return
    narrow, wide = start.network.base, recipe.network.base
    joined = [narrow, *((config.network or start.network).base for config in start.beside)]
    if start.grow == "join" and wide != sum(joined):
        raise ValueError(
            f"[start] joins networks of base {' + '.join(map(str, joined))}, [network] base is {wide}; "
            "change it, or add or remove [[start.beside]]"
        )
    if narrow > wide:
        raise ValueError(f"[start.network] base is {narrow}, more than the {wide} of [network]")


def _check_last_sizes(recipe: "Recipe") -> None:
    """All that ship are fed the same pictures, so what each of them learned last must be pictures of that size."""
    last = recipe.train.sizes[-1][1]
    for name, config in _of_what_ships(recipe):
        if config.sizes[-1][1] != last:
            raise ValueError(
                f"[{name}] ends at {config.sizes[-1][1]} pixels, [train] at {last}; "
                f"let the last of [{name}] sizes have the same side, for that is what ships"
            )
    if not SMALLEST <= last <= FACE_SIDE:
        raise ValueError(f"[train] sizes end at {last} pixels; what ships sees {SMALLEST} to {FACE_SIDE}")


def _of_what_ships(recipe: "Recipe") -> Iterator[tuple[str, TrainConfig]]:
    """The trainings whose result may be exported. That of [between] is cut and trained on."""
    named = {name: getattr(recipe, name) for name in ("train", "again", "taught", "finetune", "aware")}
    return ((name, config) for name, config in named.items() if config is not None)
