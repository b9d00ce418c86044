"""Pruned, exported and quantised networks stay the function they were, as far as that can be."""

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from fer_live.compress.export import export_onnx
from fer_live.compress.layers import latency_shares, layer_table, read_layers, write_table
from fer_live.compress.networks import FerResNet, Widths, measured_widths, parameter_count
from fer_live.compress.prune import PruneConfig, PruneError, prune, shallower, uniform_widths, widths_on_the_way
from fer_live.compress.quantize import METHODS, QuantizeConfig, QuantizeError, Rounding, integer_share, quantize
from fer_live.compress.steps import HEADS

SIZE = 24


@pytest.fixture
def pictures() -> NDArray[np.float32]:
    """So many that batches of 64 would not come out even."""
    return np.random.default_rng(0).normal(size=(131, 1, SIZE, SIZE)).astype(np.float32)


@pytest.fixture(scope="module")
def exported(network: FerResNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "network.onnx"
    export_onnx(network, path, SIZE)
    return path


def run(path: Path, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    outputs: list[NDArray[np.float32]] = session.run(["fer2013", "ferplus"], {"input": pictures})
    return outputs


def test_resnet18_has_its_known_size() -> None:
    cifar10 = 11_173_962  # the figure known for three colours and ten labels
    assert parameter_count(FerResNet(Widths.uniform(64), {"fer2013": 7})) == cifar10 - 2 * 64 * 9 - 3 * 513


def test_onnx_is_the_same_function_for_any_batch(
    network: FerResNet, tmp_path: Path, pictures: NDArray[np.float32]
) -> None:
    network, exported = copy.deepcopy(network), tmp_path / "network.onnx"
    for norm in network.modules():  # an untrained norm is nearly the identity, which would test nothing
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(norm.running_mean, -0.2, 0.2)  # type: ignore[arg-type]
            torch.nn.init.uniform_(norm.running_var, 0.5, 1.5)  # type: ignore[arg-type]
    export_onnx(network, exported, SIZE)
    for count in (1, 7):
        with torch.no_grad():
            wanted = network(torch.from_numpy(pictures[:count]))
        for ours, theirs in zip(run(exported, pictures[:count]), wanted, strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3, rtol=1e-3)
    kinds = {node.op_type for node in onnx.load(exported).graph.node}
    assert "BatchNormalization" not in kinds
    assert "GlobalAveragePool" in kinds
    assert b"site-packages" not in exported.read_bytes()  # the exporter's stack traces name the machine's folders


def test_pruned_channels_are_multiples_and_the_strongest_filters_stay(network: FerResNet) -> None:
    network = copy.deepcopy(network)
    inner = network.stages[3][0].conv1  # type: ignore[index]
    with torch.no_grad():
        inner.weight[:128] *= 0.01  # type: ignore[union-attr, operator]
    small = prune(network, uniform_widths(measured_widths(network), PruneConfig(ratio=0.5, multiple=16)), SIZE)
    assert measured_widths(small) == Widths.uniform(16)
    assert parameter_count(small) < parameter_count(network) / 3.5
    kept = small.stages[3][0].conv1.weight.abs().mean(dim=(1, 2, 3))  # type: ignore[index, union-attr]
    assert kept.min() > 0.01 * kept.max()  # type: ignore[union-attr]
    assert [logits.shape for logits in small(torch.zeros(2, 1, SIZE, SIZE))] == [(2, 7), (2, 8)]


def test_cuts_in_steps_lead_to_the_same_widths() -> None:
    whole, goal = Widths.uniform(64), Widths.uniform(16)
    assert widths_on_the_way(whole, goal, PruneConfig()) == []
    assert widths_on_the_way(whole, goal, PruneConfig(steps=2)) == [Widths.uniform(32)]
    thirds = widths_on_the_way(whole, goal, PruneConfig(steps=3))
    assert thirds[0].stages == (48, 80, 160, 320)  # 64 to 16 in three: each keeps 63 %, in multiples of 16
    chosen = Widths((32, 64, 128, 256), ((16, 32), (64, 16), (128, 128), (256, 16)))
    (middle,) = widths_on_the_way(Widths.uniform(32), chosen, PruneConfig(steps=2))
    assert middle.stages == chosen.stages  # what is not pruned in the end never is
    assert middle.inner == ((16, 32), (64, 32), (128, 128), (256, 64))
    assert widths_on_the_way(Widths.uniform(16), Widths.uniform(16), PruneConfig(steps=4)) == []
    with pytest.raises(PruneError, match="1 or more"):
        widths_on_the_way(whole, goal, PruneConfig(steps=0))


def test_whole_blocks_go_and_the_others_stay_as_they_were(network: FerResNet) -> None:
    small = shallower(network, (1, 2, 1, 2))
    assert measured_widths(small).inner == ((32,), (64, 64), (128,), (256, 256))
    assert measured_widths(small).stages == measured_widths(network).stages
    state = network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in small.state_dict().items())
    assert shallower(network, ()) is network
    cut = prune(small, uniform_widths(measured_widths(small), PruneConfig(ratio=0.5)), SIZE)
    assert measured_widths(cut).inner == ((16,), (32, 32), (64,), (128, 128))


@pytest.mark.parametrize("blocks", [(0, 2, 2, 2), (3, 2, 2, 2), (2, 2)])
def test_blocks_that_a_stage_does_not_have_are_refused(network: FerResNet, blocks: tuple[int, ...]) -> None:
    with pytest.raises(PruneError, match="stages of 2, 2, 2, 2 blocks cannot keep"):
        shallower(network, blocks)


@pytest.mark.parametrize("ratio", [0.0, 1.0, -2.0])
def test_senseless_ratios_are_refused(network: FerResNet, ratio: float) -> None:
    with pytest.raises(PruneError, match="between 0 and 1"):
        uniform_widths(measured_widths(network), PruneConfig(ratio=ratio))


@pytest.mark.parametrize(("before", "after"), [(48, 16), (96, 32), (144, 48), (240, 80)])
def test_every_multiple_can_be_cut_to_every_smaller_one(before: int, after: int) -> None:
    """1 - 16 / 48 and the like are no exact ratios."""
    network = FerResNet(Widths((before,) * 4, ((before, before),) * 4), HEADS)
    widths = Widths((after, before, after, before), ((before, after), (after, before)) * 2)
    assert measured_widths(prune(network, widths)) == widths


def test_nothing_left_to_remove_is_said() -> None:
    narrow = FerResNet(Widths((16, 16, 16, 16), ((16, 16),) * 4), HEADS)
    with pytest.raises(PruneError, match="nothing to remove"):
        uniform_widths(measured_widths(narrow), PruneConfig(ratio=0.5, multiple=16))


@pytest.mark.usefixtures("short_search")
@pytest.mark.parametrize("method", list(METHODS))
def test_int8_stays_close_and_runs_on_integers(
    exported: Path, tmp_path: Path, pictures: NDArray[np.float32], method: str
) -> None:
    target = tmp_path / "int8.onnx"
    quantize(exported, target, pictures, QuantizeConfig(method=method))
    exact, rounded = run(exported, pictures), run(target, pictures)
    for ours, theirs in zip(rounded, exact, strict=True):
        error = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
        assert 0 < error < 0.35
    assert target.stat().st_size < exported.stat().st_size / 3.3
    working, floating = integer_share(target)
    assert working > 28
    assert not [name for name in floating if name.startswith(("Conv", "Add", "Gemm", "GlobalAveragePool"))]
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "fused.onnx")  # what really runs
    options.log_severity_level = 3
    onnxruntime.InferenceSession(target, options, providers=["CPUExecutionProvider"])
    kinds = {node.op_type for node in onnx.load(tmp_path / "fused.onnx").graph.node}
    assert {"QLinearConv", "QLinearAdd", "QLinearGlobalAveragePool", "QGemm"} <= kinds
    assert not kinds & {"Conv", "Add", "Gemm", "ReduceMean", "GlobalAveragePool"}


