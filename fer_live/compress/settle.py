"""Batch-norm statistics of the pictures that a network is shown in use, in place of those that it was trained on.

Training shows turned, cut and half-covered faces, whose activations are spread otherwise than those of whole ones.
"""

import copy
from typing import Final

from torch import Tensor
from torch.optim.swa_utils import update_bn

from fer_live.compress.networks import FerResNet

BATCH: Final = 250  # pictures; small batches would tell of themselves instead of all


def settled(network: FerResNet, pictures: Tensor) -> FerResNet:
    """A copy in eval mode whose batch-norm statistics are those of ``pictures`` (n, 1, h, w), normalised, on the CPU.

    The weights are the same. A network without batch norm (``fold_batch_norm``) has none to change.
    """
    shown = copy.deepcopy(network).cpu()
    update_bn(pictures.split(BATCH), shown)
    return shown.eval()
