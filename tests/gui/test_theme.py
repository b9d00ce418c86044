import pytest
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from fer_live.dataset import FER2013_LABELS, FERPLUS_LABELS
from fer_live.gui import icons, theme
from fer_live.gui.theme import DARK, LIGHT, Theme, contrast

THEMES = pytest.mark.parametrize("own", [LIGHT, DARK], ids=lambda own: own.name)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@THEMES
@pytest.mark.parametrize("ink", ["text", "muted"])
@pytest.mark.parametrize("ground", ["window", "panel", "raised", "selected"])
def test_text_reads_on_every_ground(own: Theme, ink: str, ground: str) -> None:
    assert contrast(getattr(own, ink), getattr(own, ground)) >= 4.5


@THEMES
def test_accent_danger_and_hover_read(own: Theme) -> None:
    assert contrast(own.on_accent, own.accent) >= 4.5
    assert contrast(own.danger, own.raised) >= 4.5
    assert contrast(own.text, own.hover) >= 4.5
    assert contrast(own.accent, own.panel) >= 3  # the focus ring


@pytest.mark.parametrize("colour", [*theme.EMOTIONS.values(), theme.UNSURE, DARK.warn])
def test_chips_read(colour: str) -> None:
    assert contrast(theme.ink_on(colour), colour) >= 4.5


def test_every_label_has_a_colour_of_its_own() -> None:
    labels = {*FER2013_LABELS, *FERPLUS_LABELS}
    assert labels == set(theme.EMOTIONS)
    assert len(set(theme.EMOTIONS.values())) == len(labels)


def test_every_icon_is_a_valid_svg(qapp: QApplication) -> None:
    for name in icons.SHAPES:
        assert QSvgRenderer(icons.svg(name, "#ff0000")).isValid(), name
        image = icons.pixmap(name, "#ff0000", 18, 2).toImage()
        drawn = [image.pixelColor(x, y) for x in range(36) for y in range(36) if image.pixelColor(x, y).alpha()]
        assert drawn, name
        assert all(colour.red() > 200 and colour.green() < 40 for colour in drawn if colour.alpha() > 60), name