def test_seven_bit_weights_leave_headroom(exported: Path, tmp_path: Path, pictures: NDArray[np.float32]) -> None:
    target = tmp_path / "int8.onnx"
    quantize(exported, target, pictures, QuantizeConfig(reduce_range=True))
    weights = [onnx.numpy_helper.to_array(w) for w in onnx.load(target).graph.initializer]
    largest = max(np.abs(w.astype(int)).max() for w in weights if w.dtype == np.int8 and w.ndim == 4)
    assert 60 <= largest <= 64


def test_rounding_one_layer_and_then_all_measures_the_ranges_once(
    exported: Path, tmp_path: Path, pictures: NDArray[np.float32]
) -> None:
    config = QuantizeConfig(method="percentile")
    wanted, one, whole = (tmp_path / f"{name}.onnx" for name in ("wanted", "one", "whole"))
    quantize(exported, wanted, pictures, config)
    rounding = Rounding(exported, pictures, config, tmp_path)
    convolution = next(node for node in onnx.load(exported).graph.node if node.op_type == "Conv")
    rounding.write(one, [convolution.name])
    measured = (tmp_path / "ranges.json").stat().st_mtime_ns
    rounding.write(whole)
    assert (tmp_path / "ranges.json").stat().st_mtime_ns == measured
    assert 0 < integer_share(one)[0] < 4  # it, and what reads it
    assert whole.read_bytes() == wanted.read_bytes()


