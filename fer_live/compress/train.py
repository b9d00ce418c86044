"""Train a network, or fine-tune one under a teacher: the same loop, resumable after every epoch.

Recipe: SGD with Nesterov momentum, one-cycle schedule (Smith and Topin 2018), weight averaging, label smoothing, a
second head on FER+'s votes (Barsoum et al. 2016), where a teacher is given, distillation (Hinton et al. 2015), and,
where asked for, sharpness-aware minimisation (Foret et al. 2021).
"""

import copy
import logging
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn
from tqdm import tqdm

from fer_live.compress.arithmetic import autocast
from fer_live.compress.augment import mixed, random_view, view
from fer_live.compress.checkpoint import CheckpointError, damage_named, read_checkpoint, write_checkpoint
from fer_live.compress.curve import draw_curve
from fer_live.compress.data import TrainingData
from fer_live.compress.distill import Teacher, Teachers, distillation
from fer_live.compress.networks import FerResNet, place
from fer_live.compress.sharpness import uphill
from fer_live.compress.training_config import FinetuneConfig, TrainConfig

CALIBRATION = 24  # batches that set the averaged network's batch-norm statistics
MEAN, STD = 0.5077, 0.2550  # of FER2013's Training pixels, scaled to 0..1
tqdm.monitor_interval = 0  # its watching thread would outlive the training
log = logging.getLogger(__name__)


class TrainError(Exception):
    """Training cannot go on; the message says at which step and what was kept."""


@dataclass(frozen=True)
class Task:
    """What is trained, on what, and under whom. Without validation faces no accuracy is told."""

    network: FerResNet
    training: TrainingData
    validation: TrainingData
    teachers: tuple[Teacher, ...] = ()


def train(task: Task, config: TrainConfig, folder: Path) -> FerResNet:
    """Train to the end and return the weight-averaged network; resumes from ``folder`` when a checkpoint lies there.

    Writes ``checkpoint.pt`` and ``curve.png`` into ``folder`` after every epoch. Raises TrainError when the loss or a
    weight stops being a number (the last checkpoint stays), CheckpointError when the folder holds another network's
    checkpoint.
    """
    return _Run(task, config, folder).to_the_end()


