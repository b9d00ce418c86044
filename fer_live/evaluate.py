"""Accuracy of the variants on labelled faces, through the very classifier that ships. onnxruntime only, no torch."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from fer_live.classifier import OnnxClassifier
from fer_live.dataset import DataError, LabelledPhotos, find_photos, read_photo
from fer_live.faces import FaceFinder
from fer_live.frame import Face
from fer_live.labelled import matched, read_faces
from fer_live.machine import machine_facts, versions
from fer_live.manifest import Manifest, Metrics, Variant
from fer_live.runtime import CPU
from fer_live.scoring import Score, score
from fer_live.table import megabytes, table
from fer_live.variant import PROTOCOLS
from fer_live.views import view_scores

BATCH: Final = 64
DETECTED: Final = "detected face"  # Metrics.protocol of photos that are not face crops

Progress = Callable[[str, int, int], None]
Load = Callable[[Variant, int, str | None, str], OnnxClassifier]


@dataclass(frozen=True)
class EvaluateOptions:
    """What to score. ``data``: Kaggle's fer2013.csv, or a folder with a sub-folder per class.

    ``head`` None is what the app shows. ``labels`` "ferplus" replaces FER2013's labels by the majority of the FER+
    votes in ``votes``. ``detect``: the pictures are photos, the largest face found in each is cropped as in the app.
    ``views``: how often each face is looked at (``variant.PROTOCOLS``).
    """

    data: Path
    variants: tuple[str, ...]
    split: str | None = None
    head: str | None = None
    detect: bool = False
    labels: Literal["own", "ferplus"] = "own"
    votes: Path | None = None
    threads: int = 1
    provider: str = CPU
    views: str = "single"


@dataclass(frozen=True)
class VariantScore:
    """One variant's score through ``head``; ``left_out`` counts faces of labels that this head does not know."""

    variant: Variant
    head: str
    score: Score
    left_out: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        row = dataclasses.asdict(self.score)
        return {"name": self.variant.name, "head": self.head, "left_out": self.left_out, **row}


@dataclass(frozen=True)
class EvaluateReport:
    """All variants on the same faces.

    ``unusable`` counts rows without a single most voted FER+ label, ``without_face`` photos in which none was found.
    """

    data: str
    split: str
    protocol: str
    threads: int
    provider: str
    without_face: int
    unusable: int
    variants: tuple[VariantScore, ...]

    def metrics(self, name: str) -> Metrics:
        """The score of variant ``name`` as a manifest keeps it."""
        row = next(row for row in self.variants if row.variant.name == name)
        kept = ("n", "accuracy", "macro_f1", "macro_recall", "ece")
        values = {field: getattr(row.score, field) for field in kept}
        recall = {label: share for label, share in row.score.recall.items() if share is not None}
        return Metrics(self.data, self.split, row.head, self.protocol, recall=recall, **values)

    def to_dict(self) -> dict[str, Any]:
        """One JSON object with the table's figures and more."""
        return {
            **{"data": self.data, "split": self.split, "protocol": self.protocol, "threads": self.threads},
            **{"provider": self.provider, "without_face": self.without_face, "unusable": self.unusable},
            "variants": [row.to_dict() for row in self.variants],
            **{"machine": machine_facts(), "versions": versions()},
        }

    def table(self) -> str:
        """The comparison as text, for a terminal."""
        labels = tuple(dict.fromkeys(label for row in self.variants for label in row.score.labels))
        head = ["variant", "size", "head", "n", "accuracy", "macro-F1", "macro-recall", "ECE", *labels]
        rows = []
        for row in self.variants:
            s = row.score
            values = (s.accuracy, s.macro_f1, s.macro_recall, s.ece, *map(s.recall.get, labels))
            shares = [_percent(value) for value in values]
            rows.append([row.variant.name, megabytes(row.variant.bytes), row.head, str(s.n), *shares])
        title = f"{self.data} {self.split}".rstrip() + f", {self.protocol}; all in %, by label: recall"
        return "\n".join([title, *self._notes(), "", table(head, rows)])

    def _notes(self) -> list[str]:
        notes = []
        if self.without_face:
            notes.append(f"{self.without_face} photos without a face that was found are not counted")
        if self.unusable:
            notes.append(f"{self.unusable} faces without a single most voted FER+ label are not counted")
        same = all(row.left_out == self.variants[0].left_out for row in self.variants)
        for row in self.variants[: 1 if same else None]:
            if row.left_out:
                listed = ", ".join(f"{count} {label}" for label, count in row.left_out.items())
                network = "the network" if same else row.variant.name
                notes.append(f"left out, since {network} does not name them: {listed}")
        return notes


