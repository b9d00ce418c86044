"""Pipeline: one frame in, everything known about it out. No threads, no files, no screen."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fer_live.frame import Frame, FrameResult
from fer_live.tracking import FaceTracker

if TYPE_CHECKING:  # all bring heavy libraries, which their users load where and when it suits them
    from fer_live.classifier import OnnxClassifier
    from fer_live.faces import FaceFinder
    from fer_live.following import FollowingFinder


class Pipeline:
    """Find, track, classify. Belongs to one thread, like the finder and the classifiers it uses."""

    def __init__(self, finder: "FaceFinder | FollowingFinder", tracker: FaceTracker) -> None:
        self._finder = finder
        self._tracker = tracker
        self._processed = 0

    def process(self, frame: Frame, classifiers: Sequence["OnnxClassifier"]) -> FrameResult:
        """Run every classifier on the faces of ``frame``; which one goes first rotates from frame to frame.

        ``runs`` is in the order in which they ran, because the first finds colder caches; empty without classifiers.
        RunError when one of them fails on these faces.
        """
        started_s = time.perf_counter()
        faces = self._tracker.update(self._finder.find(frame.rgb), frame.captured_at)
        detect_ms = (time.perf_counter() - started_s) * 1000
        first = self._processed % len(classifiers) if classifiers else 0
        self._processed += 1
        order = (*classifiers[first:], *classifiers[:first])
        runs = tuple(classifier.classify(frame.rgb, faces) for classifier in order)
        return FrameResult(frame, faces, detect_ms, runs, time.perf_counter())
