"""``fer-live compress``: the steps of the offline module on the command line."""

import argparse
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from fer_live.compress.checkpoint import CheckpointError
from fer_live.compress.data import came_from, import_fer2013
from fer_live.compress.prune import PruneError
from fer_live.compress.publish import PublishOptions, publish
from fer_live.compress.quantize import QuantizeError
from fer_live.compress.recipe import RecipeError, load_recipe, with_seed
from fer_live.compress.steps import Workshop
from fer_live.compress.train import TrainError
from fer_live.compress.validation import compare_calibrations
from fer_live.dataset import DataError
from fer_live.growing import in_the_way
from fer_live.settings import MOST_THREADS
from fer_live.terminal import OneLineParser

USER_ERRORS = (RecipeError, DataError, CheckpointError, PruneError, QuantizeError)
log = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run one step, or all; 0 when done, 1 when the work failed, 2 for wrong input (one line on stderr)."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if options.threads:
        if not 0 < options.threads <= MOST_THREADS:
            log.error("fer-live compress: --threads is 1 to %d, not %d", MOST_THREADS, options.threads)
            return 2
        torch.set_num_threads(options.threads)
    step: Callable[[argparse.Namespace], None] = options.step
    try:
        _check_folders(options)
        step(options)
    except USER_ERRORS as error:
        log.error("fer-live compress: %s", error)
        return 2
    except (TrainError, OSError) as error:
        log.error("fer-live compress: %s", error)
        return 1
    return 0


def _check_folders(options: argparse.Namespace) -> None:
    """RecipeError for folders that cannot be made, before the hours."""
    for name in ("work", "out"):
        folder: Path | None = getattr(options, name, None)
        if folder is not None and (file := in_the_way(folder)):
            raise RecipeError(f"--{name} {folder}: {file} is no folder; name another")


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser("fer-live compress", description="Train, prune and quantise the networks.")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    data = _step(steps, "data", _data, "import fer2013.csv and FER+'s fer2013new.csv")
    data.add_argument("--fer2013", type=Path, required=True, metavar="CSV")
    data.add_argument("--ferplus", type=Path, required=True, metavar="CSV")
    for name, step, text in (
        ("train", _train, "train the full-precision network"),
        ("prune", _prune, "remove filters and fine-tune what is left"),
        ("quantize", _quantize, "write every variant as ONNX, full precision and INT8"),
        ("calibrate", _calibrate, "compare calibration methods and weight widths on the validation faces"),
    ):
        _recipe(_step(steps, name, step, text))
    for name, step, text in (
        ("publish", _publish, "score the variants and write the manifest"),
        ("run", _run, "every step from the data to the manifest"),
    ):
        last = _step(steps, name, step, text)
        _recipe(last)
        last.add_argument("--fer2013", type=Path, required=True, metavar="CSV", help="Kaggle's file, for the scores")
        last.add_argument("--ferplus", type=Path, required=True, metavar="CSV", help="FER+'s votes")
        last.add_argument("--out", type=Path, default=Path("models"), metavar="DIR", help="the app's models (models)")
        note = "how these files came about, for the model card and the manifest, in place of the recipe's note"
        last.add_argument("--note", type=Path, metavar="FILE", help=note)
        last.add_argument("--sensitivity", action="store_true", help="also quantise each layer alone (minutes)")
        last.add_argument("--all-views", action="store_true", help="also score with flip and with ten crops (minutes)")
        more = "also score on face crops in sub-folders by label, which nothing was learned from (repeatable)"
        last.add_argument("--unseen", type=Path, action="append", default=[], metavar="DIR", help=more)
    return parser


def _step(
    steps: "argparse._SubParsersAction[OneLineParser]",
    name: str,
    step: Callable[[argparse.Namespace], None],
    text: str,
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=text, description=text)
    parser.add_argument("--work", type=Path, default=Path("runs"), metavar="DIR", help="working folder (runs)")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="torch threads (all cores)")
    parser.set_defaults(step=step)
    return parser


def _recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, metavar="RECIPE.toml")
    parser.add_argument("--seed", type=int, metavar="N", help="another seed than the recipe's")


def _workshop(options: argparse.Namespace) -> Workshop:
    recipe = load_recipe(options.recipe)
    if options.seed is not None and not 0 <= options.seed < 2**31:
        raise RecipeError(f"--seed is {options.seed}; it must be 0 to 2147483647")
    return Workshop(options.work, recipe if options.seed is None else with_seed(recipe, options.seed))


def _told(workshop: Workshop, note: Path | None) -> Workshop:
    """The same with the text of ``note``, if there is one, in place of the recipe's; no folder is named by it."""
    if note is None:
        return workshop
    try:
        text = note.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"--note {note}: not a readable text ({error})") from error
    return replace(workshop, recipe=replace(workshop.recipe, note=text))


def _data(options: argparse.Namespace) -> None:
    log.info("%s", import_fer2013(options.fer2013, options.ferplus, options.work / "data.npz"))


def _train(options: argparse.Namespace) -> None:
    _workshop(options).trained()


def _prune(options: argparse.Namespace) -> None:
    _workshop(options).pruned()


def _quantize(options: argparse.Namespace) -> None:
    for name, path in _workshop(options).exported().items():
        log.info("%-12s %9d bytes  %s", name, path.stat().st_size, path)


def _calibrate(options: argparse.Namespace) -> None:
    for line in compare_calibrations(_workshop(options)):
        log.info("%s", line)


def _publish(options: argparse.Namespace) -> None:
    workshop = _told(_workshop(options), options.note)  # before the hours
    asked = PublishOptions(
        fer2013=options.fer2013,
        out=options.out,
        ferplus=options.ferplus,
        seed=options.seed,
        sensitivity=options.sensitivity,
        all_views=options.all_views,
        unseen=tuple(options.unseen),
    )
    manifest = publish(workshop, asked)
    for variant in manifest.variants:
        log.info("%-12s %9d bytes  %.4f shown accuracy", variant.name, variant.bytes, variant.accuracy or 0)


def _run(options: argparse.Namespace) -> None:
    data = _workshop(options).data
    if not came_from(data, options.fer2013, options.ferplus):
        if data.exists():
            log.info("%s is not known to come from these files: they are imported again", data)
        _data(options)
    _publish(options)
