"""Checkpoints on disk: written beside and renamed, so that a kill never leaves half a file; no pickled code inside."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final

import torch

from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.networks import FerResNet, Widths, measured_widths
from fer_live.compress.training_config import TrainConfig
from fer_live.typed_json import built, plain

_DAMAGE: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # what torch meets in another's file
NEEDED: Final = ("widths", "heads", "history", "result")  # to use the network


class CheckpointError(Exception):
    """A checkpoint cannot be used here; the message says why."""


def write_checkpoint(path: Path, network: FerResNet, state: dict[str, Any]) -> None:
    """Write ``state`` with the network's shape; tensors and plain values only. OSError when it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, {"widths": measured_widths(network).to_dict(), "heads": network.labels_per_head, **state})


def keep_result(path: Path) -> None:
    """Drop from a finished training what only resuming it needs: three quarters of the file."""
    state = _read(path)
    _write(path, {name: state[name] for name in (*NEEDED, "config") if name in state})


def read_checkpoint(path: Path, network: FerResNet, config: TrainConfig) -> dict[str, Any]:
    """The state written for this very training of a network of this very shape; CheckpointError for another one or a
    damaged file.
    """
    state = _of_training(path, config)
    with damage_named(path):
        widths = Widths.from_dict(state["widths"])
    if widths != measured_widths(network):
        raise CheckpointError(f"{path} belongs to a network of other channel counts; name another folder")
    return state


def load_network(path: Path, config: TrainConfig | None = None) -> FerResNet:
    """The weight-averaged network of a finished (or stopped) training, in eval mode, on the CPU.

    CheckpointError for a damaged file, and for another training's where ``config`` is given.
    """
    state = _read(path) if config is None else _of_training(path, config)
    with damage_named(path):
        network = FerResNet(Widths.from_dict(state["widths"]), state["heads"])
        if "conv.bias" in state["result"]:
            network = fold_batch_norm(network)
        network.load_state_dict(state["result"])
    return network.eval()


def _write(path: Path, state: dict[str, Any]) -> None:
    partial = path.with_suffix(".part")
    try:
        torch.save(state, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # torch's own, which does not say what the system said
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        free = shutil.disk_usage(path.parent).free >> 20
        raise OSError(f"{path} cannot be written ({free} MB are free there); make room and run it again") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, UnpicklingError, EOFError, *_DAMAGE) as error:
        raise CheckpointError(f"{path}: not a readable checkpoint ({_line(error)})") from error
    if not isinstance(state, dict) or not state.keys() >= set(NEEDED):
        raise CheckpointError(f"{path}: not a checkpoint of fer-live compress")
    return state


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """What its content makes fail inside is a CheckpointError that names the file."""
    try:
        yield
    except (RuntimeError, *_DAMAGE) as error:
        raise CheckpointError(f"{path}: not a whole checkpoint ({_line(error)})") from error


def _of_training(path: Path, config: TrainConfig) -> dict[str, Any]:
    state = _read(path)
    told = state.get("config")
    if told is not None and not _tells(told, config):
        raise CheckpointError(f"{path} was made by another recipe; name another folder or delete it")
    return state


def _tells(told: Any, config: TrainConfig) -> bool:
    """Whether a file tells of this very training; an entry newer than the file was at its default."""
    try:
        return bool(built(type(config), plain(told), strict=True) == config)
    except ValueError:
        return False


def _line(error: Exception) -> str:
    """Torch explains itself in paragraphs."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]
