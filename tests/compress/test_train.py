"""Training resumes where it was killed, stops at NaN, and teaches."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fer_live.compress.augment import Augmentation, mixed, random_view, view
from fer_live.compress.checkpoint import CheckpointError, keep_result, load_network, write_checkpoint
from fer_live.compress.data import TrainingData
from fer_live.compress.distill import Teachers, distillation
from fer_live.compress.networks import FerResNet, Widths
from fer_live.compress.steps import HEADS
from fer_live.compress.train import Task, TrainError, train
from fer_live.compress.training_config import FinetuneConfig, TrainConfig
from tests.compress.conftest import PLUS_OF, drawn_face

CONFIG = TrainConfig(sizes=((1, 24), (1, 24)), batch=16, lr=0.05, average=0.9)
SMALL = Widths((16, 16, 16, 16), ((16, 16),) * 4)


@pytest.fixture
def faces() -> TrainingData:
    rng = np.random.default_rng(4)
    labels = np.arange(112) % 7
    votes = np.eye(8, dtype=np.float32)[np.array(PLUS_OF)[labels]]
    return TrainingData(np.stack([drawn_face(label, rng) for label in labels]), labels.astype(np.int64), votes)


def task(faces: TrainingData, seed: int = 0) -> Task:
    torch.manual_seed(seed)
    return Task(FerResNet(SMALL, HEADS), faces, faces)


def test_a_killed_training_ends_as_an_undisturbed_one(
    faces: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(task(faces), CONFIG, tmp_path / "whole")
    from fer_live.compress import train as module

    def killed(self: object, epoch: int) -> float:
        if epoch == 1:
            raise KeyboardInterrupt
        return original(self, epoch)

    original = module._Run._epoch
    with monkeypatch.context() as patch:
        patch.setattr(module._Run, "_epoch", killed)
        with pytest.raises(KeyboardInterrupt):
            train(task(faces), CONFIG, tmp_path / "killed")
    resumed = train(task(faces, seed=99), CONFIG, tmp_path / "killed")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    assert (tmp_path / "killed" / "curve.png").stat().st_size > 1000


def test_it_learns_the_drawn_patterns(faces: TrainingData, tmp_path: Path) -> None:
    calm = Augmentation(rotation=0, scale_low=1, scale_high=1, shift=0, erase=0)
    config = replace(CONFIG, sizes=((6, 24),), augmentation=calm)
    network = train(task(faces), config, tmp_path)
    with torch.no_grad():
        pictures = (view(torch.from_numpy(faces.faces), 24) - 0.5077) / 0.2550
        guesses = network(pictures)[0].argmax(1).numpy()
    assert np.mean(guesses == faces.labels) > 0.5  # chance is 0.14; flipped bars look like others


def test_without_validation_faces_no_accuracy_is_told(faces: TrainingData, tmp_path: Path) -> None:
    none = faces.take(np.empty(0, np.intp))
    train(Task(task(faces).network, faces, none), CONFIG, tmp_path)
    history = torch.load(tmp_path / "checkpoint.pt")["history"]
    assert [sorted(row) for row in history] == [["epoch", "loss", "lr", "size"]] * 2
    assert (tmp_path / "curve.png").stat().st_size > 1000


def test_nan_stops_and_keeps_the_last_good_checkpoint(
    faces: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fer_live.compress import train as module

    with pytest.raises(TrainError, match=r"epoch 1, step \d+; nothing was kept yet; try a lower learning rate"):
        train(task(faces), replace(CONFIG, lr=1e30), tmp_path)
    assert not (tmp_path / "checkpoint.pt").exists()

    def later(self: module._Run, batch: list[torch.Tensor]) -> float:
        return original(self, batch) if not self.history else math.nan

    original = module._Run._backward
    monkeypatch.setattr(module._Run, "_backward", later)
    with pytest.raises(TrainError, match=r"loss became nan in epoch 2, step 1; the last good checkpoint is .*\.pt;"):
        train(task(faces), CONFIG, tmp_path)
    assert len(torch.load(tmp_path / "checkpoint.pt")["history"]) == 1


def test_weights_that_the_last_step_blew_up_are_not_kept(
    faces: TrainingData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the next epoch's loss would tell."""
    from fer_live.compress import train as module

    def blown(self: module._Run, epoch: int) -> float:
        loss = original(self, epoch)
        if epoch == 1:
            self.network.conv.weight.data[0] = torch.inf
        return loss

    original = module._Run._epoch
    monkeypatch.setattr(module._Run, "_epoch", blown)
    with pytest.raises(TrainError, match=r"a weight became infinite in epoch 2; the last good checkpoint is .*\.pt;"):
        train(task(faces), CONFIG, tmp_path)
    assert len(torch.load(tmp_path / "checkpoint.pt")["history"]) == 1


