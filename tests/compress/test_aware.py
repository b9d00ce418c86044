"""A network that rounds as its INT8 form will: near it, still trainable, and left behind as a plain one."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer_live.compress.aware import Rounding, aware
from fer_live.compress.export import export_onnx
from fer_live.compress.fold import fold_batch_norm
from fer_live.compress.networks import FerResNet, Widths, measured_widths
from fer_live.compress.quantize import QuantizeConfig, quantize
from fer_live.compress.steps import HEADS
from fer_live.onnx_session import open_session

SMALL = Widths((16, 16, 16, 16), ((16, 16),) * 4)


@pytest.fixture
def network() -> FerResNet:
    torch.manual_seed(3)
    made = FerResNet(SMALL, HEADS)
    with torch.no_grad():
        for _ in range(20):
            made.train()(torch.randn(32, 1, 24, 24) * 2)
    return made.eval()


def test_rounding_keeps_256_levels_zero_and_the_gradient() -> None:
    x = torch.linspace(-1, 3, 5000, requires_grad=True)
    rounded = Rounding()(x)
    assert len(rounded.unique()) == 256
    assert (rounded == 0).any()
    assert (rounded - x).abs().max() <= 4 / 255 / 2 + 1e-3
    rounded.sum().backward()
    assert x.grad is not None
    assert (x.grad == 1).float().mean() > 0.99
    assert torch.equal(Rounding()(torch.zeros(3)), torch.zeros(3))


@pytest.mark.parametrize("bits", [7, 8])
def test_it_says_what_the_int8_file_says(network: FerResNet, bits: int, tmp_path: Path) -> None:
    faces = torch.randn(64, 1, 24, 24) * 2
    export_onnx(network, tmp_path / "float.onnx", 24)
    config = QuantizeConfig(faces=64, reduce_range=bits == 7, equalise=0.0)
    quantize(tmp_path / "float.onnx", tmp_path / "int8.onnx", faces.numpy(), config)
    session = open_session((tmp_path / "int8.onnx").read_bytes())  # 8-bit weights saturate otherwise, without VNNI
    integer = session.run(["fer2013"], {"input": faces.numpy()})[0]
    with torch.no_grad():
        plain, rounding = network(faces)[0].numpy(), aware(network, bits)(faces)[0].numpy()
    off = np.abs(plain - integer).mean()
    assert 0.8 < np.abs(plain - rounding).mean() / off < 1.25
    # Errors of the same size that had nothing to do with each other would be 1.4 times as far apart; these differ by
    # their ranges alone, which the file has from the network in float.
    assert np.abs(rounding - integer).mean() < 1.2 * off


def test_its_weights_go_on_as_a_plain_network(network: FerResNet) -> None:
    rounding = aware(network, 7)
    assert measured_widths(rounding) == SMALL
    sum(output.sum() for output in rounding(torch.randn(8, 1, 24, 24))).backward()  # type: ignore[union-attr]
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in rounding.parameters())
    plain = fold_batch_norm(FerResNet(SMALL, HEADS))
    plain.load_state_dict(rounding.state_dict())
    faces = torch.randn(4, 1, 24, 24)
    assert torch.allclose(plain(faces)[0], network(faces)[0], atol=1e-4)
    assert not torch.allclose(rounding(faces)[0], network(faces)[0], atol=1e-4)
