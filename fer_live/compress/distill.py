"""Distillation: a network learns what trained ones say about the same pictures (Hinton et al. 2015)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from fer_live.compress.arithmetic import autocast
from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.networks import FerResNet, place

Key = tuple[int, int, int]  # which pictures these are: their side, the view, the batch
Teacher = Callable[[Tensor], tuple[Tensor, ...]]  # pictures to one (n, labels) tensor of logits per head


class Teachers:
    """One or several trained networks whose logits are averaged, head by head.

    ``views`` above 0 promises that the pictures of one key never change, so that each key is worked out once: a wide
    teacher costs several times what a narrow student does.
    """

    def __init__(self, teachers: tuple[Teacher, ...], views: int, device: torch.device) -> None:
        self._teachers = [_ready(teacher, device) for teacher in teachers]
        self._kept: dict[Key, list[Tensor]] | None = {} if views else None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._teachers)

    def logits(self, pictures: Tensor, key: Key) -> list[Tensor]:
        """One (n, labels) float32 tensor per head for normalised ``pictures`` (n, 1, h, w); no gradient."""
        if self._kept is not None and key in self._kept:
            return self._kept[key]
        with torch.no_grad(), autocast(pictures.device):
            said = [teacher(pictures) for teacher in self._teachers]
        mean = [torch.stack([logits.float() for logits in head]).mean(0) for head in zip(*said, strict=True)]
        if self._kept is not None:
            self._kept[key] = mean
        return mean


def _ready(teacher: Teacher, device: torch.device) -> Teacher:
    if not isinstance(teacher, FerResNet):
        return teacher
    return place(fold_batch_norm(teacher), device)  # folded: a sixth faster


def distillation(mine: Tensor, theirs: Tensor, temperature: float) -> Tensor:
    """Kullback-Leibler divergence of softened outputs, scaled by T^2 (Hinton et al. 2015, section 2)."""
    student = F.log_softmax(mine / temperature, 1)
    wanted = F.log_softmax(theirs / temperature, 1)
    return F.kl_div(student, wanted, reduction="batchmean", log_target=True) * temperature**2
