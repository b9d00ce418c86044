"""The emotions' colours: Okabe and Ito's, which people with any colour vision can tell apart. Never the only sign."""

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


def emotion_colour(label: str) -> str:
    """The colour of an emotion as "#rrggbb"; gray for a word that has none."""
    return EMOTIONS.get(label, UNSURE)
