"""What a foreign ONNX file takes and gives, found out by looking at it and by running it on made-up pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fer_live.model_options import SIDES
from fer_live.onnx_session import ClassifierError, open_session
from fer_live.variant import PLANES, InputSpec, input_faults

Layout = Literal["nchw", "nhwc"]
PICTURES: Final = 6  # black, white and noise; more than one, since a single answer may sum to 1 by chance
SUM_ERROR: Final = 1e-3  # how far from 1 the sum of a softmax may be, also in half precision


@dataclass(frozen=True)
class Look:
    """How to feed a network and how to read it, in the words of ``InputSpec`` and ``Head``."""

    tensor: str
    layout: Layout
    batch: int
    output: str
    gives: Literal["logits", "probabilities"]


@dataclass(frozen=True)
class FirstLook:
    """What a file tells of itself; None and () for what it leaves open. ``outputs``: each one's name and columns."""

    size: int | None
    channels: str | None
    outputs: tuple[tuple[str, int | None], ...]


def first_look(content: bytes) -> FirstLook:
    """What can be read off a file, before anything is known of it; ClassifierError when it can be none of ours."""
    session = open_session(content)
    tensor, dims = _input(session)
    outputs = tuple(_columns(node) for node in session.get_outputs())
    fitting = [
        (side, channels)
        for channels, planes in PLANES.items()
        for layout in ("nchw", "nhwc")
        for side in [next((dim for dim in (dims[2:] if layout == "nchw" else dims[1:3]) if isinstance(dim, int)), 0)]
        if len(dims) == 4 and (not side or side >= SIDES[0]) and _fits(dims, side, planes, layout)
    ]
    if dims and not fitting:
        raise ClassifierError(f"its input {tensor!r} is {_shape(dims)}: no square gray or RGB pictures")
    sides, channels = {side for side, _ in fitting}, {channels for _, channels in fitting}
    size = sides.pop() if len(sides) == 1 else 0
    return FirstLook(size or None, channels.pop() if len(channels) == 1 else None, outputs)


