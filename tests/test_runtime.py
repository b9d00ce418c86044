import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import pytest
from test_engine import Desk, clip
from tiny_onnx import tiny_manifest, tiny_model, tiny_variant

from fer_live.classifier import OnnxClassifier
from fer_live.cli import main
from fer_live.engine import Engine, RecordingStarted, RecordingStopped, VariantRefused, VariantsRunning
from fer_live.events import EngineFailed, RuntimeRefused
from fer_live.loader import Networks
from fer_live.manifest import Manifest, Variant
from fer_live.onnx_session import ClassifierError, ProviderError, open_session, present
from fer_live.record import summarise_session
from fer_live.report.session import read_session
from fer_live.runtime import CPU, PROVIDERS, Runtime, provider_called, provider_title

CUDA, OPENVINO, AZURE = "CUDAExecutionProvider", "OpenVINOExecutionProvider", "AzureExecutionProvider"
LEFT = "OpenVINO leaves part of this network to the CPU"
Clip = Callable[[str], Path]


class Others(Networks):
    """An onnxruntime that lists two more providers: one works but for a variant, the other is refused as missing."""

    def providers(self) -> tuple[str, ...]:
        return CPU, CUDA, OPENVINO

    def load(self, variant: Variant, runtime: Runtime) -> OnnxClassifier:
        if runtime.provider != OPENVINO:
            return super().load(variant, runtime)
        if variant.name == "pruned":
            raise ProviderError(LEFT)
        classifier = super().load(variant, Runtime(runtime.threads))
        classifier.provider = OPENVINO
        return classifier


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return tiny_manifest(tmp_path / "models")


@pytest.fixture
def desk(manifest: Manifest) -> Iterator[Desk]:
    made = Desk(Engine(manifest, networks=Others()))
    yield made
    assert made.engine.stop(10)


def test_providers_have_names_for_people() -> None:
    assert str(Runtime()) == "CPU, 1 thread"
    assert str(Runtime(4, "DmlExecutionProvider")) == "DirectML, 4 threads"
    assert provider_called("tensorRT") == "TensorrtExecutionProvider"
    assert provider_called(CUDA) == CUDA
    assert provider_called("gpu") is None
    assert all(provider_called(title) == provider for provider, title in PROVIDERS.items())
    assert provider_title("QNNExecutionProvider") == "QNN"


def test_those_present_can_be_chosen_the_cpu_first() -> None:
    assert present()[0] == CPU
    assert set(present()) == set(onnxruntime.get_available_providers()) & set(PROVIDERS)


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="it is here")
def test_a_provider_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match=r"^CUDA is not in this installation of onnxruntime \(there: CPU"):
        OnnxClassifier(tiny_variant(tmp_path, "fp32"), provider=CUDA)


def listing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])


