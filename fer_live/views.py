"""More than one look at a face crop: mirrored, and from four corners, as accuracy is often reported in papers.

The live app looks once. Averaging over views (Krizhevsky et al. 2012, section 4.1) buys accuracy for time, so it must
not be mixed up with what the app shows: the protocol says which it was.
"""

import numpy as np
from numpy.typing import NDArray

from fer_live.classifier import OnnxClassifier


def view_scores(classifier: OnnxClassifier, crops: NDArray[np.uint8], views: str) -> NDArray[np.float32]:
    """Face crops as ``classifier.scores`` takes them -> (n, labels) float32 probabilities, their mean over the views.

    "flip": as it is and mirrored. "ten-crop": the centre and four corners that the network's input leaves of a crop,
    each also mirrored; of a variant that sees whole crops these are all the same. Known: ``variant.PROTOCOLS``.
    """
    looks = [looked for moved in _moved(classifier, crops, views) for looked in _mirrored(moved, views)]
    return np.asarray(np.mean([classifier.scores(look) for look in looks], axis=0), np.float32)


def _moved(classifier: OnnxClassifier, crops: NDArray[np.uint8], views: str) -> list[NDArray[np.uint8]]:
    if views != "ten-crop":
        return [crops]
    spec = classifier.variant.input
    edge = round((spec.face - spec.size) / 2 * crops.shape[1] / spec.face)
    corners = [(0, 0), (edge, edge), (edge, -edge), (-edge, edge), (-edge, -edge)]
    return [np.roll(crops, corner, axis=(1, 2)) for corner in corners]  # what wraps around lies outside the view


def _mirrored(crops: NDArray[np.uint8], views: str) -> list[NDArray[np.uint8]]:
    return [crops] if views == "single" else [crops, crops[:, :, ::-1]]
