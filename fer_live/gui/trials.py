"""A network of the user's own, looked at, tried and added: for jobs, since onnxruntime and a big file take their time.

Refusals come back as sentences in the window's words.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fer_live.frame import Face, Prediction
from fer_live.manifest import ManifestError, Variant
from fer_live.model_options import OwnModel

if TYPE_CHECKING:
    from fer_live.onnx_look import FirstLook


@dataclass(frozen=True)
class Seen:
    """A face in view and what a variant, called ``title``, says of it, to hold the new network's answer against."""

    rgb: NDArray[np.uint8]
    face: Face
    title: str
    said: Prediction


Trial = tuple[Variant, Prediction | None]


def in_window(sentence: str, file: Path) -> str:
    """A refusal as the command gives it, in the window's words: fields instead of options."""
    text = sentence.replace(f"{file} cannot be added: ", "").replace(str(file), file.name)
    for option, field in (
        (r" \(--\w+\)", ""),
        (r"; give another, or first: fer-live models remove \S+", "; give another, or remove that one first"),
        (r"give --channels (\w+)", r"choose \1 as Channels"),
        (r"give --input (\d+)x\d+", r"set Input to \1"),
        (r"with --output", "under Output"),
        (r"look at --mean and --std", "look at Mean and Std"),
        (r"give another with --name", "give another name"),
    ):
        text = re.sub(option, field, text)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def looked_at(file: Path) -> "FirstLook | str":
    """What the file tells, or why it is refused."""
    from fer_live.onnx_look import first_look
    from fer_live.onnx_session import ClassifierError

    try:
        return first_look(file.read_bytes())
    except OSError as fault:
        return f"{file.name} cannot be read: {fault.strerror}."
    except ClassifierError as fault:
        return in_window(str(fault), file)


def tried(wish: OwnModel, seen: Seen | None) -> Trial | str:
    """The network as it would be, and what it says of the face; or why it is refused."""
    from fer_live.onnx_session import ClassifierError
    from fer_live.own_models import check_name, try_model

    try:
        check_name(wish.name)
        classifier = try_model(wish)
        said = classifier.classify(seen.rgb, [seen.face]).predictions[0] if seen else None
    except (ClassifierError, ManifestError) as fault:
        return in_window(str(fault), wish.file)
    return classifier.variant, said


def add(wish: OwnModel) -> Variant | str:
    """The new variant, or why it is refused."""
    from fer_live.onnx_session import ClassifierError
    from fer_live.own_models import add_model

    try:
        return add_model(wish)
    except (ClassifierError, ManifestError) as fault:
        return in_window(str(fault), wish.file)
