"""What a recipe may not say although its types are right: what would otherwise show after hours, or never."""

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from fer_live.compress.family import PARENTS
from fer_live.compress.networks import BLOCKS_PER_STAGE, STAGES, Widths
from fer_live.compress.prune import PruneError, uniform_widths
from fer_live.compress.quantize import config_fault
from fer_live.compress.training_config import FinetuneConfig, TrainConfig
from fer_live.dataset import FACE_SIDE

if TYPE_CHECKING:  # it asks this module when it reads a recipe
    from fer_live.compress.recipe import NetworkConfig, Recipe, StartConfig

MOMENTUM: Final = TrainConfig().momentum
SMALLEST: Final = 16  # pixels; below, no whole number of them around the network's view is near that of training

_Named = tuple[str, TrainConfig]  # a training and what it is called in the recipe
_Rule = tuple[Callable[[Any], bool], str]  # what is right, and how it is said
_ONE_OR_MORE: Final[_Rule] = (lambda value: value >= 1, "1 or more")
_NOT_BELOW_0: Final[_Rule] = (lambda value: 0 <= value < math.inf, "0 or more")
_ABOVE_0: Final[_Rule] = (lambda value: 0 < value < math.inf, "above 0")
_SHARE: Final[_Rule] = (lambda value: 0 <= value <= 1, "0 to 1")
_PART: Final[_Rule] = (lambda value: 0 <= value < 1, "0 or more, and below 1")
_SEED: Final[_Rule] = (lambda value: 0 <= value < 2**31, "0 to 2147483647")
_TRAINING: Final = {
    **{"batch": _ONE_OR_MORE, "lr": _ABOVE_0, "warmup": _SHARE, "weight_decay": _NOT_BELOW_0, "average": _PART},
    **{"label_smoothing": _SHARE, "ferplus_weight": _NOT_BELOW_0, "distill_weight": _SHARE, "mixup": _NOT_BELOW_0},
    **{"distill_temperature": _ABOVE_0, "seed": _SEED, "views": _NOT_BELOW_0, "sharpness": _NOT_BELOW_0},
}
_AUGMENTATION: Final = {
    **{"rotation": _NOT_BELOW_0, "scale_low": _ABOVE_0, "scale_high": _ABOVE_0, "shift": _NOT_BELOW_0},
    **{"brightness": _NOT_BELOW_0, "contrast": _NOT_BELOW_0, "erase": _SHARE, "erase_side": _NOT_BELOW_0},
}
_NETWORK: Final = {"base": _ONE_OR_MORE, "dropout": _PART}
_PRUNE: Final[dict[str, _Rule]] = {
    **{"ratio": (lambda value: 0 < value < 1, "above 0 and below 1"), "multiple": _ONE_OR_MORE, "steps": _ONE_OR_MORE},
    **{"latency": _PART, "parameters": _PART},
}


def check(recipe: "Recipe") -> None:
    """ValueError that names the entry and says how to mend it."""
    for name, config in _trainings(recipe):
        _check_training(name, config)
    for name, shape in _shapes(recipe):
        _check_values(name, shape, _NETWORK)
    _check_values("[prune]", recipe.prune, _PRUNE)
    blocks = recipe.prune.blocks
    if blocks and (len(blocks) != STAGES or not all(1 <= kept <= BLOCKS_PER_STAGE for kept in blocks)):
        raise ValueError(
            f"[prune] blocks are {list(blocks)}; give each of the {STAGES} stages 1 to {BLOCKS_PER_STAGE} of them"
        )
    if fault := config_fault(recipe.quantize):
        raise ValueError(fault)
    _check_values("the recipe's", recipe, {"statistics": _NOT_BELOW_0})
    if recipe.default not in PARENTS:
        raise ValueError(f"default is {recipe.default!r}, which no recipe makes (known: {', '.join(PARENTS)})")
    _check_start(recipe)
    _check_cuts(recipe)
    _check_begun_apart(recipe)
    _check_teachers(recipe)
    _check_all_faces(recipe)
    _check_last_sizes(recipe)