class _Run:
    def __init__(self, task: Task, config: TrainConfig, folder: Path) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.config, self.folder = config, folder
        self.views = config.views if isinstance(config, FinetuneConfig) else 0
        self.teachers = Teachers(task.teachers, self.views, self.device)
        torch.manual_seed(config.seed)
        self.network = place(task.network, self.device)
        self.average = AveragedModel(self.network, multi_avg_fn=get_ema_multi_avg_fn(config.average), use_buffers=True)
        self.training = [torch.from_numpy(array).to(self.device) for array in vars(task.training).values()]
        self.validation = [torch.from_numpy(array).to(self.device) for array in vars(task.validation).values()]
        self.training[1] = F.one_hot(self.training[1], next(iter(task.network.labels_per_head.values()))).float()
        self.steps = max(1, len(task.training) // config.batch)
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), config.lr, config.momentum, weight_decay=config.weight_decay, nesterov=True
        )
        total = config.epochs * self.steps + 1
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, config.lr, total_steps=total, pct_start=0.0 if config.warmup * total == 1 else config.warmup
        )  # it would divide by a warm-up of one step
        self.history: list[dict[str, float]] = []
        self._resume()

    def to_the_end(self) -> FerResNet:
        for epoch in range(len(self.history), self.config.epochs):
            loss = self._epoch(epoch)
            size = self.config.size_at(epoch)
            row = {"epoch": epoch + 1, "size": size, "loss": loss, "lr": float(self.schedule.get_last_lr()[0])}
            self.history.append(row)
            result = self._result()
            if not (_finite(self.network) and _finite(result)):
                raise self._diverged(f"a weight became infinite in epoch {epoch + 1}")
            if len(self.validation[0]):
                row |= self._score(result, size)
            self._save(result)
            log.info("%s", "  ".join(f"{name} {value:.4g}" for name, value in self.history[-1].items()))
        return self._result()

    def _epoch(self, epoch: int) -> float:
        """One pass over the training faces; returns the mean loss."""
        shown = epoch % self.views if self.views else epoch
        torch.manual_seed(self.config.seed * 100_003 + shown)  # the same epoch, resumed or not
        self.network.train()
        order = torch.randperm(len(self.training[0]))[: self.steps * self.config.batch].to(self.device)
        batches = order.view(-1, self.config.batch) if len(order) >= self.config.batch else order[None]
        losses = []
        size = self.config.size_at(epoch)
        for step, rows in enumerate(
            tqdm(batches, f"epoch {epoch + 1}/{self.config.epochs}", leave=False, disable=None)
        ):
            faces, labels, votes = (array[rows] for array in self.training)
            torch.manual_seed((self.config.seed * 1009 + shown) * 1009 + step)  # dropout draws numbers too
            pictures = normalise(random_view(faces, size, self.config.augmentation))
            batch = mixed(self.config.mixup, pictures, labels, votes)
            if self.teachers and self.config.distill_weight:
                batch += self.teachers.logits(batch[0], (size, shown, step))
            loss = self._gradient(batch)
            if not math.isfinite(loss):
                raise self._diverged(f"the loss became {loss} in epoch {epoch + 1}, step {step + 1}")
            self.optimizer.step()
            self.schedule.step()
            self.average.update_parameters(self.network)
            losses.append(loss)
        return sum(losses) / len(losses)

    def _diverged(self, how: str) -> TrainError:
        good = self.folder / "checkpoint.pt"
        kept = f"the last good checkpoint is {good}" if good.exists() else "nothing was kept yet"
        return TrainError(f"{how}; {kept}; try a lower learning rate")

    def _gradient(self, batch: list[Tensor]) -> float:
        """Leave in each parameter the gradient that the optimiser is to follow; returns the loss that has it."""
        if not self.config.sharpness:
            return self._backward(batch)
        # Half a batch shows the way up, which saves a quarter of the time.
        self._backward([part[: (len(part) + 1) // 2] for part in batch])
        with uphill(self.network.parameters(), self.config.sharpness):
            return self._backward(batch)

    def _backward(self, batch: list[Tensor]) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self._loss(*batch)
        loss.backward()
        return float(loss.detach())

    def _loss(self, pictures: Tensor, labels: Tensor, votes: Tensor, *wanted: Tensor) -> Tensor:
        """The loss of these faces; ``wanted`` is what teachers say of them, head by head."""
        with autocast(self.device):
            logits = [output.float() for output in self.network(pictures)]
        loss = F.cross_entropy(logits[0], labels, label_smoothing=self.config.label_smoothing)
        loss = loss + self.config.ferplus_weight * F.cross_entropy(logits[1], votes)
        if not wanted:
            return loss
        share = self.config.distill_weight
        distance = sum(
            (
                distillation(mine, theirs, self.config.distill_temperature)
                for mine, theirs in zip(logits, wanted, strict=True)
            ),
            start=torch.zeros((), device=self.device),
        )
        return (1 - share) * loss + share * distance

    def _result(self) -> FerResNet:
        """The averaged network with batch-norm statistics of its own.

        Averaged weights see other activations than any of the networks they were averaged from (Izmailov et al. 2018,
        section 3.2); with averaged statistics instead, the accuracy at a high learning rate was 13 points lower.
        """
        network = copy.deepcopy(cast(FerResNet, self.average.module))
        size = self.config.size_at(max(len(self.history) - 1, 0))
        some = self.training[0][: CALIBRATION * self.config.batch].split(self.config.batch)
        torch.manual_seed(self.config.seed)
        with autocast(self.device):
            update_bn((normalise(random_view(faces, size, self.config.augmentation)) for faces in some), network)
        return network.eval()

    @torch.no_grad()
    def _score(self, network: FerResNet, size: int) -> dict[str, float]:
        """Accuracy of ``network`` on the validation faces, for both heads."""
        faces, labels, votes = self.validation
        hits = [0, 0]
        for start in range(0, len(faces), 500):
            part = slice(start, start + 500)
            with autocast(self.device):
                logits = network(normalise(view(faces[part], size)))
            hits[0] += int((logits[0].argmax(1) == labels[part]).sum())
            hits[1] += int((logits[1].argmax(1) == votes[part].argmax(1)).sum())
        return {"fer2013": hits[0] / len(faces), "ferplus": hits[1] / len(faces)}

    def _save(self, result: FerResNet) -> None:
        states = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer", "schedule")}
        states["result"] = result.state_dict()
        write_checkpoint(self.folder / "checkpoint.pt", self.network, states | self._facts())
        draw_curve(self.history, self.folder / "curve.png")

    def _facts(self) -> dict[str, Any]:
        return {"history": self.history, "config": asdict(self.config)}

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.exists():
            return
        state = read_checkpoint(path, self.network, self.config)
        if "optimizer" not in state:
            raise CheckpointError(f"{path} is a finished training's; put done back beside it, or delete the folder")
        with damage_named(path):
            for name in ("network", "average", "optimizer", "schedule"):
                getattr(self, name).load_state_dict(state[name])
        self.history = state["history"]
        log.info("resuming after epoch %d of %d", len(self.history), self.config.epochs)


def normalise(pictures: Tensor) -> Tensor:
    """Pictures in 0..1 to zero mean and unit spread over FER2013."""
    return ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)


def _finite(network: FerResNet) -> bool:
    return all(bool(tensor.isfinite().all()) for tensor in network.state_dict().values())