def test_a_warm_up_of_one_step_is_none(faces: TrainingData, tmp_path: Path) -> None:
    """Seven steps and the one that the schedule counts beyond: an eighth."""
    train(task(faces), replace(CONFIG, sizes=((1, 24),), warmup=0.125), tmp_path)
    assert (tmp_path / "checkpoint.pt").exists()


def test_another_recipe_does_not_overwrite(faces: TrainingData, tmp_path: Path) -> None:
    config = replace(CONFIG, sizes=((1, 24),))
    train(task(faces), config, tmp_path)
    with pytest.raises(CheckpointError, match="another recipe"):
        train(task(faces), replace(config, lr=0.01), tmp_path)
    other = Task(FerResNet(Widths.uniform(16), HEADS), faces, faces)
    with pytest.raises(CheckpointError, match="other channel counts"):
        train(other, config, tmp_path)


def test_a_finished_training_keeps_its_network_only(faces: TrainingData, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    trained = train(task(faces), CONFIG, tmp_path)
    before = path.stat().st_size
    keep_result(path)
    assert path.stat().st_size < 0.4 * before
    for name, value in trained.state_dict().items():
        assert torch.equal(value, load_network(path).state_dict()[name]), name
    with pytest.raises(CheckpointError, match="a finished training's"):
        train(task(faces), CONFIG, tmp_path)


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="a limit on files, as a disk that is full")
    path, network = tmp_path / "checkpoint.pt", FerResNet(SMALL, HEADS)
    state = {"history": [], "result": network.state_dict()}
    write_checkpoint(path, network, state)
    before, (usual, most) = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, most))
    try:
        with pytest.raises(OSError, match=r"checkpoint.pt cannot be written \(\d+ MB are free there\); make room"):
            write_checkpoint(path, network, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"hello", b"not a checkpoint"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"^[^\n]*checkpoint\.pt: not a readable checkpoint[^\n]*$"):
        load_network(path)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (torch.zeros(2), "not a checkpoint of fer-live compress"),
        ([1, 2], "not a checkpoint of fer-live compress"),
        ({"conv.weight": torch.zeros(2)}, "not a checkpoint of fer-live compress"),
        ({"widths": {}, "heads": HEADS, "history": [], "result": {}}, "not a whole checkpoint"),
        ({"widths": SMALL.to_dict(), "heads": HEADS, "history": [], "result": {}}, "not a whole checkpoint"),
        ({"widths": SMALL.to_dict(), "heads": HEADS, "history": [], "result": 3}, "not a whole checkpoint"),
    ],
)
def test_what_is_no_checkpoint_of_ours_is_told_in_a_line(tmp_path: Path, state: object, words: str) -> None:
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match=rf"^[^\n]*checkpoint\.pt: {words}[^\n]*$"):
        load_network(tmp_path / "checkpoint.pt")


@pytest.mark.parametrize("part", ["widths", "network", "optimizer"])
def test_a_damaged_checkpoint_is_not_resumed_from(faces: TrainingData, tmp_path: Path, part: str) -> None:
    config = replace(CONFIG, sizes=((1, 24),))
    train(task(faces), config, tmp_path)
    path = tmp_path / "checkpoint.pt"
    torch.save(torch.load(path) | {part: {}}, path)
    with pytest.raises(CheckpointError, match=r"^[^\n]*checkpoint\.pt: not a whole checkpoint[^\n]*$"):
        train(task(faces), config, tmp_path)