@pytest.mark.usefixtures("short_search")
def test_entropy_leaves_out_what_hardly_occurs(exported: Path, tmp_path: Path, pictures: NDArray[np.float32]) -> None:
    odd = pictures.copy()
    odd[0, 0, 0, 0] = 300.0
    ranges = {}
    for method in ("minmax", "entropy"):
        target = tmp_path / f"{method}.onnx"
        quantize(exported, target, odd, QuantizeConfig(method=method, equalise=0.0))
        graph = onnx.load(target).graph
        scale = next(node for node in graph.node if node.op_type == "QuantizeLinear").input[1]
        values = next(onnx.numpy_helper.to_array(one) for one in graph.initializer if one.name == scale)
        ranges[method] = 255 * float(values)
    assert ranges["minmax"] > 300
    assert ranges["entropy"] < 150


def test_quantising_without_faces_or_with_an_unknown_method(exported: Path, tmp_path: Path) -> None:
    empty = np.zeros((0, 1, SIZE, SIZE), np.float32)
    with pytest.raises(QuantizeError, match="calibration set is empty"):
        quantize(exported, tmp_path / "x.onnx", empty, QuantizeConfig())
    with pytest.raises(QuantizeError, match="unknown calibration method 'magic'"):
        quantize(exported, tmp_path / "x.onnx", empty, QuantizeConfig(method="magic"))


def test_layer_table(network: FerResNet, exported: Path, tmp_path: Path) -> None:
    small = tmp_path / "small.onnx"
    less = shallower(network, (1, 2, 2, 2))
    export_onnx(prune(less, uniform_widths(measured_widths(less), PruneConfig()), SIZE), small, SIZE)
    before, after = read_layers(exported, SIZE), read_layers(small, SIZE)
    assert (len(before), len(after)) == (22, 20)
    assert before[0].macs == 32 * 9 * SIZE * SIZE
    assert before[-1].parameters == 8 * 256 + 8
    shares = latency_shares(small, after, SIZE)
    assert 0.6 < sum(shares.values()) <= 1.0
    assert min(shares.values()) > 0
    rows = layer_table(before, after, shares)
    assert rows[5].ratio == pytest.approx(4, abs=0.2)
    assert [(row.layer, row.output, row.parameters_after, row.ratio) for row in rows[20:]] == [
        ("stages.0.1.conv1", "removed", 0, None),
        ("stages.0.1.conv2", "removed", 0, None),
    ]
    write_table(rows, tmp_path, "small")
    text = (tmp_path / "small.md").read_text()
    assert "stages.3.0.shortcut" in text
    assert (tmp_path / "small.csv").read_text().count("\n") == 23


def test_heads_of_the_network_match_the_labels(network: FerResNet) -> None:
    assert network.labels_per_head == HEADS == {"fer2013": 7, "ferplus": 8}
