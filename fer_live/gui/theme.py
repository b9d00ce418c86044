"""Colours, type sizes and the style sheet: two palettes, one accent, and the colours of the emotions (``palette``)."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from fer_live.palette import EMOTIONS as EMOTIONS
from fer_live.palette import UNSURE as UNSURE
from fer_live.palette import VARIANTS as VARIANTS
from fer_live.palette import contrast as contrast
from fer_live.palette import emotion_colour as emotion_colour
from fer_live.palette import ink_on as ink_on
from fer_live.palette import luminance as luminance
from fer_live.palette import variant_colour as variant_colour

SMALL_PX, NORMAL_PX, LARGE_PX = 11, 13, 20
GRID_PX = 8


@dataclass(frozen=True)
class Theme:
    """The tokens that everything is drawn with, as #rrggbb. ``text`` and ``muted`` read on window, panel and raised."""

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    on_accent: str
    selected: str
    danger: str
    warn: str


LIGHT = Theme(
    name="light",
    window="#f3f4f7",
    panel="#fbfbfd",
    raised="#ffffff",
    hover="#e9ebf1",
    line="#dcdfe6",
    edge="#b9bec9",
    text="#181b21",
    muted="#565e6b",
    accent="#3f4fc4",
    on_accent="#ffffff",
    selected="#eceefb",
    danger="#b3261e",
    warn="#855400",
)
DARK = Theme(
    name="dark",
    window="#121418",
    panel="#191c21",
    raised="#22262d",
    hover="#2b3039",
    line="#2a2f37",
    edge="#434a56",
    text="#e8eaee",
    muted="#a0a8b5",
    accent="#94a2ff",
    on_accent="#0f1220",
    selected="#262b45",
    danger="#ff8f80",
    warn="#f2bd55",
)


def font(pixels: int = NORMAL_PX, *, bold: bool = False, tabular: bool = False) -> QFont:
    """The system's font at one of the three sizes; ``tabular`` gives figures of equal width where the font has them."""
    made = QFont(QApplication.font())
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def system_theme() -> Theme:
    """What the desktop asks for; light when it says nothing."""
    return DARK if QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def apply(app: QApplication, theme: Theme) -> None:
    """Give the whole application this theme. Widgets that paint themselves read ``current()``."""
    app.setProperty("fer_live_theme", theme.name)
    palette = QPalette()
    roles = QPalette.ColorRole
    pairs = {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.raised,
        roles.AlternateBase: theme.panel,
        roles.Text: theme.text,
        roles.Button: theme.raised,
        roles.ButtonText: theme.text,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.on_accent,
        roles.Link: theme.accent,
        roles.Mid: theme.edge,
        roles.Accent: theme.accent,
    }
    for role, colour in pairs.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.edge))
    app.setPalette(palette)
    app.setStyleSheet(style_sheet(theme))


def current() -> Theme:
    """The theme that ``apply`` gave last (light before that)."""
    app = QApplication.instance()
    return DARK if app is not None and app.property("fer_live_theme") == "dark" else LIGHT