@pytest.mark.skipif(AZURE not in onnxruntime.get_available_providers(), reason="a build without it")
def test_a_provider_that_hands_on_to_the_cpu_without_a_word_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime lists this one among a session's providers, and runs every node of it on the CPU.

    CUDA without its driver, which it does not list then, fails with the same.
    """
    monkeypatch.setattr("fer_live.onnx_session.PROVIDERS", {**PROVIDERS, AZURE: "Azure"})
    with pytest.raises(ProviderError, match=r"^Azure leaves this network, or part of it, to the CPU: .*; choose CPU$"):
        OnnxClassifier(tiny_variant(tmp_path, "fp32"), provider=AZURE)
    OnnxClassifier(tiny_variant(tmp_path, "fp32"))


def test_a_provider_that_fails_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    listing(monkeypatch)

    def failing(*_: Any, **options: Any) -> Any:
        assert options["enable_fallback"] == 0  # or onnxruntime prints, and goes on with the CPU
        raise RuntimeError("/src/state.cc:729 void ort::python::Register(Options&, const Map&) Please install\n it.")

    with pytest.raises(ProviderError, match=r"^CUDA cannot run here: Please install it\.$"):
        open_session(tiny_model(), Runtime(1, CUDA), failing)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_none_is_no_fault_of_the_provider() -> None:
    with pytest.raises(ClassifierError, match="not an ONNX file") as fault:
        open_session(b"nothing")
    assert not isinstance(fault.value, ProviderError)


def test_threads_and_provider_change_while_frames_flow_and_every_row_tells(
    desk: Desk, shared_clip: Clip, tmp_path: Path
) -> None:
    engine = desk.engine
    engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
    desk.event(VariantsRunning)
    assert (engine.runtime, engine.providers) == (Runtime(), (CPU, CUDA, OPENVINO))
    engine.record(tmp_path / "recordings")
    folder = desk.event(RecordingStarted).folder
    for wished in (Runtime(2), Runtime(2, OPENVINO)):
        before = rows_of(engine)
        while rows_of(engine) == before:  # a slow machine may not have written with the present runtime yet
            desk.result()
        engine.run_with(wished)
        desk.event(VariantsRunning)
        assert engine.runtime == wished
        while {(run.threads, run.provider) for run in desk.result().runs} != {(wished.threads, wished.provider)}:
            pass
        assert engine.capacity("int8") is not None
    engine.stop_recording()
    assert desk.event(RecordingStopped).reason == ""
    check_session(folder)


def rows_of(engine: Engine) -> int:
    assert engine.recording is not None
    return engine.recording.rows


def check_session(folder: Path) -> None:
    """Rows, summary, summary from rows and report tell the same of who ran with what."""
    with (folder / "frames.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["variant"], row["threads"], row["provider"]) for row in csv.DictReader(file)]
    ran = [(name, *with_) for with_ in (("1", CPU), ("2", CPU), ("2", OPENVINO)) for name in ("fp32", "int8")]
    assert sorted(set(rows)) == sorted(ran)
    told = (folder / "summary.csv").read_text(encoding="utf-8")
    summary = list(csv.DictReader(told.splitlines()))
    assert sorted((row["variant"], row["threads"], row["provider"]) for row in summary) == sorted(ran)
    for row in summary:
        counted = rows.count((row["variant"], row["threads"], row["provider"]))
        assert int(row["n"]) + int(row["without_face"]) == counted
        assert row["speedup"] == "1.000" or row["variant"] == "int8"
    session = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    assert (session["threads"], session["provider"]) == (1, CPU)
    assert (session["sweep"], session["providers"]) == ([1, 2], [CPU, OPENVINO])
    again = list(csv.DictReader(summarise_session(folder, folder / "again.csv").read_text().splitlines()))
    assert [(row["threads"], row["provider"], row["n"]) for row in again] == [
        (row["threads"], row["provider"], row["n"]) for row in summary
    ]
    read = read_session(folder)
    assert not read.recovered
    assert {read.variant(name).title for name in read.runs if name.startswith("int8")} == {
        "INT8, 1 thread on CPU",
        "INT8, 2 threads on CPU",
        "INT8, 2 threads on OpenVINO",
    }
    assert read.reference("int8@2 OpenVINO") == "fp32@2 OpenVINO"


def test_a_provider_that_fails_leaves_all_as_it_was(desk: Desk, shared_clip: Clip) -> None:
    engine = desk.engine
    engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.event(VariantsRunning)
    engine.run_with(Runtime(2, CUDA))
    refused = desk.event(RuntimeRefused)
    assert (refused.wished, refused.kept) == (Runtime(2, CUDA), Runtime())
    assert "CUDA" in refused.reason
    engine.use(["int8"])  # what was refused is wished no more
    assert desk.event(VariantsRunning).names == ("int8",)
    assert engine.runtime == Runtime()
    assert {run.provider for run in desk.result_of(("int8",)).runs} == {CPU}
    assert not any(isinstance(event, (RuntimeRefused, VariantRefused)) for event in engine.events())


def test_a_variant_that_the_provider_leaves_to_the_cpu_is_refused_alone(desk: Desk, shared_clip: Clip) -> None:
    """Where others run with it, it is no fault of the provider's."""
    engine = desk.engine
    engine.start(clip(shared_clip("again.mkv")), ["fp32"])
    desk.event(VariantsRunning)
    engine.run_with(Runtime(1, OPENVINO))
    desk.event(VariantsRunning)
    engine.use(["fp32", "pruned"])
    refused = desk.event(VariantRefused)
    assert (refused.name, refused.reason) == ("pruned", LEFT)
    assert (engine.runtime, engine.running) == (Runtime(1, OPENVINO), ("fp32",))
    assert not any(isinstance(event, (RuntimeRefused, EngineFailed)) for event in engine.events())


def test_a_start_with_a_provider_that_fails_goes_to_the_cpu(manifest: Manifest, shared_clip: Clip) -> None:
    desk = Desk(Engine(manifest, runtime=Runtime(2, CUDA), networks=Others()))
    try:
        desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
        assert desk.event(RuntimeRefused).kept == Runtime(2)
        assert desk.event(VariantsRunning).names == ("fp32", "int8")
        assert desk.engine.runtime == Runtime(2)
    finally:
        assert desk.engine.stop(10)


def test_a_variant_taken_away_runs_no_more(desk: Desk, manifest: Manifest, shared_clip: Clip) -> None:
    desk.engine.start(clip(shared_clip("again.mkv")), ["fp32", "int8"])
    desk.event(VariantsRunning)
    left = tuple(variant for variant in manifest.variants if variant.name != "int8")
    desk.engine.know(Manifest(left, "fp32", "fp32", manifest.folder))
    assert desk.engine.running == ("fp32",)
    desk.engine.use(["int8"])
    assert "unknown variant" in desk.event(VariantRefused).reason


def photo(folder: Path) -> Path:
    """A folder of labelled faces."""
    path = folder / "faces" / "happy" / "one.png"
    path.parent.mkdir(parents=True)
    cv2.imwrite(str(path), np.full((48, 48), 90, np.uint8))
    return path.parents[1]


def test_the_commands_take_a_provider(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, manifest: Manifest, tmp_path: Path
) -> None:
    monkeypatch.setenv("FER_LIVE_MODELS", str(manifest.folder))
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--provider", "gpu"])
    assert ended.value.code == 2
    assert "'gpu' is no provider (cpu, cuda, tensorrt, coreml, directml, openvino)" in capsys.readouterr().err
    missing = next(provider_title(provider) for provider in PROVIDERS if provider not in present())
    there = ", ".join(map(provider_title, present()))
    for command in (["bench", "--csv", str(tmp_path)], ["evaluate", "--data", str(photo(tmp_path))]):
        assert main([*command, "--provider", missing.lower()]) == 2
        refused = f"fer-live: {missing} is not in this installation of onnxruntime (there: {there})\n"
        assert capsys.readouterr().err.endswith(refused)
    bench = ["bench", "--provider", "cpu", "--frames", "6", "--rounds", "1", "--csv", str(tmp_path), "--json"]
    assert main(bench) == 0
    assert {row["provider"] for row in json.loads(capsys.readouterr().out)["variants"]} == {CPU}
