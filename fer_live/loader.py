"""Variants are loaded and warmed up beside the running ones, then swapped, so that the picture never waits for them."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fer_live.events import EngineFailed, Event, VariantRefused, VariantsRunning
from fer_live.manifest import Manifest, ManifestError

if TYPE_CHECKING:
    from fer_live.classifier import OnnxClassifier

WARM_UP = 3  # runs of each variant before its first frame

log = logging.getLogger(__name__)


class VariantLoader:
    """Holds the variants that run. All methods may be called from any thread and none of them blocks, but ``join``."""

    def __init__(self, manifest: Manifest, threads: int, post: Callable[[Event], None]) -> None:
        self._manifest, self._threads, self._post = manifest, threads, post
        self._running: tuple[OnnxClassifier, ...] = ()
        self._state = threading.Lock()  # guards the two below and the swap
        self._wish = 0
        self._workers: list[threading.Thread] = []
        self._one_at_a_time = threading.Lock()

    @property
    def running(self) -> "tuple[OnnxClassifier, ...]":
        """The classifiers to use for the next frame; empty before the first are loaded."""
        return self._running

    @property
    def loading(self) -> bool:
        """Whether variants are being loaded."""
        with self._state:
            return any(worker.is_alive() for worker in self._workers)

    def use(self, names: Sequence[str]) -> None:
        """Load these, then swap. Of several wishes the last wins. On an error the running ones stay."""
        with self._state:
            self._wish += 1
            self._workers = [worker for worker in self._workers if worker.is_alive()]
            worker = threading.Thread(target=self._load, args=(self._wish, tuple(dict.fromkeys(names))), daemon=True)
            worker.name = "loader"
            self._workers.append(worker)
            worker.start()

    def join(self, timeout_s: float) -> bool:
        """Give up what is not loaded yet and wait; False when a load has not ended in time."""
        with self._state:
            self._wish += 1
            workers = list(self._workers)
        for worker in workers:
            worker.join(timeout_s)
        return not any(worker.is_alive() for worker in workers)

    def _load(self, wish: int, names: tuple[str, ...]) -> None:
        try:
            with self._one_at_a_time:
                if wish != self._wish:
                    return
                classifiers, refused = self._made(names)
                # With nothing running yet, some are better than none.
                if classifiers and (not refused or not self._running):
                    self._swap(wish, classifiers)
        except Exception as fault:
            log.exception("the loader failed on %s", ", ".join(names))
            self._post(EngineFailed("loader", f"{type(fault).__name__}: {fault}"))

    def _made(self, names: tuple[str, ...]) -> "tuple[tuple[OnnxClassifier, ...], bool]":
        """Those of ``names`` that load, and whether one was refused (which is then posted)."""
        from fer_live.classifier import ClassifierError, OnnxClassifier

        known = {classifier.variant.name: classifier for classifier in self._running}
        made: list[OnnxClassifier] = []
        refused = False
        for name in names:
            try:
                classifier = known.get(name) or OnnxClassifier(self._manifest.variant(name), self._threads)
                if name not in known:
                    classifier.warm_up(WARM_UP)
                made.append(classifier)
            except (ClassifierError, ManifestError) as fault:
                refused = True
                self._post(VariantRefused(name, str(fault)))
        return tuple(made), refused

    def _swap(self, wish: int, classifiers: "tuple[OnnxClassifier, ...]") -> None:
        with self._state:
            if wish != self._wish:
                return
            self._running = classifiers
        self._post(VariantsRunning(tuple(classifier.variant.name for classifier in classifiers)))
