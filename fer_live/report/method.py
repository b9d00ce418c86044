"""How each number on the page was obtained: what it counts, what it leaves out, and what it cannot tell."""

from collections.abc import Sequence

from fer_live.report.markup import Markup, tag
from fer_live.report.session import Session

_Term = tuple[str, str]
_FIRST: tuple[_Term, ...] = (
    (
        "Time of a frame",
        "Finding the faces plus cropping and classifying all of them, by the program's own monotonic clock; reading "
        "and drawing pictures is not in it. Finding the faces is done once per frame and counted with every variant, "
        "as each would need it alone. Every variant gets the same faces of the same frames; which goes first rotates.",
    ),
    ("Frames without a face", "Counted apart; they enter no figure."),
    ("Percentiles, SD", "Percentiles are interpolated linearly; SD is the sample standard deviation."),
    (
        "Capacity",
        "1000 divided by the median time in ms: what one such process could do if frames came without end.",
    ),
    ("Speed-up", "The ratio of two medians, over all frames with a face."),
)
_LAST: tuple[_Term, ...] = (
    (
        "Same label",
        "Compares the label with the highest score of the largest face, by its name; frames on which one network gave "
        "a label that the other does not have are counted apart.",
    ),
    (
        "Size, accuracy",
        "From the manifest of the variants, not measured in this session; accuracy is that on FER2013 PublicTest, "
        "single crop.",
    ),
    ("Labels", "What annotators would most likely have called such a face, not what a person feels."),
)
_NO_INTERVAL: _Term = (
    "No interval",
    "No interval is given for the speed-up: neighbouring frames are not independent, and this recording was not cut "
    "into runs from which one could be had.",
)
_INTERVAL: _Term = (
    "Interval, verdicts",
    "The speed-up in short runs is the median of the ratios in the short runs of the benchmark, in which both variants "
    "met the same frames one right after the other; its 95 % interval (from, to) is by order statistics that allow for "
    "runs depending on their neighbours. Where it covers 1, no difference is shown.",
)
_FOLLOWED: _Term = (
    "Faces followed",
    "Faces were searched for every few frames and followed in between; capacity and speed-up then come from the median "
    "over the means of as many frames in a row, because a median of frames leaves the few searches out.",
)
_FACES: _Term = (
    "Faces apart",
    "A face has one number as long as it is in view, by where it was in the frame before; nobody is "
    "recognised. One that comes back gets a new number.",
)
_LIVE: _Term = (
    "Recorded live",
    "The camera decides how many frames there are, the variants of a frame run one after another, other work of the "
    "window shares the processor, and a variant that was switched on for a part of the time was measured on that part "
    "only. Processor share and memory are those of the whole program.",
)
_BENCH: _Term = (
    "Recorded by the benchmark",
    "The clip is run in rounds, cut into short runs of frames; in each, the faces are found first, then every variant "
    "classifies all frames of the run, so that load and heat meet all alike. The warm-up, and each variant's first "
    "classification in each run, are discarded. Processor share is that of the time in which a variant ran; memory is "
    "that of the whole program with all variants loaded.",
)


def how(sessions: Sequence[Session]) -> Markup:
    """Terms and what they mean, as far as they hold for the sessions shown."""
    kinds = {session.facts.mode for session in sessions}
    spans = any(row.get("speedup_low") for session in sessions for row in session.summary.values())
    terms = [
        *_FIRST,
        _INTERVAL if spans else _NO_INTERVAL,
        *([_FOLLOWED] if any(session.facts.detect_every > 1 for session in sessions) else []),
        *_LAST,
        *([_FACES] if any(session.faces for session in sessions) else []),
        *([_LIVE] if "live" in kinds else []),
        *([_BENCH] if "bench" in kinds else []),
    ]
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", text)) for term, text in terms), class_="terms")
