"""Colours of a page as style sheet, and the class names that elements get them by."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

from fer_live import palette
from fer_live.report.markup import Markup
from fer_live.report.session import Session

# The window's variant colours on white: the same hues, dark enough for lines (contrast at least 3 to 1).
ON_LIGHT: Final = (
    *("#4656d6", "#b06a00", "#00806a", "#b8457f", "#857400", "#3f8a1c", "#7d4ae0", "#c9512a", "#3d7b96"),
)
DASHES: Final = ("none", "7 3", "2 3", "9 3 2 3")


def variant_class(session: Session, name: str) -> str:
    """The classes of what ran: the variant's colour, and a dash pattern beside it."""
    return f"v{session.place(name) % len(ON_LIGHT)} d{list(session.runs).index(name) % len(DASHES)}"


def label_class(label: str, order: Sequence[str]) -> str:
    """The class of a label; words that are no emotion take colours by their place in ``order``; "" is no face."""
    if not label:
        return "nobody"
    return f"e-{label}" if label in palette.EMOTIONS else f"v{order.index(label) % len(ON_LIGHT)}"


def style_sheet() -> Markup:
    """The whole style sheet, for the page's head."""
    fixed = (files("fer_live.report") / "style.css").read_text(encoding="utf-8")
    emotions = "".join(f".e-{label}{{--c:{colour}}}" for label, colour in palette.EMOTIONS.items())
    dashes = "".join(f".d{place}{{--dash:{dash}}}" for place, dash in enumerate(DASHES))
    light, dark = _variants(ON_LIGHT), _variants(palette.VARIANTS)
    return Markup(f"{fixed}\n{emotions}\n{dashes}\n{light}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n")


def _variants(hues: Sequence[str]) -> str:
    return "".join(f".v{place}{{--c:{colour}}}" for place, colour in enumerate(hues))