def _load(variant: Variant, threads: int, head: str | None, provider: str) -> OnnxClassifier:
    return OnnxClassifier(variant, threads, head, provider=provider)


def run_evaluate(
    options: EvaluateOptions,
    manifest: Manifest,
    progress: Progress = lambda name, done, of: None,
    load: Load = _load,
) -> EvaluateReport:
    """Score ``options.variants``; ``progress(variant, faces done, of)`` is called after each batch.

    Raises DataError, ClassifierError and ManifestError.
    """
    classifiers = [
        load(manifest.variant(name), options.threads, options.head, options.provider) for name in options.variants
    ]
    if options.detect:
        return _with_detection(options, classifiers, progress)
    faces, unusable = read_faces(options.data, options.split, options.votes, ferplus=options.labels == "ferplus")
    rows = []
    for classifier in classifiers:
        chosen, truth, left_out = matched(faces.labels, faces.names, classifier.labels)
        scores = _scores(classifier, faces.faces[chosen], options.views, progress)
        rows.append(
            VariantScore(classifier.variant, classifier.head, score(scores, truth, classifier.labels), left_out)
        )
    return _report(options, PROTOCOLS[options.views], rows, unusable=unusable)


def _with_detection(options: EvaluateOptions, classifiers: list[OnnxClassifier], progress: Progress) -> EvaluateReport:
    """Photos: the largest face of each is found, cropped and classified as in the app."""
    photos = _photos(options)
    found: list[int] = []
    scores: list[list[tuple[float, ...]]] = [[] for _ in classifiers]
    with FaceFinder() as finder:
        for row, path in enumerate(photos.paths):
            rgb = read_photo(path)
            faces: tuple[Face, ...] = finder.find(rgb)[:1]
            if faces:
                found.append(row)
                for classifier, column in zip(classifiers, scores, strict=True):
                    column.append(classifier.classify(rgb, faces).predictions[0].scores)
            progress("all variants", row + 1, len(photos))
    if not found:
        raise DataError(f"{options.data}: no face was found in any of {len(photos)} photos")
    labels = np.array(photos.labels, np.int64)[found]
    rows = []
    for classifier, column in zip(classifiers, scores, strict=True):
        chosen, truth, left_out = matched(labels, photos.names, classifier.labels)
        result = score(np.array(column, np.float32)[chosen], truth, classifier.labels)
        rows.append(VariantScore(classifier.variant, classifier.head, result, left_out))
    return _report(options, DETECTED, rows, without_face=len(photos) - len(found))


def _photos(options: EvaluateOptions) -> LabelledPhotos:
    if options.views != "single":
        raise DataError("--detect looks at a face once, as the app does; leave --views out")
    if options.labels == "ferplus" or not options.data.is_dir():
        raise DataError(f"--detect wants a folder of photos with a sub-folder per label, not {options.data}")
    return find_photos(options.data, options.split)


def _scores(
    classifier: OnnxClassifier, faces: NDArray[np.uint8], views: str, progress: Progress
) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(faces), BATCH):
        parts.append(view_scores(classifier, faces[start : start + BATCH], views))
        progress(classifier.variant.name, min(start + BATCH, len(faces)), len(faces))
    return np.concatenate(parts)


def _report(
    options: EvaluateOptions, protocol: str, rows: list[VariantScore], without_face: int = 0, unusable: int = 0
) -> EvaluateReport:
    data = options.data.resolve().name if options.data.is_dir() else "FER2013"
    data = "FER+" if options.labels == "ferplus" else data
    return EvaluateReport(
        data, options.split or "", protocol, options.threads, options.provider, without_face, unusable, tuple(rows)
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"
