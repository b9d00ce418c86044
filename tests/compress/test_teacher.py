"""A teacher in INT8 says what it says in float, to pictures of every size, and the same in every run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fer_live.compress.augment import Augmentation, random_view
from fer_live.compress.data import TrainingData
from fer_live.compress.distill import distillation
from fer_live.compress.networks import FerResNet, Widths
from fer_live.compress.steps import HEADS
from fer_live.compress.teacher import WORTH_IT, IntegerTeacher, quick
from fer_live.compress.train import Task, normalise, train
from fer_live.compress.training_config import TrainConfig
from tests.compress.conftest import PLUS_OF, drawn_face

HOW = Augmentation(erase=0.3)


def drawn(n: int) -> TrainingData:
    rng = np.random.default_rng(4)
    labels = np.arange(n) % 7
    votes = np.eye(8, dtype=np.float32)[np.array(PLUS_OF)[labels]]
    return TrainingData(np.stack([drawn_face(label, rng) for label in labels]), labels.astype(np.int64), votes)


def shown(side: int, seed: int) -> Tensor:
    torch.manual_seed(seed)
    return normalise(random_view(torch.from_numpy(drawn(70).faces), side, HOW))


def test_rounding_moves_what_it_says_far_less_than_the_pictures_do(network: FerResNet) -> None:
    teacher = IntegerTeacher(network, drawn(140).faces, HOW)
    for side in (24, 32):
        pictures = shown(side, seed=7)
        with torch.no_grad():
            wanted = network(pictures)
        for rounded, exact in zip(teacher(pictures), wanted, strict=True):
            assert rounded.dtype == torch.float32
            assert not torch.equal(rounded, exact), "it was not rounded"
            assert distillation(rounded, exact, 1.0) < 0.05 * distillation(exact.roll(1, 0), exact, 1.0)


def test_it_can_be_asked_first_while_torch_computes_in_bfloat16(network: FerResNet) -> None:
    faces, pictures = drawn(140).faces, shown(24, seed=7)
    with torch.autocast("cpu", torch.bfloat16):  # as every training does whose processor computes in it
        said = IntegerTeacher(network, faces, HOW)(pictures)[0]
    assert torch.equal(said, IntegerTeacher(network, faces, HOW)(pictures)[0])


def test_its_ranges_do_not_depend_on_when_it_is_asked_first(network: FerResNet) -> None:
    faces, pictures = drawn(140).faces, shown(24, seed=7)
    said = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        said.append(IntegerTeacher(network, faces, HOW)(pictures)[0])
        assert torch.equal(before, torch.get_rng_state()), "the training's own draws would be others"
    assert torch.equal(*said)


def test_a_student_learns_under_it(network: FerResNet, tmp_path: Path) -> None:
    faces = drawn(112)
    config = TrainConfig(sizes=((2, 24),), batch=16, lr=0.02, average=0.9, distill_weight=1.0, augmentation=HOW)
    torch.manual_seed(0)
    student = FerResNet(Widths((16, 16, 16, 16), ((16, 16),) * 4), HEADS)
    trained = train(Task(student, faces, faces, (IntegerTeacher(network, faces.faces, HOW),)), config, tmp_path)
    pictures = shown(24, seed=9)
    with torch.no_grad():
        wanted, fresh = network(pictures)[0], FerResNet(Widths.uniform(16), HEADS).eval()(pictures)[0]
        assert distillation(trained(pictures)[0], wanted, 1.0) < distillation(fresh, wanted, 1.0)


def test_few_pictures_are_not_worth_the_rounding(network: FerResNet) -> None:
    faces, few = drawn(112), TrainConfig(sizes=((2, 24),))
    assert quick((network,), faces, few) == (network,)
    (teacher,) = quick((network,), faces, replace(few, sizes=((WORTH_IT // 112 + 1, 24),)))
    assert torch.cuda.is_available() or isinstance(teacher, IntegerTeacher)
