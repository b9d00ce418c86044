"""The variants in the side panel: what they run with, a card each, which is the reference, and a way to add one."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from fer_live.gui import icons, theme
from fer_live.gui.cards import VariantCard
from fer_live.gui.controls import Picker
from fer_live.gui.focus import show_or_hide
from fer_live.gui.runtime_button import RuntimeButton
from fer_live.manifest import Manifest, own_models


class VariantList(QWidget):
    """``chosen`` and ``removed`` are called with a variant's name when its card, or the cross on it, is pressed."""

    def __init__(self, manifest: Manifest) -> None:
        super().__init__()
        self.chosen: Callable[[str], None] = lambda name: None
        self.removed: Callable[[str], None] = lambda name: None
        self.cards: dict[str, VariantCard] = {}
        self.title = QLabel("VARIANTS")
        self.title.setProperty("heading", True)
        self.runtime = RuntimeButton()
        self.reference = Picker()
        self._reference_row = self._make_reference_row()
        self.add = QPushButton("Add a model…")
        self.add.setProperty("link", True)
        self.add.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add.setAccessibleName("Add a model")
        self.add.setToolTip("Put a network of your own beside these: an ONNX file (or drop it onto the window)")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(theme.GRID_PX - 2)
        heading = QHBoxLayout()
        heading.addWidget(self.title)
        heading.addStretch(1)
        heading.addWidget(self.runtime)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        column.addLayout(heading)
        column.addLayout(self._cards)
        column.addWidget(self._reference_row)
        column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_variants(manifest)
        self.show_reference((), "")

    def show_variants(self, manifest: Manifest) -> None:
        """A card for each; those that were there before keep what they show."""
        self._manifest = manifest
        before, self.cards = self.cards, {}
        while self._cards.takeAt(0) is not None:
            pass
        own = own_models()
        for place, variant in enumerate(manifest.variants):
            card = before.get(variant.name)
            if card is None or (card.variant, card.place) != (variant, place):
                card = self._made(VariantCard(variant, place, own=variant.folder == own))
            self.cards[variant.name] = card
            self._cards.addWidget(card)
        for card in before.values():
            if card not in self.cards.values():
                show_or_hide(card, shown=False)
                card.deleteLater()
        parts = [part for card in self.cards.values() for part in (card, card.cross) if part is not None]
        for one, following in pairwise((self.runtime, *parts, self.reference, self.add)):
            QWidget.setTabOrder(one, following)

    def show_reference(self, names: Sequence[str], reference: str) -> None:
        """Offer ``names`` as reference, with this one chosen; hidden when there is nothing to choose."""
        show_or_hide(self._reference_row, shown=len(names) > 1)
        self.title.setText("CHECK TWO TO FOUR" if len(names) > 1 else "VARIANTS")
        self.reference.blockSignals(True)
        self.reference.clear()
        for name in names:
            self.reference.addItem(self._manifest.variant(name).title, name)
        self.reference.setCurrentIndex(max(0, self.reference.findData(reference)))
        self.reference.blockSignals(False)

    def dress(self) -> None:
        """Icons in the colours of the current theme."""
        self.runtime.dress()
        now = theme.current()
        self.add.setIcon(icons.icon("add", now.muted if self.isEnabled() else now.edge, 14))
        for card in self.cards.values():
            card.dress()

    def _made(self, card: VariantCard) -> VariantCard:
        name = card.variant.name
        card.clicked.connect(lambda _=False: self.chosen(name))
        if card.cross is not None:
            card.cross.clicked.connect(lambda _=False: self.removed(name))
        return card

    def _make_reference_row(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        label = QLabel("Reference")
        label.setProperty("quiet", True)
        self.reference.setAccessibleName("Reference variant")
        self.reference.setToolTip("The variant that the others are held against")
        self.reference.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(label)
        row.addWidget(self.reference, 1)
        return holder
