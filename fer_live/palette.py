"""The colours of emotions and variants, the same in the window and in a report, and what reads on them.

Emotion colours are those of Okabe and Ito (jfly.uni-koeln.de/color), which people with any common colour blindness can
tell apart; they are never the only sign.
"""

from typing import Final

UNSURE: Final = "#a9aeb6"
EMOTIONS: Final = {
    "angry": "#d55e00",
    "disgust": "#009e73",
    "fear": "#a48fc4",
    "happy": "#f0e442",
    "sad": "#0072b2",
    "surprise": "#56b4e9",
    "neutral": "#a9aeb6",
    "contempt": "#cc79a7",
}
VARIANTS: Final = (
    *("#94a2ff", "#e69f00", "#44c0a8", "#e58ab4", "#c9b458", "#8ccf6f", "#b58cff", "#ff9b73", "#7fb3c8"),
)


def emotion_colour(label: str) -> str:
    """The colour of an emotion; gray for a word that has none."""
    return EMOTIONS.get(label, UNSURE)


def variant_colour(place: int) -> str:
    """The colour of the variant at ``place`` of the manifest (from 0), for a dark ground."""
    return VARIANTS[place % len(VARIANTS)]


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    shares = []
    for start in (1, 3, 5):
        value = int(colour[start : start + 2], 16) / 255
        shares.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * shares[0] + 0.7152 * shares[1] + 0.0722 * shares[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Near-black or white, whichever reads better on ``colour``."""
    return max(("#101216", "#ffffff"), key=lambda ink: contrast(ink, colour))
