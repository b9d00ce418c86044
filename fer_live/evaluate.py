"""Accuracy of the variants on labelled faces, through the very classifier that ships. onnxruntime only, no torch."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from fer_live.classifier import OnnxClassifier
from fer_live.dataset import DataError, LabelledFaces, LabelledPhotos, find_photos, read_photo
from fer_live.evaluate_report import EvaluateReport, VariantScore
from fer_live.faces import FaceFinder
from fer_live.frame import Face
from fer_live.labelled import check_one_split, matched, read_faces, shown, without_copies
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import CPU
from fer_live.scoring import score
from fer_live.table import counted
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
    ``views``: how often each face is looked at (``variant.PROTOCOLS``). ``apart_from`` names another split of
    ``data``: faces with a near copy in it (``near_copies``) are not scored.
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
    apart_from: str | None = None


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
    _check(options)
    classifiers = [
        load(manifest.variant(name), options.threads, options.head, options.provider) for name in options.variants
    ]
    if options.detect:
        return _with_detection(options, manifest, classifiers, progress)
    faces, unusable = read_faces(options.data, options.split, options.votes, ferplus=options.labels == "ferplus")
    copies = 0
    if options.apart_from is not None:
        faces, copies = without_copies(faces, options.data, options.apart_from)
    rows = []
    asked = [matched(faces.labels, faces.names, one.labels, of=one.variant.name) for one in classifiers]
    for classifier, (chosen, truth, left_out) in zip(classifiers, asked, strict=True):
        scores = _scores(classifier, faces, chosen, options.views, progress)
        rows.append(_scored(classifier, scores, truth, chosen, left_out))
    return _report(options, manifest, PROTOCOLS[options.views], rows, unusable=unusable, near_copies=copies)


def _check(options: EvaluateOptions) -> None:
    """DataError for what no data could mend, before they are read."""
    if options.apart_from is None:
        return
    if options.detect:
        raise DataError("--apart-from compares face crops, not photos; leave --detect out")
    if options.split in (None, options.apart_from):
        raise DataError(f"--apart-from {options.apart_from} wants a --split to score, another one than that")


def _with_detection(
    options: EvaluateOptions, manifest: Manifest, classifiers: list[OnnxClassifier], progress: Progress
) -> EvaluateReport:
    """Photos: the largest face of each is found, cropped and classified as in the app."""
    photos = _photos(options)
    for one in classifiers:
        matched(np.array(photos.labels, np.int64), photos.names, one.labels, of=one.variant.name)
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
        raise DataError(f"{options.data}: no face was found in any of {counted(len(photos), 'photo')}")
    labels = np.array(photos.labels, np.int64)[found]
    rows = []
    for classifier, column in zip(classifiers, scores, strict=True):
        chosen, truth, left_out = matched(labels, photos.names, classifier.labels, of=classifier.variant.name)
        rows.append(_scored(classifier, np.array(column, np.float32)[chosen], truth, chosen, left_out))
    return _report(options, manifest, DETECTED, rows, without_face=len(photos) - len(found))


def _scored(
    classifier: OnnxClassifier,
    scores: NDArray[np.float32],
    truth: NDArray[np.int64],
    faces: NDArray[np.intp],
    left_out: dict[str, int],
) -> VariantScore:
    result = score(scores, truth, classifier.labels)
    return VariantScore(classifier.variant, classifier.head, result, left_out, faces, scores.argmax(axis=1) == truth)


def _photos(options: EvaluateOptions) -> LabelledPhotos:
    if options.views != "single":
        raise DataError("--detect looks at a face once, as the app does; leave --views out")
    if options.labels == "ferplus" or not options.data.is_dir():
        raise DataError(f"--detect wants a folder of photos with a sub-folder per label, not {options.data}")
    if options.split is None:
        check_one_split(options.data)
    return find_photos(options.data, options.split)


def _scores(
    classifier: OnnxClassifier, faces: LabelledFaces, rows: NDArray[np.intp], views: str, progress: Progress
) -> NDArray[np.float32]:
    parts = []
    for start in range(0, len(rows), BATCH):
        crops = shown(faces, rows[start : start + BATCH], classifier.variant.input)
        parts.append(view_scores(classifier, crops, views))
        progress(classifier.variant.name, min(start + BATCH, len(rows)), len(rows))
    return np.concatenate(parts)


def _report(
    options: EvaluateOptions,
    manifest: Manifest,
    protocol: str,
    rows: list[VariantScore],
    without_face: int = 0,
    unusable: int = 0,
    near_copies: int = 0,
) -> EvaluateReport:
    data = options.data.resolve().name if options.data.is_dir() else "FER2013"
    return EvaluateReport(
        data="FER+" if options.labels == "ferplus" else data,
        split=options.split or "",
        protocol=protocol,
        threads=options.threads,
        provider=options.provider,
        without_face=without_face,
        unusable=unusable,
        reference=manifest.reference,
        variants=tuple(rows),
        apart_from=options.apart_from or "",
        near_copies=near_copies,
    )
