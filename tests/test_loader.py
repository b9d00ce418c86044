import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_onnx import tiny_manifest

from fer_live.classifier import OnnxClassifier
from fer_live.events import Event, VariantRefused, VariantsRunning
from fer_live.loader import Networks, VariantLoader
from fer_live.manifest import Manifest, Variant
from fer_live.runtime import ON_CPU, Runtime

PATIENCE_S = 30.0


class Slow(Networks):
    """Networks that load once they may."""

    def __init__(self) -> None:
        self.go_on, self.asked = threading.Event(), threading.Event()

    def load(self, variant: Variant, runtime: Runtime) -> OnnxClassifier:
        self.asked.set()
        assert self.go_on.wait(PATIENCE_S)
        return super().load(variant, runtime)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.go_on.set()


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path)


def wait_for(so: Callable[[], bool]) -> None:
    until_s = time.perf_counter() + PATIENCE_S
    while not so():
        assert time.perf_counter() < until_s
        time.sleep(0.002)


def test_what_is_removed_while_it_loads_does_not_run(manifest: Manifest, slow: Slow) -> None:
    told: list[Event] = []
    loader = VariantLoader(manifest, ON_CPU, told.append, slow)
    loader.use(["fp32", "int8"])
    assert slow.asked.wait(PATIENCE_S)
    loader.know(replace(manifest, variants=tuple(one for one in manifest.variants if one.name != "fp32")))
    slow.go_on.set()
    wait_for(lambda: not loader.loading)
    assert told == [VariantsRunning(("int8",))]
    assert [one.variant.name for one in loader.running] == ["int8"]


def test_joining_several_loads_that_hang_waits_once(
    manifest: Manifest, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    class Waited(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            waits.append(timeout or 0.0)
            super().join(timeout)

    monkeypatch.setattr(threading, "Thread", Waited)
    loader = VariantLoader(manifest, ON_CPU, lambda event: None, slow)
    for name in manifest.names:
        loader.use([name])
    assert not loader.join(0.05)
    assert len(waits) == 3
    assert sum(waits) <= 0.05
    slow.go_on.set()
    assert loader.join(PATIENCE_S)


def test_what_is_wished_no_more_is_not_loaded_to_its_end(manifest: Manifest, slow: Slow) -> None:
    told: list[Event] = []
    loader = VariantLoader(manifest, ON_CPU, told.append, slow)
    loader.use(manifest.names)
    assert slow.asked.wait(PATIENCE_S)
    slow.asked.clear()
    assert not loader.join(0)
    slow.go_on.set()
    assert loader.join(PATIENCE_S)
    assert not slow.asked.is_set()
    assert told == []


@pytest.mark.parametrize("first", [["fp32"], ["fp32", "pruned"]], ids=["refused beside it", "refused at the start"])
def test_a_variant_that_was_refused_stands_in_the_way_of_no_runtime(manifest: Manifest, first: list[str]) -> None:
    told: list[Event] = []
    manifest.variant("pruned").path.write_bytes(b"altered")
    loader = VariantLoader(manifest, ON_CPU, told.append)
    for names, threads in ((first, 2), (["pruned"], 3)):
        loader.use(names)
        wait_for(lambda: not loader.loading)
        loader.run_with(Runtime(threads))
        wait_for(lambda: not loader.loading)
        assert [one.threads for one in loader.running] == [threads]
    assert {event.name for event in told if isinstance(event, VariantRefused)} == {"pruned"}
    assert told[-1] == VariantsRunning(("fp32",))
    assert loader.join(PATIENCE_S)


def test_a_variant_that_was_removed_stands_in_the_way_of_no_runtime(manifest: Manifest) -> None:
    told: list[Event] = []
    loader = VariantLoader(manifest, ON_CPU, told.append)
    loader.use(["fp32", "int8"])
    wait_for(lambda: not loader.loading)
    loader.know(replace(manifest, variants=tuple(one for one in manifest.variants if one.name != "int8")))
    loader.run_with(Runtime(2))
    wait_for(lambda: not loader.loading)
    assert told == [VariantsRunning(("fp32", "int8")), VariantsRunning(("fp32",))]
    assert loader.runtime == Runtime(2)
    assert loader.join(PATIENCE_S)
