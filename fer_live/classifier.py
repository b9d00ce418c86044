"""A face becomes probabilities: cropped as FER2013's faces are, through one ONNX file."""

import time
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_live.cropping import crop_face
from fer_live.frame import Choice, Face, Prediction, VariantRun
from fer_live.manifest import BLEND, Head, ManifestError, Variant
from fer_live.onnx_session import ClassifierError, ProviderError, RunError, open_session, reason
from fer_live.runtime import CPU, Runtime, provider_title
from fer_live.variant import PLANES, InputSpec

__all__ = ["ClassifierError", "OnnxClassifier", "ProviderError", "RunError"]

LEAST: Final = 1e-12  # a probability of 0 has no logarithm
NOT_FINITE: Final = "it answers some faces with NaN or infinity; look at its export, its mean and its std"


class OnnxClassifier:
    """One variant, loaded. Made in any thread, then used by one thread at a time."""

    def __init__(self, variant: Variant, threads: int = 1, head: str | None = None, *, provider: str = CPU) -> None:
        """Verify the file, load it with ``threads`` threads and try it; raises ClassifierError.

        ProviderError (a ClassifierError) where ``provider`` is what fails, or where it leaves the work to the CPU.

        ``head`` (a head's name or "blend") overrides the one that the manifest says the app shows.
        """
        self.variant, self.threads, self.provider = variant, threads, provider
        self.head = head or variant.head
        self.labels, self._columns = _columns(variant, self.head)
        try:
            content = variant.read()
        except ManifestError as error:
            raise ClassifierError(str(error)) from error
        try:
            self._session = open_session(content, Runtime(threads, provider))
        except ProviderError:
            raise
        except ClassifierError as error:
            raise ClassifierError(f"variant {variant.name}: {variant.path} does not load ({error})") from error
        spec = variant.input
        self._gives = [head.gives for head in variant.heads if head.name in self._columns]
        self._values = _values(spec)
        self._check()

    @property
    def choice(self) -> Choice:
        """The variant and what it runs with."""
        return Choice(self.variant.name, self.threads, self.provider)

    def warm_up(self, runs: int = 3) -> None:
        """Run ``runs`` blank faces through the network, so that the first real one is not slower than the rest."""
        blank = np.zeros((1, self.variant.input.face, self.variant.input.face), np.uint8)
        for _ in range(runs):
            self.scores(blank)

    def classify(self, rgb: NDArray[np.uint8], faces: Sequence[Face]) -> VariantRun:
        """Crop and classify all ``faces`` of one frame in one call, and time that; without faces nothing is run.

        RunError where the network fails on them or gives no finite scores.
        """
        start = time.perf_counter()
        predictions: tuple[Prediction, ...] = ()
        if faces:
            crops = np.array([crop_face(rgb, face, self.variant.input) for face in faces])
            predictions = tuple(Prediction(self.labels, tuple(row)) for row in self._run(crops).tolist())
        spent_ms = (time.perf_counter() - start) * 1000
        return VariantRun(self.variant.name, predictions, spent_ms, self.threads, self.provider)

    def scores(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, side, side) uint8 gray face crops -> (n, len(self.labels)) float32 probabilities.

        Crops of another side than the variant's are resized to it. A network that wants RGB may be given (n, side,
        side, 3), else it sees the gray in it. RunError as in ``classify``.
        """
        spec = self.variant.input
        if crops.shape[1] != spec.face:
            crops = np.stack([_resized(crop, spec.face) for crop in crops])
        edge = (spec.face - spec.size) // 2
        seen = crops[:, edge : edge + spec.size, edge : edge + spec.size]
        if spec.channels == "rgb" and seen.ndim == 3:
            seen = np.repeat(seen[..., None], 3, axis=3)
        return self._run(seen).astype(np.float32)

    def _run(self, seen: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(n, size, size) gray or (n, size, size, 3) RGB uint8, just what the network sees -> (n, labels)."""
        spec = self.variant.input
        # Looked up: half the time of computing it, which counts beside a network of half a millisecond.
        rgb = spec.channels == "rgb"
        batch = self._values[seen, np.arange(3)] if rgb else self._values.take(seen)[..., None]
        outputs = self._outputs(np.ascontiguousarray(batch.transpose(0, 3, 1, 2)) if spec.layout == "nchw" else batch)
        try:
            logits = [
                _logits(output.take(columns, axis=1), gives)
                for output, columns, gives in zip(outputs, self._columns.values(), self._gives, strict=True)
            ]
            # The geometric mean of softmaxes, renormalised over common labels, is the softmax of the logits' mean.
            scores = _softmax(np.add.reduce(logits, axis=0, dtype=np.float64) / len(logits))
        except (IndexError, ValueError):  # the file left its shapes open
            raise self._of_wrong_shape(outputs) from None
        if scores.shape != (len(seen), len(self.labels)):
            raise self._of_wrong_shape(outputs)
        if not np.isfinite(scores).all():
            raise RunError(self.variant.name, NOT_FINITE)
        return scores

    def _outputs(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The heads' outputs for ``batch``; a network of a fixed batch runs several times, the last one filled up."""
        spec = self.variant.input
        if not spec.batch:
            return self._answers(batch)
        lacking = -len(batch) % spec.batch
        filled = np.concatenate([batch, np.repeat(batch[-1:], lacking, axis=0)]) if lacking else batch
        starts = range(0, len(filled), spec.batch)
        parts = [self._answers(filled[start : start + spec.batch]) for start in starts]
        return [np.concatenate(columns)[: len(batch)] for columns in zip(*parts, strict=True)]

    def _answers(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        try:
            return list(self._session.run(list(self._columns), {self.variant.input.tensor: batch}))
        except Exception as error:  # onnxruntime's errors share no base of their own
            raise RunError(self.variant.name, f"it loads but does not run ({reason(error)})") from error

    def _check(self) -> None:
        """Names, types and shapes, then one real run of two faces; ClassifierError."""
        spec = self.variant.input
        inputs, outputs = self._session.get_inputs(), {item.name: item for item in self._session.get_outputs()}
        if [item.name for item in inputs] != [spec.tensor] or not _fits(inputs[0], spec.shape):
            raise self._misfit(f"an input {spec.tensor!r} of ({', '.join(map(str, ('n', *spec.shape)))}) float32")
        if _batch(inputs[0]) not in (0, spec.batch):
            raise self._misfit(f"an input {spec.tensor!r} for {spec.batch or 'any number of'} faces at once")
        for head in self.variant.heads:
            if head.name not in outputs or not _fits(outputs[head.name], (len(head.labels),)):
                raise self._misfit(f"an output {head.name!r} of (n, {len(head.labels)}) float32")
        try:
            self.scores(np.zeros((2, spec.face, spec.face), np.uint8))
        except RunError as error:
            if self.provider != CPU and isinstance(cause := error.__cause__, Exception):
                raise ProviderError(f"{provider_title(self.provider)} cannot run here: {reason(cause)}") from error
            raise

    def _of_wrong_shape(self, outputs: list[NDArray[np.float32]]) -> RunError:
        shapes = " and ".join(str(output.shape) for output in outputs)
        return RunError(self.variant.name, f"its answers are of the wrong shape: {shapes}, not (n, labels)")

    def _misfit(self, wanted: str) -> ClassifierError:
        return ClassifierError(f"variant {self.variant.name}: {self.variant.path} is of the wrong shape: not {wanted}")


def _columns(variant: Variant, head: str) -> tuple[tuple[str, ...], dict[str, NDArray[np.intp]]]:
    """The labels that ``head`` gives, and which columns of which outputs they are averaged from."""
    known = {item.name: item for item in variant.heads}
    if head != BLEND and head not in known:
        raise ClassifierError(f"variant {variant.name} has no head {head!r} (known: {', '.join([*known, BLEND])})")
    used: list[Head] = list(variant.heads) if head == BLEND else [known[head]]
    labels = variant.labels if head in (BLEND, variant.head) else used[0].labels
    labels = tuple(label for label in labels if all(label in item.labels for item in used))
    return labels, {item.name: np.array([item.labels.index(label) for label in labels]) for item in used}


def _values(spec: InputSpec) -> NDArray[np.float32]:
    """What each value of a pixel, 0..255, goes into the network as; one column, or one each for red, green and blue."""
    mean, std = (np.asarray(value, np.float32) for value in (spec.mean, spec.std))
    values = (np.arange(256, dtype=np.float32)[:, None] / np.float32(255) - mean) / std
    return np.ascontiguousarray(np.broadcast_to(values, (256, PLANES[spec.channels])))


def _fits(node: Any, shape: tuple[int, ...]) -> bool:
    """Whether an ONNX node is float32 of (any n, *shape); what the file leaves open may turn out right."""
    if node.type != "tensor(float)" or (node.shape and len(node.shape) != len(shape) + 1):
        return False
    told = node.shape[1:] if node.shape else shape
    return all(not isinstance(found, int) or found == side for found, side in zip(told, shape, strict=True))


def _batch(node: Any) -> int:
    """How many faces an input takes at once; 0 for any number."""
    return node.shape[0] if node.shape and isinstance(node.shape[0], int) else 0


def _resized(crop: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if len(crop) > side else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (side, side), interpolation=how), np.uint8)


def _logits(output: NDArray[np.float32], gives: str) -> NDArray[np.float32]:
    """What the softmax turns into this output's probabilities."""
    return np.log(np.maximum(output, np.float32(LEAST))) if gives == "probabilities" else output


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where a logit is NaN or infinite, without a warning."""
    with np.errstate(invalid="ignore"):
        powers = np.exp(logits - np.maximum.reduce(logits, axis=1, keepdims=True))
        return np.asarray(powers / np.add.reduce(powers, axis=1, keepdims=True))
