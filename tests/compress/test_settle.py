"""Batch-norm statistics of what a network is shown in use."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.folders import Folders
from fer_live.compress.networks import FerResNet, Widths
from fer_live.compress.recipe import Recipe, RecipeError, load_recipe
from fer_live.compress.settle import settled
from fer_live.compress.steps import HEADS


@pytest.fixture
def network() -> FerResNet:
    torch.manual_seed(0)
    return FerResNet(Widths((4, 8, 8, 8), ((4, 4), (8, 8), (8, 8), (8, 8))), HEADS, dropout=0.3).eval()


@pytest.fixture
def pictures() -> torch.Tensor:
    torch.manual_seed(1)
    return 3 * torch.randn(500, 1, 24, 24) + 2


def test_every_batch_norm_then_answers_with_its_own_mean_and_spread(network: FerResNet, pictures: torch.Tensor) -> None:
    shown = settled(network, pictures)
    answers: dict[str, torch.Tensor] = {}

    def remember(name: str, module: nn.Module) -> None:
        module.register_forward_hook(lambda _module, _inputs, output: answers.__setitem__(name, output.clone()))

    for name, module in shown.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            remember(name, module)
    with torch.no_grad():
        shown(pictures)
    assert len(answers) == 20  # all of ResNet-18's
    for answer in answers.values():  # fresh: scale 1 and shift 0
        torch.testing.assert_close(answer.mean((0, 2, 3)), torch.zeros(answer.shape[1]), atol=0.05, rtol=0)
        torch.testing.assert_close(answer.std((0, 2, 3)), torch.ones(answer.shape[1]), atol=0.05, rtol=0)


def test_weights_stay_and_so_does_the_network_that_was_given(network: FerResNet, pictures: torch.Tensor) -> None:
    before = copy.deepcopy(network.state_dict())
    shown = settled(network, pictures)
    assert not shown.training
    for (name, now), then in zip(shown.named_parameters(), network.parameters(), strict=True):
        assert torch.equal(now, then), name
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_without_batch_norm_there_is_nothing_to_change(network: FerResNet, pictures: torch.Tensor) -> None:
    folded = fold_batch_norm(network)
    with torch.no_grad():
        for now, then in zip(settled(folded, pictures)(pictures[:8]), folded(pictures[:8]), strict=True):
            assert torch.equal(now, then)


def test_other_statistics_are_other_files_of_the_same_trainings(tmp_path: Path) -> None:
    plain, whole = (Folders(tmp_path, recipe, "data") for recipe in (Recipe("r"), Recipe("r", statistics=100)))
    assert plain.onnx != whole.onnx
    assert (plain.train, plain.prune) == (whole.train, whole.prune)
    assert whole.onnx != Folders(tmp_path, replace(whole.recipe, statistics=200), "data").onnx


def test_a_number_of_faces_below_0_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('name = "r"\nstatistics = -1\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="statistics is -1; it must be 0 or more"):
        load_recipe(path)
