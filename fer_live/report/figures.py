"""Figures as people read them; a dash where there is none."""

import math

NONE = "-"


def ms(value: float | None) -> str:
    """A duration without its unit: 0.77, 24.3, 132."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """Frames per second: 28.0 below a hundred, 322 above."""
    if value is None:
        return NONE
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def percent(share: float | None) -> str:
    """A share: 97.2 %."""
    return NONE if share is None or not math.isfinite(share) else f"{100 * share:.1f}\u00a0%"


def times(factor: float | None) -> str:
    """A ratio: 0.85, 3.9, 24."""
    if factor is None:
        return NONE
    return f"{factor:.2f}" if factor < 1.995 else f"{factor:.1f}" if factor < 19.95 else f"{factor:.0f}"


def clock(seconds: float) -> str:
    """A duration: 8.5 s, 2:05 min, 1:02:03 h."""
    if round(seconds) < 60:
        return f"{seconds:.0f} s" if round(seconds, 1) >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"
