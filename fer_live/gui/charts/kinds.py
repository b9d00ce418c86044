"""All the charts, by the names that the dock and the settings know them by."""

from PySide6.QtWidgets import QWidget

from fer_live.gui.charts.agreement import AgreementPane
from fer_live.gui.charts.emotions import EmotionsPane
from fer_live.gui.charts.latency import LatencyPane
from fer_live.gui.charts.pane import Pane
from fer_live.gui.charts.spread import SpreadPane
from fer_live.gui.charts.tradeoff import TradeoffPane

__all__ = ["Pane", "make_pane"]

KINDS: dict[str, type[Pane]] = {
    "latency": LatencyPane,
    "emotions": EmotionsPane,
    "agreement": AgreementPane,
    "distribution": SpreadPane,
    "tradeoff": TradeoffPane,
}


def make_pane(name: str, parent: QWidget) -> Pane:
    """The chart of that name."""
    return KINDS[name](parent)