def _trainings(recipe: "Recipe") -> Iterator[_Named]:
    """Every training of the recipe, under the name that it has there."""
    for prefix, part in (("start.", recipe.start), ("", recipe)):
        if part is not None:
            for line in (_line(prefix, part), *_beside(prefix, part)):
                yield from line
    yield from _cut(recipe)


def _line(prefix: str, part: "Recipe | StartConfig") -> list[_Named]:
    """The trainings of one network, each of which goes on from the one before."""
    again = [(f"[[{prefix}again]]", config) for config in part.again]
    taught = [] if part.taught is None else [(f"[{prefix}taught]", part.taught)]
    return [(f"[{prefix}train]", part.train), *again, *taught]


def _beside(prefix: str, part: "Recipe | StartConfig") -> list[list[_Named]]:
    """The same of each network beside it."""
    name = f"[[{prefix}beside]]"
    return [[(name, one), *((f"[{name[1:-2]}.again]]", restart) for restart in one.again)] for one in part.beside]


def _cut(recipe: "Recipe") -> list[_Named]:
    """The same of the pruned network."""
    named = [(f"[{name}]", getattr(recipe, name)) for name in ("between", "finetune", "aware")]
    return [(name, config) for name, config in named if config is not None]


def _shapes(recipe: "Recipe") -> Iterator[tuple[str, "NetworkConfig"]]:
    yield "[network]", recipe.network
    if recipe.start is not None:
        yield "[start.network]", recipe.start.network
    others = (*recipe.beside, *(recipe.start.beside if recipe.start else ()))
    yield from (("[[beside]] network:", config.network) for config in others if config.network is not None)


def _check_training(name: str, config: TrainConfig) -> None:
    if config.momentum != MOMENTUM:
        raise ValueError(
            f"{name} momentum is {config.momentum}, but the one-cycle schedule moves it between 0.85 and 0.95 whatever "
            "stands there; take the entry out"
        )
    if not config.sizes:
        raise ValueError(f"{name} sizes are empty; list pairs of epochs and pixels, such as [[20, 32], [20, 44]]")
    for epochs, side in config.sizes:
        if epochs < 1 or not 1 <= side <= FACE_SIDE:
            raise ValueError(f"{name} sizes have [{epochs}, {side}]; epochs are 1 or more, pixels 1 to {FACE_SIDE}")
    _check_values(name, config, _TRAINING)
    how = config.augmentation
    _check_values(f"{name} augmentation:", how, _AUGMENTATION)
    if how.scale_low > how.scale_high:
        raise ValueError(f"{name} augmentation: scale_low is {how.scale_low}, above scale_high {how.scale_high}")


def _check_values(place: str, config: object, rules: dict[str, "_Rule"]) -> None:
    for entry, (right, words) in rules.items():
        value = getattr(config, entry, None)
        if value is not None and not right(value):
            raise ValueError(f"{place} {entry} is {value}; it must be {words}")


def _check_teachers(recipe: "Recipe") -> None:
    """Whoever was trained to teach is asked, and who asks has a teacher."""
    for name, config in _alone(recipe):
        if config.distill_weight > 0:
            raise ValueError(f"{name} has a distill_weight of {config.distill_weight}, but no teacher; take it out")
    for name, config in _trainings(recipe):
        if isinstance(config, FinetuneConfig) and config != FinetuneConfig() and config.distill_weight == 0:
            raise ValueError(
                f"{name} has teachers that its distill_weight of 0 never asks; give their share, such as 0.7"
            )
    start, last = recipe.start, (recipe.between, recipe.finetune)
    full = last if recipe.prune.source == "full" else ()
    if recipe.beside and not _asked(recipe.taught, *full):
        raise ValueError("[[beside]] teaches nobody; add [taught] or take it out")
    if start is None:
        return
    of_the_wide = start.joined(recipe.network.base) if start.grow == "join" else 1
    others = start.bases[of_the_wide:]  # no part of the wide one
    if others and not _asked(start.taught, recipe.train, *recipe.again, *last):
        raise ValueError("[[start.beside]] teaches nobody; give [train] or [finetune] a distill_weight, or take it out")


def _alone(recipe: "Recipe") -> Iterator[_Named]:
    """The trainings that nobody teaches: from nothing, and the restarts of those."""
    for prefix, part in (("start.", recipe.start), ("", recipe)):
        if part is not None:
            if prefix or recipe.start is None:
                yield from _line(prefix, part)[: 1 + len(part.again)]
            for line in _beside(prefix, part):
                yield from line


