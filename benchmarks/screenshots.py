"""Pictures of the real window in its states, offscreen: ``python -m benchmarks.screenshots FOLDER [--series NAMES]``.

Plays the clip that ships unless told otherwise, so the pictures can be made anew anywhere. ``QT_SCALE_FACTOR=2`` draws
them for a dense screen; ``--font`` picks the family (default: the system's). Each series has a window of its own.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QFont

from benchmarks.shots import charts, duels, everyday, networks, trouble
from benchmarks.shots.shooter import Shooter, wait
from fer_live.gui import app as gui
from fer_live.gui.remembered import find_source
from fer_live.manifest import load_manifest, shipped

SERIES = {
    "everyday": everyday.shoot,
    "duels": duels.shoot,
    "networks": networks.shoot,
    "charts": charts.shoot,
    "trouble": trouble.shoot,
}


def shoot(series: str, options: argparse.Namespace) -> None:
    """A window with copies of the models and settings of its own, walked through one series."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        os.environ["FER_LIVE_CONFIG"], os.environ["FER_LIVE_DATA"] = name, str(scratch / "data")
        models = scratch / "models"
        shutil.copytree(shipped("models"), models)
        os.environ["FER_LIVE_MODELS"] = str(models)
        if series == "trouble":
            trouble.spoil(scratch)
        window = gui.make_window(gui.GuiOptions(source=options.source), load_manifest())
        window.settings.recordings = str(scratch / "recordings")
        window.inspector.show_folder(Path.home() / "Documents" / "fer_live")  # as a user's; these go to the scratch
        window.settings.repeat = True
        shot = Shooter(options.folder, scratch, window, options.only)
        shot.dress("light")
        window.show()
        wait(0.1)
        SERIES[series](window, shot, find_source(options.source), find_source(options.empty))
        window.close()


def main() -> int:
    """Parse and shoot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--empty", default="demo", help="a clip without faces")
    parser.add_argument("--font", default="")
    parser.add_argument("--series", default=",".join(SERIES), help=f"which of {', '.join(SERIES)} (default: all)")
    parser.add_argument("--only", default="", help="part of the names of the pictures wanted")
    options = parser.parse_args()
    wanted = options.series.split(",")
    if unknown := set(wanted) - set(SERIES):
        parser.error(f"no such series: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    app = gui.make_application()
    if options.font:
        app.setFont(QFont(options.font))
    for series in wanted:
        shoot(series, options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
