"""Widths chosen by cost, and networks widened: both keep their promises on real networks."""

import copy

import pytest
import torch

from fer_live.compress.latency import Convolution, LatencyTable, convolutions
from fer_live.compress.networks import FerResNet, Widths, measured_widths, parameter_count
from fer_live.compress.prune import PruneConfig, PruneError, prune
from fer_live.compress.steps import HEADS
from fer_live.compress.widen import WidenError, join, widen
from fer_live.compress.widths import choose_widths

SIZE = 24


class Priced(LatencyTable):
    """A machine on which time goes by multiplications, but those of 64 channels in are ten times dearer."""

    def of(self, convolution: Convolution) -> float:
        c = convolution
        macs = c.parameters * (c.side / c.stride) ** 2
        return macs * (10 if c.inputs == 64 else 1)


def test_convolutions_are_those_of_the_network() -> None:
    widths = Widths((16, 48, 64, 128), ((16, 32), (32, 48), (64, 16), (80, 96)))
    network = FerResNet(widths, HEADS)
    layers = [m for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    found = convolutions(widths, SIZE)
    shapes = sorted((c.inputs, c.outputs, c.kernel, c.stride) for c in found)
    assert shapes == sorted((m.in_channels, m.out_channels, m.kernel_size[0], m.stride[0]) for m in layers)
    weights = sum(c.parameters - c.outputs for c in found)
    assert weights == sum(m.weight.numel() for m in layers)
    assert found[-1].side == SIZE // 8


def test_a_real_convolution_is_measured_once_and_a_larger_one_is_slower() -> None:
    table = LatencyTable()
    small, large = Convolution(16, 16, 3, 1, 12), Convolution(256, 256, 3, 1, 24)
    assert 0 < table.of(small) < table.of(large)
    assert table.of(large) == table.of(large)  # remembered: two measurements are never the same


def test_chosen_widths_keep_both_budgets(network: FerResNet) -> None:
    table, whole = Priced(), measured_widths(network)
    widths = choose_widths(network, PruneConfig(latency=0.3, parameters=0.25), SIZE, table)
    assert table.total(widths, SIZE) <= 0.3 * table.total(whole, SIZE)
    small = prune(network, widths, SIZE)
    assert parameter_count(small) <= 0.26 * parameter_count(network)
    assert all(width % 16 == 0 for width in (*widths.stages, *(w for pair in widths.inner for w in pair)))
    just = choose_widths(network, PruneConfig(parameters=0.25), SIZE, table)
    assert just != widths  # time was asked for too, and it says something else than parameters


def test_weak_filters_go_first(network: FerResNet) -> None:
    weak = copy.deepcopy(network)
    layer = weak.stages[3][1].conv1  # type: ignore[index]
    with torch.no_grad():
        layer.weight[64:] *= 1e-4  # type: ignore[union-attr, operator]
    widths = choose_widths(weak, PruneConfig(parameters=0.7), SIZE, Priced())
    assert widths.inner[3][1] == 64 < min(widths.inner[3][0], widths.stages[3])
    kept = prune(weak, widths, SIZE).stages[3][1].conv1.weight  # type: ignore[index, union-attr]
    assert float(kept.detach().abs().mean(dim=(1, 2, 3)).min()) > 1e-3  # type: ignore[union-attr, operator]


def test_an_impossible_budget_is_said(network: FerResNet) -> None:
    with pytest.raises(PruneError, match="allow more latency"):
        choose_widths(network, PruneConfig(parameters=1e-6), SIZE, Priced())


def test_a_budget_that_is_kept_already_is_said(network: FerResNet) -> None:
    with pytest.raises(PruneError, match="nothing to remove"):
        choose_widths(network, PruneConfig(latency=50), SIZE, Priced())


def narrow_network(seed: int, base: int = 16) -> FerResNet:
    """One whose normalisations are not all alike."""
    torch.manual_seed(seed)
    narrow = FerResNet(Widths.uniform(base), HEADS).eval()
    for norm in narrow.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(norm.running_mean, -0.2, 0.2)  # type: ignore[arg-type]
            torch.nn.init.uniform_(norm.running_var, 0.5, 1.5)  # type: ignore[arg-type]
            torch.nn.init.uniform_(norm.bias, -0.2, 0.2)
    return narrow


def test_joined_networks_say_the_mean_and_learn_to_read_each_other() -> None:
    networks = [narrow_network(seed) for seed in (1, 2)]
    wide = join(networks, dropout=0.0)
    assert measured_widths(wide) == Widths.uniform(32)
    pictures = torch.randn(3, 1, SIZE, SIZE)
    for ours, one, other in zip(wide(pictures), *(network(pictures) for network in networks), strict=True):
        assert float((one - other).detach().abs().max()) > 0.1
        torch.testing.assert_close(ours, (one + other) / 2)
    wide(pictures)[0].square().sum().backward()
    between = wide.stages[2][1].conv1.weight  # type: ignore[index]
    assert float(between[:64, 64:].detach().abs().max()) == 0
    assert float(between.grad[:64, 64:].abs().max()) > 0


def test_networks_of_several_widths_are_joined() -> None:
    networks = [narrow_network(1), narrow_network(2, 8), narrow_network(3, 8)]
    wide = join(networks, dropout=0.0)
    assert measured_widths(wide) == Widths.uniform(32)
    pictures = torch.randn(3, 1, SIZE, SIZE)
    for ours, *theirs in zip(wide(pictures), *(network(pictures) for network in networks), strict=True):
        torch.testing.assert_close(ours, torch.stack(theirs).mean(0))


def test_a_widened_network_says_the_same() -> None:
    narrow = narrow_network(0)
    wide = widen(narrow, 32, dropout=0.3)
    pictures = torch.randn(3, 1, SIZE, SIZE)
    for ours, theirs in zip(wide(pictures), narrow(pictures), strict=True):
        torch.testing.assert_close(ours, theirs)
    assert measured_widths(wide) == Widths.uniform(32)
    wide(pictures)[0].square().sum().backward()
    learning = wide.heads["fer2013"].weight.grad  # the new features begin to be read with the first step
    assert learning is not None
    assert float(learning[:, 128:].abs().sum()) > 0
    with pytest.raises(WidenError, match="cannot be widened"):
        widen(wide, 16, dropout=0.0)
