"""The user's own networks: an ONNX file is looked at, tried, copied into the user's data folder and described there.

From then on it is a variant like those that ship. ``fer_live.manifest`` reads what is written here.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from fer_live.classifier import ClassifierError, OnnxClassifier
from fer_live.dataset import SYNONYMS
from fer_live.growing import reason, write_whole
from fer_live.locked import InUse, locked
from fer_live.manifest import (
    MANIFEST,
    Head,
    InputSpec,
    ManifestError,
    Variant,
    load_manifest,
    own_models,
    own_rows,
    write_json,
)
from fer_live.model_options import OwnModel
from fer_live.onnx_look import look_at
from fer_live.typed_json import plain
from fer_live.variant import input_faults

__all__ = ["OwnModel", "add_model", "check_name", "remove_model", "try_model"]

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")  # a file name everywhere, and a word between commas
# Words that --variants and Windows understand otherwise.
RESERVED: Final = re.compile(r"all|default|(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
WAIT_S: Final = 10.0  # for another who adds or removes one
QUANTISED: Final = re.compile(rb"QuantizeLinear|QLinearConv|QLinearMatMul|ConvInteger|MatMulInteger")
HALVED: Final = re.compile(rb"\x0a\x02to\x18\x0a")  # a Cast's attribute "to" that is 10, onnx.TensorProto.FLOAT16


def add_model(wish: OwnModel) -> Variant:
    """Try the network and put it beside the others; ManifestError or ClassifierError in one line when it cannot be.

    The file is copied before its row is written: killed in between, nothing is added. One of the same name that
    cannot be used any more gives way.
    """
    folder = own_models()
    check_name(wish.name)
    variant, content = _looked_at(wish, folder)
    with _ours_to_change(folder):
        check_name(wish.name)  # again: another may have taken it meanwhile
        try:
            _keep(variant, content)
        except OSError as error:
            raise _unwritable(folder, error) from error
    return variant


def try_model(wish: OwnModel) -> OnnxClassifier:
    """The network where it lies, as it would run once added; nothing is written. Raises what ``add_model`` does."""
    variant, _ = _looked_at(wish, own_models())
    there = wish.file.absolute()
    return OnnxClassifier(replace(variant, folder=there.parent, file=there.name))


def check_name(name: str) -> None:
    """ManifestError when a network of one's own cannot be called so."""
    _check_name(name, own_rows(own_models()))


def _looked_at(wish: OwnModel, folder: Path) -> tuple[Variant, bytes]:
    """The variant that it would be in ``folder``, and the file's content."""
    labels = _known_labels(wish.labels)
    for text in (wish.title, *labels):
        if not text.isprintable():
            raise ManifestError(f"{text!a} has characters that cannot be shown in a line; give another title or label")
    try:
        content = wish.file.read_bytes()
    except OSError as error:
        raise ManifestError(f"{wish.file} cannot be read ({error.strerror})") from error
    spec = InputSpec(wish.size, wish.size, wish.channels, wish.mean, wish.std, wish.crop)
    for fault in input_faults(spec):
        raise ManifestError(f"{wish.file} cannot be added: {fault}")
    try:
        seen = look_at(content, len(labels), spec, wish.output)
    except ClassifierError as error:
        raise ClassifierError(f"{wish.file} cannot be added: {error}") from error
    spec = replace(spec, tensor=seen.tensor, layout=seen.layout, batch=seen.batch)
    head = Head(seen.output, labels, seen.gives)
    return _described(replace(wish, labels=labels), content, head, spec, folder), content


def remove_model(name: str, wait_s: float = WAIT_S) -> None:
    """Take one of the user's own models away, its copy too; ManifestError when there is none of that name.

    Waits up to ``wait_s`` for another program that adds or removes one.
    """
    folder = own_models()
    _without(folder, name)  # refuses before anything is made
    with _ours_to_change(folder, wait_s):
        kept = _without(folder, name)
        try:
            write_json({"variants": kept}, folder / MANIFEST)
            if NAME.fullmatch(name):
                _file(folder, name).unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error


