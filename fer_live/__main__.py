"""``python -m fer_live`` is ``fer-live``."""

import sys

from fer_live.cli import main

if __name__ == "__main__":
    sys.exit(main())