def test_a_teacher_pulls_the_student(faces: TrainingData, tmp_path: Path) -> None:
    torch.manual_seed(5)
    teacher = FerResNet(SMALL, HEADS).eval()
    with torch.no_grad():
        for head in teacher.heads.values():
            assert isinstance(head, torch.nn.Linear)
            head.weight.zero_()
            head.bias.copy_(torch.linspace(-3, 3, head.out_features))
    config = replace(CONFIG, sizes=((3, 24),), distill_weight=1.0)
    student = train(Task(task(faces).network, faces, faces, (teacher,)), config, tmp_path)
    with torch.no_grad():
        logits = student((view(torch.from_numpy(faces.faces), 24) - 0.5077) / 0.2550)[0]
    assert (logits.argmax(1) == 6).float().mean() > 0.9  # what the teacher always says


def test_kept_views_cost_the_teachers_one_look(faces: TrainingData, tmp_path: Path) -> None:
    class Watched(FerResNet):
        looks: list[bytes] = []  # noqa: RUF012 - a test's own

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
            Watched.looks.append(x.numpy().tobytes())
            return super().forward(x)

    teachers = (Watched(SMALL, HEADS), FerResNet(SMALL, HEADS))
    faces = faces.take(np.arange(3 * CONFIG.batch))
    plain = {name: value for name, value in vars(CONFIG).items() if name not in ("sizes", "distill_weight")}
    kept = FinetuneConfig(**plain, sizes=((5, 24),), distill_weight=0.5, views=2)
    train(Task(task(faces).network, faces, faces, teachers), kept, tmp_path / "kept")
    steps = len(faces) // CONFIG.batch
    assert len(Watched.looks) == len(set(Watched.looks)) == 2 * steps
    Watched.looks.clear()
    train(Task(task(faces).network, faces, faces, teachers), replace(kept, views=0), tmp_path / "fresh")
    assert len(set(Watched.looks)) == 5 * steps


def test_several_teachers_say_their_mean() -> None:
    torch.manual_seed(0)
    teachers = tuple(FerResNet(SMALL, HEADS).eval() for _ in range(2))
    pictures = torch.randn(3, 1, 24, 24)
    said = Teachers(teachers, 0, torch.device("cpu")).logits(pictures, (24, 0, 0))
    with torch.no_grad():
        wanted = sum(teacher(pictures)[0] for teacher in teachers) / 2
    torch.testing.assert_close(said[0], wanted, atol=0.05, rtol=0.05)  # they are asked in bfloat16


def test_distillation_is_zero_for_equal_outputs_only() -> None:
    logits = torch.randn(5, 7)
    assert distillation(logits, logits, 3.0).item() == pytest.approx(0, abs=1e-6)
    assert distillation(logits, logits + torch.arange(7), 3.0).item() > 0.1


def test_mixup_blends_pictures_and_their_targets_by_the_same_share() -> None:
    pictures, labels = torch.arange(64.0)[:, None, None, None].expand(-1, 1, 4, 4), torch.eye(64)
    blended, shares = mixed(0.4, pictures, labels)
    assert torch.allclose(shares.sum(1), torch.ones(64))
    assert torch.allclose(shares @ torch.arange(64.0), blended[:, 0, 0, 0], atol=1e-3)
    assert ((shares > 0.01) & (shares < 0.99)).any()
    assert mixed(0, pictures, labels) == [pictures, labels]


def test_views() -> None:
    rng = np.random.default_rng(0)
    faces = torch.from_numpy(rng.integers(0, 255, (9, 48, 48), np.uint8))
    plain = view(faces, 44)
    assert torch.allclose(plain[:, 0] * 255, faces[:, 2:46, 2:46].float(), atol=0.01)
    still = Augmentation(rotation=0, scale_low=1, scale_high=1, shift=0, brightness=0, contrast=0, erase=0)
    mirrored = random_view(faces, 44, still)
    for face, original in zip(mirrored, plain, strict=True):
        assert torch.allclose(face, original, atol=1e-4) or torch.allclose(face.flip(-1), original, atol=1e-4)
    assert not torch.allclose(random_view(faces, 44, Augmentation()), plain, atol=0.1)
