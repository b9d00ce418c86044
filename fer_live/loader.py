"""Variants are loaded and warmed up beside the running ones, then swapped, so that the picture never waits for them."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from fer_live.events import EngineFailed, Event, RuntimeRefused, VariantRefused, VariantsRunning
from fer_live.manifest import Manifest, ManifestError, Variant
from fer_live.runtime import Runtime

if TYPE_CHECKING:
    from fer_live.classifier import OnnxClassifier
    from fer_live.onnx_session import RunError

WARM_UP = 3  # runs of each variant before its first frame

log = logging.getLogger(__name__)


class Networks:
    """What onnxruntime has here. A test gives one with other providers; only the loader's thread may ask."""

    def providers(self) -> tuple[str, ...]:
        """The providers that can be chosen, the CPU first."""
        from fer_live.onnx_session import present

        return present()

    def load(self, variant: Variant, runtime: Runtime) -> "OnnxClassifier":
        """A classifier, warmed up; ClassifierError or ProviderError."""
        from fer_live.classifier import OnnxClassifier

        classifier = OnnxClassifier(variant, runtime.threads, provider=runtime.provider)
        classifier.warm_up(WARM_UP)
        return classifier


NETWORKS: Final = Networks()


class VariantLoader:
    """Holds the variants that run. All methods may be called from any thread and none of them blocks, but ``join``."""

    def __init__(
        self, manifest: Manifest, runtime: Runtime, post: Callable[[Event], None], networks: Networks = NETWORKS
    ) -> None:
        self._manifest, self._post, self._networks = manifest, post, networks
        self.providers: tuple[str, ...] = ()
        self._running: tuple[OnnxClassifier, ...] = ()
        self._state = threading.Lock()  # guards what follows and the swap
        self._wish = 0
        self._names: tuple[str, ...] = ()
        self._runtime, self._wished_runtime = Runtime(runtime.threads), runtime
        self._workers: list[threading.Thread] = []
        self._one_at_a_time = threading.Lock()

    @property
    def running(self) -> "tuple[OnnxClassifier, ...]":
        """The classifiers to use for the next frame; empty before the first are loaded."""
        return self._running

    @property
    def runtime(self) -> Runtime:
        """What the running ones run with; before the first are loaded, what they are meant to."""
        return self._runtime if self._running else self._wished_runtime

    @property
    def wished_runtime(self) -> Runtime:
        """What they will run with once they are loaded; the same as ``runtime`` when nothing else was asked for."""
        return self._wished_runtime

    @property
    def loading(self) -> bool:
        """Whether variants are being loaded."""
        with self._state:
            return any(worker.is_alive() for worker in self._workers)

    def use(self, names: Sequence[str]) -> None:
        """Load these, then swap. Of several wishes the last wins. On an error the running ones stay."""
        with self._state:
            self._names = tuple(dict.fromkeys(names))
            self._start()

    def run_with(self, runtime: Runtime) -> None:
        """Load what was last asked for with ``runtime``, then swap. A provider that fails leaves all as it was."""
        with self._state:
            self._wished_runtime = runtime
            if self._names:
                self._start()

    def know(self, manifest: Manifest) -> None:
        """Load from this manifest from now on; what is no longer in it runs no more."""
        with self._state:
            self._manifest = manifest
            self._running = tuple(one for one in self._running if one.variant.name in manifest.names)
            self._names = tuple(name for name in self._names if name in manifest.names)

    def drop(self, fault: "RunError") -> None:
        """One that ran has failed: the others go on without it."""
        with self._state:
            self._running = tuple(one for one in self._running if one.variant.name != fault.variant)
            self._names = tuple(name for name in self._names if name != fault.variant)
        self._post(VariantRefused(fault.variant, str(fault)))

    def join(self, timeout_s: float) -> bool:
        """Give up what is not loaded yet and wait; False when a load has not ended in time."""
        until_s = time.perf_counter() + timeout_s
        with self._state:
            self._wish += 1
            workers = list(self._workers)
        for worker in workers:
            worker.join(max(until_s - time.perf_counter(), 0.0))
        return not any(worker.is_alive() for worker in workers)

    def _start(self) -> None:
        self._wish += 1
        self._workers = [worker for worker in self._workers if worker.is_alive()]
        wish = self._wish, self._names, self._wished_runtime
        worker = threading.Thread(target=self._load, args=wish, name="loader", daemon=True)
        self._workers.append(worker)
        worker.start()

    def _load(self, wish: int, names: tuple[str, ...], runtime: Runtime) -> None:
        try:
            with self._one_at_a_time:
                if wish != self._wish:
                    return
                self.providers = self.providers or self._networks.providers()
                self._load_and_swap(wish, names, runtime)
        except Exception as fault:
            log.exception("the loader failed on %s", ", ".join(names))
            self._post(EngineFailed("loader", f"{type(fault).__name__}: {fault}"))

    def _load_and_swap(self, wish: int, names: tuple[str, ...], runtime: Runtime) -> None:
        from fer_live.onnx_session import ProviderError

        try:
            classifiers, refused = self._made(wish, names, runtime)
        except ProviderError as fault:
            kept = self._kept(runtime)
            self._post(RuntimeRefused(runtime, kept, str(fault)))
            if names == tuple(one.variant.name for one in self._running):
                return
            runtime = kept
            classifiers, refused = self._made(wish, names, runtime)
        if refused and self._running:
            self._kept(runtime)
            self._stay(wish)
        for refusal in refused:
            self._post(refusal)
        # With nothing running yet, some are better than none.
        if classifiers and (not refused or not self._running):
            self._swap(wish, classifiers, runtime)

    def _kept(self, refused: Runtime) -> Runtime:
        """Back to what runs, or else to the CPU, which is always there; unless something new was wished meanwhile."""
        with self._state:
            if self._wished_runtime == refused:
                self._wished_runtime = self._runtime
            return self._runtime

    def _stay(self, wish: int) -> None:
        """What is wished is what runs, or the next runtime would be refused for the sake of what does not load."""
        with self._state:
            if wish == self._wish:
                self._names = tuple(one.variant.name for one in self._running)

    def _made(
        self, wish: int, names: tuple[str, ...], runtime: Runtime
    ) -> "tuple[tuple[OnnxClassifier, ...], list[VariantRefused]]":
        """Those of ``names`` that load, and why the others do not; ProviderError when it is none of their fault.

        Nothing more is loaded once something else is wished, or the end: it would hold that up for nothing.
        """
        from fer_live.onnx_session import ClassifierError, ProviderError

        known = {one.variant: one for one in self._running if self._runtime == runtime}
        made: list[OnnxClassifier] = []
        refused: list[VariantRefused] = []
        for name in names:
            if wish != self._wish:
                break
            try:
                variant = self._manifest.variant(name)
                made.append(known.get(variant) or self._networks.load(variant, runtime))
            except ProviderError as fault:
                if not self._running or runtime != self._runtime:
                    raise
                refused.append(VariantRefused(name, str(fault)))  # it runs others: this one it does not
            except (ClassifierError, ManifestError) as fault:
                refused.append(VariantRefused(name, str(fault)))
        return tuple(made), refused

    def _swap(self, wish: int, classifiers: "tuple[OnnxClassifier, ...]", runtime: Runtime) -> None:
        with self._state:
            if wish != self._wish:
                return
            # The manifest may have lost one of them while they were loaded.
            known = tuple(one for one in classifiers if one.variant.name in self._manifest.names)
            self._running, self._runtime = known, runtime
            self._names = tuple(one.variant.name for one in known)
        self._post(VariantsRunning(tuple(classifier.variant.name for classifier in known)))
