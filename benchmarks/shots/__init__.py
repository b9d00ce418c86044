"""The states that ``benchmarks.screenshots`` takes pictures of: a module per series, the camera in ``shooter``."""