def _asked(*trainings: TrainConfig | None) -> bool:
    return any(config is not None and config.distill_weight > 0 for config in trainings)


def _check_all_faces(recipe: "Recipe") -> None:
    """Validation faces that an earlier training has learned would flatter whatever is scored on them later."""
    for earlier, later in _descents(recipe):
        learned = ""
        for name, config in (*earlier, *later):
            if learned and not config.all_faces:
                raise ValueError(f"{learned} has all_faces and {name}, made of it, does not; add it there")
            learned = learned or (name if config.all_faces else "")


def _descents(recipe: "Recipe") -> Iterator[tuple[list[_Named], list[_Named]]]:
    """The trainings of a network, and those of one that is made of it or taught by it."""
    start, wide = recipe.start, _line("", recipe)
    for prefix, part in (("start.", start), ("", recipe)):
        if part is not None and part.taught is not None:
            yield from ((line, _line(prefix, part)[-1:]) for line in _beside(prefix, part))
    cut = [(name, config) for name, config in _cut(recipe) if name != "[between]" or recipe.prune.steps > 1]
    narrow = [] if start is None else [_line("start.", start), *_beside("start.", start)]
    for line in narrow:
        yield line, wide
        yield line, cut
    if recipe.prune.source == "full":
        for line in (wide, *_beside("", recipe)):
            yield line, cut


def _check_start(recipe: "Recipe") -> None:
    start = recipe.start
    if start is None:
        if recipe.prune.source == "start":
            raise ValueError('[prune] source is "start", but there is no [start]; add one or take "full"')
        return
    narrow, wide = start.network.base, recipe.network.base
    if start.grow == "join" and start.joined(wide) < 2:
        raise ValueError(
            f"[start] joins networks of base {' + '.join(map(str, start.bases))}, [network] base is {wide}; "
            "change it, or add or remove [[start.beside]]"
        )
    if narrow > wide:
        raise ValueError(f"[start.network] base is {narrow}, more than the {wide} of [network]")


def _check_cuts(recipe: "Recipe") -> None:
    """There is something to cut, and training between cuts where there are several."""
    how = recipe.prune
    if how.steps == 1 and recipe.between != FinetuneConfig():
        raise ValueError("[between] trains between cuts, and there is but one; give [prune] more steps or take it out")
    if not how.chosen:
        cut = recipe.start.network if recipe.start is not None and how.source == "start" else recipe.network
        try:
            uniform_widths(Widths.uniform(cut.base), how)
        except PruneError as error:
            raise ValueError(f"[prune] {error}") from error


def _check_begun_apart(recipe: "Recipe") -> None:
    """Networks trained alike are one: beside it, or joined with it, it says nothing more."""
    for prefix, part in (("start.", recipe.start), ("", recipe)):
        if part is None:
            continue
        known = [(part.network, part.train, part.again)] if prefix or recipe.start is None else []
        for config in part.beside:
            one = (config.network or part.network, config.alone, config.again)
            if one in known:
                raise ValueError(f"[[{prefix}beside]] is trained as another network is; give it a seed of its own")
            known.append(one)


def _check_last_sizes(recipe: "Recipe") -> None:
    """All that ship are fed the same pictures, so what each of them learned last must be pictures of that size."""
    last = recipe.train.sizes[-1][1]
    for name, config in _of_what_ships(recipe):
        if config.sizes[-1][1] != last:
            raise ValueError(
                f"{name} ends at {config.sizes[-1][1]} pixels, [train] at {last}; "
                f"let the last of {name} sizes have the same side, for that is what ships"
            )
    if not SMALLEST <= last <= FACE_SIDE:
        raise ValueError(f"[train] sizes end at {last} pixels; what ships sees {SMALLEST} to {FACE_SIDE}")


def _of_what_ships(recipe: "Recipe") -> Iterator[tuple[str, TrainConfig]]:
    """The trainings whose result may be exported. That of [between] is cut and trained on."""
    return ((name, config) for name, config in (*_line("", recipe), *_cut(recipe)) if name != "[between]")
