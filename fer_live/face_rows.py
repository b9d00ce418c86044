"""One row per frame, face and variant: the form of faces.csv in a recording and of the table of a clip."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fer_live.frame import Face, Prediction, VariantRun
from fer_live.growing import Row
from fer_live.variant import Variant

COLUMNS: Final = (
    *("time_s", "frame", "faces", "face", "track", "x", "y", "w", "h", "found", "variant", "label", "score"),
)
_OF_FRAME: Final = COLUMNS.index("face")  # columns that a frame without a face fills too


def labels_of(variants: Iterable[Variant]) -> tuple[str, ...]:
    """All labels that a variant may give, each once."""
    return tuple(dict.fromkeys(label for variant in variants for label in variant.labels))


def head(labels: Iterable[str]) -> list[str]:
    """The header row; ``labels`` are all that any variant may give."""
    return [*COLUMNS, *(f"p_{label}" for label in labels)]


def face_rows(
    time_s: float, frame: int, faces: Sequence[Face], runs: Sequence[VariantRun], labels: Sequence[str]
) -> Iterator[Row]:
    """The rows of a frame, face by face from the largest (1), each variant in the order of ``runs``.

    Boxes are in pixels and not clipped. A frame without a face is one row whose other cells are empty; so is the
    probability of a label that a variant does not have.
    """
    about = (f"{time_s:.3f}", frame, len(faces))
    if not faces:
        yield (*about, *[""] * (len(COLUMNS) - _OF_FRAME + len(labels)))
    for place, face in enumerate(faces):
        where = (*about, place + 1, *_face_cells(face))
        for run in runs:
            yield (*where, run.variant, *_said_cells(run.predictions[place], labels))


def _face_cells(face: Face) -> Row:
    box = face.box
    return (face.track, *(f"{value:.1f}" for value in (box.x, box.y, box.w, box.h)), f"{face.score:.3f}")


def _said_cells(said: Prediction, labels: Sequence[str]) -> Row:
    shares = dict(zip(said.labels, said.scores, strict=True))
    cells = [f"{shares[label]:.4f}" if label in shares else "" for label in labels]
    return (said.label, f"{said.score:.4f}", *cells)
