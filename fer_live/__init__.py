"""fer_live: facial emotions live from a webcam, with full-precision, pruned and INT8 networks side by side."""

from fer_live.outward import keep_in

__version__ = "0.1.0"

keep_in()
