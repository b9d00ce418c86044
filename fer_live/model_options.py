"""What people write about a network of their own, read: numbers, a crop, a name. For the command and the window."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from fer_live.variant import CropGeometry

SIDES: Final = (8, 1024)  # pixels
TITLE_LETTERS: Final = 60  # at most, or the window has no room for it


@dataclass(frozen=True)
class OwnModel:
    """What the user says of a network. ``labels`` are in the order of its output, whose name is ``output``.

    ``size`` pixels square; ``mean`` and ``std`` as in ``InputSpec``. ``output`` or ``precision`` None is found out.
    """

    file: Path
    name: str
    title: str
    labels: tuple[str, ...]
    size: int
    channels: str
    mean: float | tuple[float, ...]
    std: float | tuple[float, ...]
    crop: CropGeometry = field(default_factory=CropGeometry)
    output: str | None = None
    precision: Literal["fp32", "fp16", "int8"] | None = None


def name_from(text: str) -> str:
    """A name for commands and tables from a file's or a title; it may still be one that cannot be."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:40]


def title(text: str) -> str:
    """What the window calls a network; ValueError with a sentence for what is too long for it."""
    if len(text) > TITLE_LETTERS:
        raise ValueError(f"{text[:TITLE_LETTERS]}... is longer than {TITLE_LETTERS} letters")
    return text


def numbers(text: str) -> float | tuple[float, ...]:
    """A number, or several with commas between them; ValueError with a sentence."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is not a number, nor three with commas between them") from None
    return found[0] if len(found) == 1 else found


def crop(text: str) -> CropGeometry:
    """SIDE,DOWN: the crop's side / the box's, and how far it lies below it; ValueError with a sentence."""
    try:
        found = numbers(text)
    except ValueError:
        found = ()
    geometry = CropGeometry(found[0], -found[1]) if isinstance(found, tuple) and len(found) == 2 else None
    if geometry is None or not geometry.possible:
        raise ValueError(f"{text!r} is not a size and a shift down such as 1.17,-0.06")
    return geometry


def crop_text(geometry: CropGeometry) -> str:
    """A crop as ``crop`` reads it."""
    return f"{geometry.side:g}, {-geometry.up:g}"
