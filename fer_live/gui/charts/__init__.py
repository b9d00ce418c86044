"""The live charts. Only this package knows pyqtgraph; ``gui.dock`` imports it when charts are first asked for."""

import os

os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"  # pyqtgraph takes another Qt where the user's environment names one
