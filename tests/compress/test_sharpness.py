"""Sharpness-aware minimisation: where the gradient is taken, and that nothing stays moved."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fer_live.compress.data import TrainingData
from fer_live.compress.networks import FerResNet, Widths
from fer_live.compress.sharpness import uphill
from fer_live.compress.steps import HEADS
from fer_live.compress.train import Task, train
from fer_live.compress.training_config import TrainConfig
from tests.compress.conftest import drawn_face

ONE_STEP = TrainConfig(sizes=((1, 24),), batch=16, lr=1e-9, average=0.5)


@pytest.fixture
def batch() -> TrainingData:
    rng = np.random.default_rng(4)
    labels = np.arange(16) % 7
    return TrainingData(
        np.stack([drawn_face(label, rng) for label in labels]), labels, np.eye(8, dtype=np.float32)[labels]
    )


def small(seed: int = 0) -> FerResNet:
    torch.manual_seed(seed)
    return FerResNet(Widths((16, 16, 16, 16), ((16, 16),) * 4), HEADS, dropout=0.0)


def first_loss(network: FerResNet, batch: TrainingData, config: TrainConfig, folder: Path) -> float:
    train(Task(network, batch, batch.take(np.empty(0, np.intp))), config, folder)
    return float(torch.load(folder / "checkpoint.pt")["history"][0]["loss"])


def test_parameters_are_moved_by_the_radius_along_their_gradients_and_back() -> None:
    parameters = [torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([[3.0]], requires_grad=True)]
    still = torch.tensor([7.0], requires_grad=True)
    (parameters[0].square().sum() + 2 * parameters[1].sum()).backward()  # gradients 2, 4 and 2
    before = [parameter.detach().clone() for parameter in parameters]
    with uphill([*parameters, still], 0.5):
        moved = torch.cat([(now - then).flatten() for now, then in zip(parameters, before, strict=True)])
        torch.testing.assert_close(moved.detach(), 0.5 * torch.tensor([2.0, 4.0, 2.0]) / 24**0.5)
        for parameter in parameters:
            parameter.grad = None
    assert all(torch.equal(now, then) for now, then in zip(parameters, before, strict=True))
    assert still.item() == 7


def test_a_failure_on_the_way_leaves_nothing_moved() -> None:
    parameter = torch.tensor([1.0, 2.0], requires_grad=True)
    parameter.square().sum().backward()
    with pytest.raises(RuntimeError, match="no loss"), uphill([parameter], 0.5):
        raise RuntimeError("no loss")
    assert parameter.tolist() == [1, 2]


def test_without_a_gradient_anywhere_nothing_moves() -> None:
    flat = torch.ones(3, requires_grad=True)
    (0 * flat).sum().backward()
    with uphill([flat], 0.5):
        assert torch.equal(flat, torch.ones(3))


def test_training_takes_its_gradient_where_the_loss_is_higher(batch: TrainingData, tmp_path: Path) -> None:
    """At a learning rate of next to nothing, so that the network's weights show what was put back."""
    plain, sharp = small(), small()
    loss = first_loss(plain, batch, ONE_STEP, tmp_path / "plain")
    higher = first_loss(sharp, batch, replace(ONE_STEP, sharpness=0.2), tmp_path / "sharp")
    assert higher > loss + 0.01
    for (name, now), then in zip(sharp.named_parameters(), small().parameters(), strict=True):
        torch.testing.assert_close(now, then, atol=1e-6, rtol=0, msg=name)


def test_teachers_are_asked_once_a_batch(batch: TrainingData, tmp_path: Path) -> None:
    class Counted(FerResNet):
        looks = 0

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            Counted.looks += 1
            return super().forward(x)

    teacher = Counted(Widths.uniform(16), HEADS)
    config = replace(ONE_STEP, sharpness=0.1, distill_weight=0.5)
    train(Task(small(), batch, batch, (teacher,)), config, tmp_path)
    assert Counted.looks == 1