def look_at(content: bytes, labels: int, spec: InputSpec, output: str | None = None) -> Look:
    """Find out how the network in ``content`` is used; ClassifierError with a reason for what is not possible.

    Of ``spec`` size, channels, mean and std are taken as they are. A batch dimension that only seems free (the file
    says any number, but runs with one) counts as a batch of one.
    """
    session = open_session(content)
    tensor, dims = _input(session)
    layout = _layout(tensor, dims, spec.size, spec.channels)
    name = _output(session, labels, output)
    pictures = _pictures(spec, layout)
    fixed = dims[0] if dims and isinstance(dims[0], int) else 0
    for fault in input_faults(replace(spec, batch=fixed)):
        raise ClassifierError(f"its input {tensor!r} is {_shape(dims)}: {fault}")
    if not fixed and not _takes_several(session, tensor, name, pictures):
        fixed = 1
    count = fixed or len(pictures)
    filled = np.resize(pictures, (-(-len(pictures) // count) * count, *pictures.shape[1:]))
    sides = f"{spec.size}x{spec.size} {spec.channels} pictures"
    try:
        parts = [_run(session, tensor, name, filled[row : row + count]) for row in range(0, len(filled), count)]
    except ClassifierError as error:
        raise ClassifierError(f"it does not run on {sides} ({error})") from error
    if len(parts[0].shape) != 2 or len(parts[0]) != count:
        raise ClassifierError(
            f"its output {name!r} is {_shape(parts[0].shape)} for {count} {sides}, not a row for each"
        )
    if parts[0].shape[1] != labels:
        raise ClassifierError(f"its output {name!r} has {parts[0].shape[1]} columns, but {labels} labels were given")
    return Look(tensor, layout, fixed, name, _gives(np.concatenate(parts), name))


def _input(session: Any) -> tuple[str, list[Any]]:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ClassifierError(f"it has {len(inputs)} inputs ({_names(inputs)}); fer_live feeds one")
    node = inputs[0]
    if node.type != "tensor(float)":
        raise ClassifierError(f"its input {node.name!r} is {node.type}; fer_live feeds tensor(float)")
    return node.name, list(node.shape or [])


def _layout(tensor: str, dims: Sequence[Any], size: int, channels: str) -> Layout:
    """Which order of dimensions the input has; a shape that is not told is taken for the usual one."""
    told = f"its input {tensor!r} is {_shape(dims)}"
    if not dims:
        return "nchw"
    if len(dims) != 4:
        raise ClassifierError(f"{told}, which is no batch of pictures")
    for layout in ("nchw", "nhwc"):
        if _fits(dims, size, PLANES[channels], layout):
            return layout
    for other, planes in PLANES.items():
        if _fits(dims, size, planes, "nchw") or _fits(dims, size, planes, "nhwc"):
            raise ClassifierError(f"{told}: not {channels} pictures; give --channels {other}")
    for side in {side for side in dims[1:] if isinstance(side, int)} - set(PLANES.values()):
        if any(_fits(dims, side, planes, layout) for planes in PLANES.values() for layout in ("nchw", "nhwc")):
            raise ClassifierError(f"{told}: not {size}x{size} pictures; give --input {side}x{side}")
    raise ClassifierError(f"{told}: no square gray or RGB pictures")


def _fits(dims: Sequence[Any], size: int, planes: int, layout: str) -> bool:
    wanted = (planes, size, size) if layout == "nchw" else (size, size, planes)
    return all(not isinstance(found, int) or found == side for found, side in zip(dims[1:], wanted, strict=True))


def _output(session: Any, labels: int, wished: str | None) -> str:
    outputs = session.get_outputs()
    known = {node.name: node for node in outputs}
    if wished is not None and wished not in known:
        raise ClassifierError(f"it has no output {wished!r} (it has: {_names(outputs)})")
    fitting = [node.name for node in outputs if len(node.shape or []) == 2 and node.shape[1] == labels]
    name: str | None = wished or (outputs[0].name if len(outputs) == 1 else None)
    if name is None and len(fitting) == 1:
        name = fitting[0]
    if name is None:
        raise ClassifierError(f"it has {len(outputs)} outputs ({_names(outputs)}); say which one with --output")
    if known[name].type != "tensor(float)":
        raise ClassifierError(f"its output {name!r} is {known[name].type}, not tensor(float)")
    return name


def _pictures(spec: InputSpec, layout: Layout) -> NDArray[np.float32]:
    """Normalised pictures of nothing: black, white and noise."""
    random = np.random.default_rng(0)
    shape = (spec.size, spec.size, PLANES[spec.channels])
    made = [np.full(shape, gray, np.float32) for gray in (0.0, 1.0)]
    made += [random.random(shape, np.float32) for _ in range(PICTURES - len(made))]
    batch = (np.stack(made) - np.asarray(spec.mean, np.float32)) / np.asarray(spec.std, np.float32)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2) if layout == "nchw" else batch)


def _takes_several(session: Any, tensor: str, output: str, pictures: NDArray[np.float32]) -> bool:
    try:
        return len(_run(session, tensor, output, pictures[:2])) == 2
    except ClassifierError:
        return False


def _run(session: Any, tensor: str, output: str, pictures: NDArray[np.float32]) -> NDArray[np.float32]:
    try:
        answers = np.asarray(session.run([output], {tensor: pictures})[0])
    except Exception as error:  # onnxruntime's errors share no base of their own
        raise ClassifierError(" ".join(str(error).split())[:160]) from error
    if answers.ndim == 0:
        raise ClassifierError(f"its output {output!r} is one number, not a row for each picture")
    return answers


def _gives(answers: NDArray[np.float32], name: str) -> Literal["logits", "probabilities"]:
    """Whether the network ends in a softmax; ClassifierError for what is neither its input nor its output."""
    if not np.isfinite(answers).all():
        raise ClassifierError(f"its output {name!r} is not finite on black, white or noise; look at --mean and --std")
    positive = bool((answers >= 0).all())
    if positive and bool((np.abs(answers.sum(axis=1, dtype=np.float64) - 1) < SUM_ERROR).all()):
        return "probabilities"
    if positive and bool((answers <= 1).all()):
        raise ClassifierError(
            f"its output {name!r} lies between 0 and 1 but does not sum to 1 (a sigmoid?); give logits or a softmax"
        )
    return "logits"


def _columns(node: Any) -> tuple[str, int | None]:
    """An output's name, and how many columns its rows have where the file says so."""
    shape = node.shape or []
    return node.name, shape[1] if len(shape) == 2 and isinstance(shape[1], int) else None


def _names(nodes: Sequence[Any]) -> str:
    return ", ".join(node.name for node in nodes)


def _shape(dims: Sequence[Any]) -> str:
    return f"({', '.join(str(side) if side is not None else '?' for side in dims)})"
