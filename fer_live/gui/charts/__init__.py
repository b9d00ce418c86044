"""The live charts. Only this package knows pyqtgraph; ``gui.dock`` imports it when charts are first asked for."""