def style_sheet(theme: Theme) -> str:
    """What the palette cannot say: edges, rounding, focus rings, menus."""
    return f"""
    QWidget {{ font-size: {NORMAL_PX}px; }}
    QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.edge}; padding: 4px 6px; }}
    QWidget#topbar, QWidget#statusbar, QWidget#inspector, QWidget#inspectorBody {{ background: {theme.panel}; }}
    QWidget#topbar {{ border-bottom: 1px solid {theme.line}; }}
    QWidget#statusbar {{ border-top: 1px solid {theme.line}; }}
    QWidget#inspector {{ border-left: 1px solid {theme.line}; }}
    QLabel {{ background: transparent; }}
    QLabel[quiet="true"] {{ color: {theme.muted}; font-size: {SMALL_PX}px; }}
    QLabel[quiet="true"]:disabled {{ color: {theme.edge}; }}
    QLabel[detail="true"] {{ color: {theme.muted}; }}
    QLabel[fault="true"] {{ color: {theme.danger}; }}
    QLabel[heading="true"] {{ color: {theme.muted}; font-size: {SMALL_PX}px; font-weight: 600; }}
    QLabel[large="true"] {{ font-size: {LARGE_PX}px; }}
    QPushButton, QToolButton {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.edge}; border-radius: 6px;
        padding: 0 12px; min-height: 30px;
    }}
    QPushButton:hover, QToolButton:hover {{ background: {theme.hover}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {theme.line}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.edge}; border-color: {theme.line}; }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {theme.accent}; padding: 0 11px; min-height: 28px; }}
    QPushButton:checked, QToolButton:checked {{ background: {theme.selected}; border-color: {theme.accent}; }}
    QPushButton[primary="true"] {{
        background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
    }}
    QPushButton[primary="true"]:disabled {{
        background: {theme.line}; color: {theme.muted}; border-color: {theme.line};
    }}
    QPushButton[primary="true"]:focus {{ border: 2px solid {theme.text}; }}
    QFileDialog QToolButton {{ padding: 0 4px; min-width: 20px; }}
    QToolButton[bare="true"] {{
        background: transparent; border: 1px solid transparent; padding: 0; min-width: 30px; max-width: 30px;
    }}
    QToolButton[bare="true"]:hover {{ background: {theme.hover}; }}
    QToolButton[bare="true"]:checked {{ background: {theme.selected}; }}
    QToolButton[bare="true"]:focus {{ border: 2px solid {theme.accent}; min-width: 28px; max-width: 28px; }}
    QToolButton#cross {{ background: transparent; border: 1px solid transparent; padding: 0; min-height: 20px; }}
    QToolButton#cross:hover {{ background: {theme.hover}; border-color: {theme.edge}; }}
    QToolButton#cross:focus {{ border: 2px solid {theme.accent}; min-height: 18px; }}
    QPushButton[chip="true"] {{
        font-size: {SMALL_PX}px; min-height: 22px; padding: 0 3px; border-radius: 12px; color: {theme.muted};
    }}
    QPushButton[chip="true"]:checked {{ color: {theme.text}; font-weight: 600; }}
    QPushButton[chip="true"]:focus {{ border: 2px solid {theme.accent}; padding: 0 2px; min-height: 20px; }}
    QPushButton[segment="left"] {{ border-top-right-radius: 0; border-bottom-right-radius: 0; border-right: none; }}
    QPushButton[segment="right"] {{ border-top-left-radius: 0; border-bottom-left-radius: 0; }}
    QPushButton[segment]:checked {{ color: {theme.text}; font-weight: 600; }}
    QPushButton[segment]:focus {{ border: 2px solid {theme.accent}; }}
    QPushButton#record:checked {{ border: 1px solid {theme.danger}; background: {theme.raised}; font-weight: 600; }}
    QPushButton#record:focus {{ border: 2px solid {theme.accent}; }}
    QPushButton[link="true"] {{
        background: transparent; border: 1px solid transparent; color: {theme.muted}; font-size: {SMALL_PX}px;
        padding: 0 3px; min-height: 20px; text-align: left;
    }}
    QPushButton[link="true"]:hover {{ color: {theme.text}; }}
    QPushButton[link="true"]:disabled {{ color: {theme.edge}; }}
    QPushButton[link="true"]:focus {{ border: 2px solid {theme.accent}; padding: 0 2px; }}
    QPushButton::menu-indicator {{ image: none; width: 0; }}
    QMenu {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.edge}; padding: 4px; }}
    QMenu::item {{ padding: 6px 20px 6px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {theme.hover}; }}
    QMenu::item:disabled {{ color: {theme.muted}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 8px; }}
    QLineEdit, QComboBox {{
        background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.edge}; border-radius: 6px;
        padding: 0 8px; min-height: 28px;
    }}
    QLineEdit:focus, QComboBox:focus {{ border: 2px solid {theme.accent}; }}
    QLineEdit:disabled, QComboBox:disabled {{ color: {theme.edge}; border-color: {theme.line}; }}
    QLineEdit:read-only {{ background: {theme.panel}; color: {theme.muted}; border-color: {theme.line}; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow {{ image: none; }}
    QComboBox QAbstractItemView {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.edge}; }}
    QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ background: transparent; width: 8px; margin: 0; }}
    QScrollBar::handle:vertical {{ background: {theme.edge}; border-radius: 4px; min-height: 24px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; height: 0;
    }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {theme.line}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {theme.accent}; }}
    QSlider::handle:horizontal {{
        width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; background: {theme.raised};
        border: 1px solid {theme.muted};
    }}
    QSlider::sub-page:horizontal:disabled {{ background: {theme.edge}; }}
    QSlider::handle:horizontal:disabled {{ border-color: {theme.edge}; }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {theme.accent}; }}
    QWidget#dock {{ background: {theme.panel}; }}
    QWidget#chart {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QSplitter::handle {{ background: {theme.line}; }}
    QSplitter::handle:hover {{ background: {theme.accent}; }}
    QProgressBar {{ background: {theme.line}; border: none; border-radius: 4px; }}
    QProgressBar::chunk {{ background: {theme.accent}; border-radius: 4px; }}
    QFrame#rule {{ background: {theme.edge}; }}
    QFrame#notice {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QFrame#message {{ background: transparent; }}
    QDialog {{ background: {theme.panel}; }}
    QLabel#qt_msgbox_informativelabel {{ min-width: 280px; }}
    """