def _without(folder: Path, name: str) -> list[Any]:
    """The rows but that of ``name``; ManifestError when there is none."""
    rows = own_rows(folder)
    kept = [row for row in rows if _name(row) != name]
    if len(kept) == len(rows):
        own = ", ".join(sorted(filter(None, map(_name, rows)))) or "none"
        ships = "ships with fer_live and stays" if name in load_manifest().names else "is not one of your own models"
        raise ManifestError(f"{name} {ships} (your own: {own})")
    return kept


@contextmanager
def _ours_to_change(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Keep others from the user's models meanwhile; ManifestError."""
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(locked(folder / "models.lock", wait_s))
            for left in folder.glob("*.part"):  # by one that was killed while it wrote
                left.unlink()
        except InUse as error:
            raise ManifestError("another fer-live is adding or removing a network; try again") from error
        except OSError as error:
            raise _unwritable(folder, error) from error
        yield


def _unwritable(folder: Path, error: OSError) -> ManifestError:
    return ManifestError(f"nothing can be changed in {folder} ({reason(error)})")


def _check_name(name: str, rows: list[Any]) -> None:
    if RESERVED.fullmatch(name):
        raise ManifestError(f"{name!r} cannot be a name: it means something else already; give another (--name)")
    if not NAME.fullmatch(name):
        raise ManifestError(
            f"{name!r} cannot be a name: up to 40 letters, digits, dots, dashes and underscores (--name)"
        )
    usable = {known.casefold() for known in load_manifest().names}
    own = {found.casefold(): found for found in map(_name, rows)}
    if name.casefold() in usable & own.keys():
        there = own[name.casefold()]
        raise ManifestError(f"the name {there} is taken; give another, or first: fer-live models remove {there}")
    if name.casefold() in usable:
        raise ManifestError(f"the name {name} is taken by a variant that ships; give another with --name")


def _known_labels(given: tuple[str, ...]) -> tuple[str, ...]:
    """The labels as this project calls them, so that they match the other variants' by name."""
    labels = tuple(SYNONYMS.get(label, label) for label in (label.strip().casefold() for label in given))
    if "" in labels:
        raise ManifestError("one of the labels is empty (--labels)")
    if len(labels) < 2:
        raise ManifestError("a network needs two labels at least, separated by commas (--labels)")
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ManifestError(f"the label {twice[0]} is there twice (--labels)")
    return labels


def _described(wish: OwnModel, content: bytes, head: Head, spec: InputSpec, folder: Path) -> Variant:
    quantised, halved = (pattern.search(content) is not None for pattern in (QUANTISED, HALVED))
    return Variant(
        name=wish.name,
        title=wish.title,
        file=_file(folder, wish.name).name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        parameters=0,  # not known
        macs=0,
        parent="",
        precision=wish.precision or ("int8" if quantised else "fp16" if halved else "fp32"),
        labels=wish.labels,
        heads=(head,),
        head=head.name,
        input=spec,
        recipe={"added from": ascii(wish.file.name)[1:-1]},
        folder=folder,
    )


def _keep(variant: Variant, content: bytes) -> None:
    """The copy, tried as the app will use it, then the row. OSError, and ClassifierError without leaving a copy."""
    try:
        write_whole(variant.path, content)
        OnnxClassifier(variant)
        rows = [row for row in own_rows(variant.folder) if _name(row).casefold() != variant.name.casefold()]
        write_json({"variants": [*rows, plain(variant)]}, variant.folder / MANIFEST)
    except (OSError, ClassifierError, ManifestError):
        with suppress(OSError):
            variant.path.unlink(missing_ok=True)
        raise


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.onnx"


def _name(row: Any) -> str:
    name = row.get("name") if isinstance(row, dict) else None
    return name if isinstance(name, str) else ""
