"""The axis along a session: seconds, or frames where the clock says nothing."""

from dataclasses import dataclass

from fer_live.report import figures, svg
from fer_live.report.runs import Column, Runs
from fer_live.report.session import Session
from fer_live.table import counted


@dataclass(frozen=True)
class Axis:
    """From 0 to ``end``: seconds, or frames for a benchmark, which measures a frame's variants at different times."""

    end: float
    by_frame: bool

    def of(self, runs: Runs) -> Column:
        """Where on the axis each run lies."""
        return (runs.frame - 1).astype(float) if self.by_frame else runs.at_s

    def ticks(self) -> list[svg.Tick]:
        """Marks of the axis."""
        if not self.by_frame:
            return svg.time_ticks(self.end)
        return svg.Scale(0, self.end).ticks("{:,.0f}", most=min(6, int(self.end) + 1))

    def length(self, parts: int = 1) -> str:
        """How long one of ``parts`` equal parts is, in words."""
        long = self.end / parts
        if self.by_frame:
            return counted(round(long), "frame")
        return f"{long:.2g} s" if long < 1 else figures.clock(long)

    @property
    def name(self) -> str:
        """What stands at the axis; seconds say it themselves."""
        return "frame, in the order measured" if self.by_frame else ""


def axis_of(session: Session) -> Axis:
    """As long as the session; its last frame has a length too."""
    recorded = session.recorded
    if session.facts.mode == "bench":
        return Axis(float(recorded.frames), by_frame=True)
    return Axis(max(recorded.duration_s * (1 + 1 / recorded.frames), 0.1), by_frame=False)
