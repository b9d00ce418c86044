"""How each number on the page was obtained: what it counts, what it leaves out, and what it cannot tell."""

from collections.abc import Sequence

from fer_live.report.markup import Markup, tag
from fer_live.report.session import Session

_ALL = (
    "Every variant gets the same faces of the same frames; which one goes first rotates. A frame's time is "
    "finding the faces plus cropping and classifying all of them, by the program's own monotonic clock; reading "
    "and drawing pictures is not in it. Finding the faces is done once per frame and counted with every variant, "
    "as each would need it alone. Frames without a face are counted apart and enter no figure. Percentiles are "
    "interpolated linearly; SD is the sample standard deviation. Capacity is 1000 divided by the median time in "
    "ms: what one such process could do if frames came without end. The speed-up is the ratio of two medians. "
    "Agreement compares the label with the highest score of the largest face, by its name; frames on which one network "
    "gave a label that the other does not have are counted apart. Size and accuracy come from the "
    "manifest of the variants and were not measured in this session; accuracy is that on FER2013 PublicTest, "
    "single crop. Labels say what annotators would most likely have called such a face, not what a person feels."
)
_NO_INTERVAL = (
    "No interval is given for the speed-up: neighbouring frames are not independent, and this recording was not cut "
    "into runs from which one could be had."
)
_INTERVAL = (
    "The 95 % interval of the speed-up (from, to) is that of the median of the ratios in the short runs of the "
    "benchmark, by order statistics that allow for runs depending on their neighbours; where it covers 1, no "
    "difference is shown."
)
_FOLLOWED = (
    "Faces were searched for every few frames and followed in between; capacity and speed-up then come from the median "
    "over the means of as many frames in a row, because a median of frames leaves the few searches out."
)
_LIVE = (
    "Recorded live: the camera decides how many frames there are, the variants of a frame run one after another, "
    "other work of the window shares the processor, and a variant that was switched on for a part of the time was "
    "measured on that part only. Processor share and memory are those of the whole program."
)
_BENCH = (
    "Recorded by the benchmark: the clip is run in rounds, cut into short runs of frames; in each, the faces are "
    "found first, then every variant classifies all frames of the run, so that load and heat meet all alike. The "
    "warm-up, and each variant's first classification in each run, are discarded. Processor share is that of the "
    "time in which a variant ran; memory is that of the whole program with all variants loaded."
)


def how(sessions: Sequence[Session]) -> Markup:
    """Paragraphs that hold for the kinds of session that are shown."""
    kinds = {session.facts.mode for session in sessions}
    spans = {bool(row.get("speedup_low")) for session in sessions for row in session.summary.values()}
    followed = any(session.facts.detect_every > 1 for session in sessions)
    texts = [
        f"{_ALL} {_INTERVAL if True in spans else _NO_INTERVAL}",
        *([_FOLLOWED] if followed else []),
        *([_LIVE] if "live" in kinds else []),
        *([_BENCH] if "bench" in kinds else []),
    ]
    return tag("div", *(tag("p", text) for text in texts), class_="prose")
