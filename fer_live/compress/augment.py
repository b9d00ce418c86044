"""Random views of whole batches at once; a Python loop per face would starve the cores."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from fer_live.dataset import FACE_SIDE

CENTRE = 44  # pixels of a FER2013 face that the network sees: its central part


@dataclass(frozen=True)
class Augmentation:
    """Strength of each random change; 0 switches one off. Shift is in pixels of the 48x48 face, rotation in degrees."""

    rotation: float = 12.0
    scale_low: float = 0.9
    scale_high: float = 1.15
    shift: float = 4.0
    brightness: float = 0.15
    contrast: float = 0.3
    erase: float = 0.5
    erase_side: float = 0.35


def view(faces: Tensor, size: int) -> Tensor:
    """The plain view: the central 44 pixels of (n, 48, 48) uint8 faces as (n, 1, size, size) float in 0..1."""
    theta = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], device=faces.device).repeat(len(faces), 1, 1)
    return _sample(faces, theta, size)


def random_view(faces: Tensor, size: int, how: Augmentation) -> Tensor:
    """A random view of each of (n, 48, 48) uint8 faces as (n, 1, size, size) float, about 0..1."""
    n, device = len(faces), faces.device
    angle = _uniform(n, device, -1, 1) * math.radians(how.rotation)
    scale = _uniform(n, device, how.scale_low, how.scale_high)
    flip = torch.where(torch.rand(n, device=device) < 0.5, -1.0, 1.0)
    shift = torch.stack([_uniform(n, device, -1, 1), _uniform(n, device, -1, 1)], 1) * (2 * how.shift / FACE_SIDE)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    theta = torch.stack([torch.stack([cos * flip, -sin], 1), torch.stack([sin * flip, cos], 1)], 1)
    batch = _sample(faces, torch.cat([theta, shift[:, :, None]], 2), size)
    gain = 1 + _uniform(n, device, -1, 1) * how.contrast
    offset = _uniform(n, device, -1, 1) * how.brightness
    middle = batch.mean((1, 2, 3), keepdim=True)
    batch = (batch - middle) * gain[:, None, None, None] + middle + offset[:, None, None, None]
    return _erase(batch, how)


def mixed(alpha: float, pictures: Tensor, *targets: Tensor) -> list[Tensor]:
    """Mixup (Zhang et al. 2018): each picture blended with another of the batch, its targets (n, labels) alike.

    The share comes from Beta(``alpha``, ``alpha``), drawn for each picture; 0 mixes nothing.
    """
    if alpha == 0:
        return [pictures, *targets]
    n, device = len(pictures), pictures.device
    share = torch.distributions.Beta(alpha, alpha).sample(torch.Size([n])).to(device)
    other = torch.randperm(n, device=device)
    return [_blend(share, part, part[other]) for part in (pictures, *targets)]


def _blend(share: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return torch.lerp(other, one, share.view(-1, *[1] * (one.dim() - 1)))


def _sample(faces: Tensor, theta: Tensor, size: int) -> Tensor:
    """Bilinear samples; ``theta`` (n, 2, 3) is relative to the central part, its shift to the whole face."""
    scaled = torch.cat([theta[:, :, :2] * (CENTRE / FACE_SIDE), theta[:, :, 2:]], 2)
    grid = F.affine_grid(scaled, [len(faces), 1, size, size], align_corners=False)
    return F.grid_sample(faces[:, None].float() / 255, grid, padding_mode="border", align_corners=False)


def _erase(batch: Tensor, how: Augmentation) -> Tensor:
    """Random erasing (Zhong et al. 2020): one rectangle of noise in some of the pictures."""
    n, _, height, width = batch.shape
    device = batch.device
    centre_y, centre_x = torch.rand(n, 1, 1, device=device) * height, torch.rand(n, 1, 1, device=device) * width
    half_y = torch.rand(n, 1, 1, device=device) * how.erase_side * height / 2
    half_x = torch.rand(n, 1, 1, device=device) * how.erase_side * width / 2
    rows = torch.arange(height, device=device)[None, :, None]
    columns = torch.arange(width, device=device)[None, None, :]
    inside = ((rows - centre_y).abs() < half_y) & ((columns - centre_x).abs() < half_x)
    inside &= torch.rand(n, 1, 1, device=device) < how.erase
    return torch.where(inside[:, None], torch.rand_like(batch), batch)


def _uniform(n: int, device: torch.device, low: float, high: float) -> Tensor:
    return torch.rand(n, device=device) * (high - low) + low
