import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from s4mcl_trainables.networks.layers import Convolution, Doubling, Dropout, InstanceNorm, initialise
from s4mcl_trainables.seeds import generator


def dropout(probability: float, seed: int = 0) -> Dropout:
    return Dropout(probability, generator(seed, "masks"))


@given(st.floats(0.01, 0.95), st.integers(0, 1000))
def test_dropout_drops_its_share_and_keeps_the_mean(probability: float, seed: int) -> None:
    x = torch.ones(4, 8, 16, 16)
    y = dropout(probability, seed)(x)
    rounded = round(probability * 256) / 256
    spread = 5 * math.sqrt(rounded * (1 - rounded) / x.numel())
    assert (y == 0).float().mean().item() == pytest.approx(rounded, abs=spread)
    kept = y[y > 0]
    assert torch.allclose(kept, torch.full_like(kept, 1 / (1 - rounded)))


def test_elements_are_dropped_independently() -> None:
    drop = dropout(0.5)
    masks = torch.stack([drop(torch.ones(1, 4, 8, 8)).flatten() for _ in range(400)]) - 1  # +-1
    correlations = (masks.T @ masks) / len(masks)
    off = correlations - torch.diag(correlations.diagonal())
    assert off.abs().max() < 6 / math.sqrt(len(masks))
    assert masks.mean(0).abs().max() < 6 / math.sqrt(len(masks))


def test_dropout_draws_from_its_generator() -> None:
    x = torch.ones(2, 3, 5, 7)  # a count that is no multiple of eight
    one, two = dropout(0.4), dropout(0.4)
    first = [one(x), one(x)]
    assert not torch.equal(*first)
    assert torch.equal(two(x), first[0])
    state = two.generator.get_state()
    assert torch.equal(two(x), first[1])
    two.generator.set_state(state)
    assert torch.equal(two(x), first[1])


def test_gradient_of_dropout_is_its_mask() -> None:
    x = torch.randn(2, 4, 8, 8, requires_grad=True)
    drop = dropout(0.25)
    y = drop(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.allclose(x.grad * x, y)
    assert x.grad.unique().tolist() == pytest.approx([0.0, 4 / 3])


def test_dropout_is_the_identity_in_evaluation_and_at_0() -> None:
    x = torch.randn(2, 4, 8, 8)
    drop = dropout(0.25).eval()
    state = drop.generator.get_state()
    assert drop(x) is x
    assert torch.equal(drop.generator.get_state(), state)
    assert dropout(0.0)(x) is x


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_dropout_keeps_type_and_memory_layout(layout: torch.memory_format) -> None:
    x = torch.randn(2, 4, 8, 6).to(torch.bfloat16).contiguous(memory_format=layout)
    y = dropout(0.25)(x)
    assert y.dtype == torch.bfloat16
    assert y.stride() == x.stride()
    assert ((y == 0) | torch.isclose(y, x * (4 / 3), rtol=0.02)).all()


@pytest.mark.parametrize("probability", [-0.1, 1.0, 0.999, math.nan])
def test_impossible_dropout_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="dropout"):
        dropout(probability)


def test_a_convolution_follows_its_input() -> None:
    layer, x = Convolution(3, 5, 3, padding=1), torch.randn(2, 3, 8, 8)
    assert torch.equal(layer(x), nn.functional.conv2d(x, layer.weight, layer.bias, padding=1))
    rounded = layer(x.bfloat16())
    assert rounded.dtype == torch.bfloat16
    rounded.float().sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.dtype == torch.float32
    assert Convolution(1, 2, 1, bias=False)(torch.ones(1, 1, 2, 2).bfloat16()).dtype == torch.bfloat16


@pytest.mark.parametrize("size", [1, 2, 3, 4, 8])
def test_bfloat16_weight_gradients_are_close(size: int) -> None:
    found = []
    for kind in (torch.float32, torch.bfloat16):
        layer = Convolution(8, 16, 3, stride=2, padding=1)
        initialise(layer, generator(0, "weights"))
        x = torch.randn(4, 8, size, size, generator=generator(0, "x")).to(kind)
        garbage = [torch.full((count,), 1e30) for count in (100, 1000, 1152, 5000)]  # freed, so that it is found again
        del garbage
        layer(x).float().square().sum().backward()
        assert layer.weight.grad is not None
        found.append(layer.weight.grad)
    assert torch.allclose(*found, atol=0.05 * found[0].abs().max().item())


def test_instance_norm() -> None:
    x = 5 + 3 * torch.randn(2, 4, 16, 16)
    y = InstanceNorm()(x)
    assert torch.allclose(y.mean((2, 3)), torch.zeros(2, 4), atol=1e-5)
    assert torch.allclose(y.std((2, 3), unbiased=False), torch.ones(2, 4), atol=1e-3)
    assert torch.allclose(y, nn.functional.instance_norm(x), atol=1e-5)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_doubling_is_bilinear_interpolation(size: int) -> None:
    found = []
    for doubled in (Doubling(), lambda x: nn.functional.interpolate(x, None, 2, "bilinear", align_corners=True)):
        x = torch.randn(2, 3, size, size, generator=generator(0, "x")).requires_grad_()
        y = doubled(x)
        y.square().sum().backward()
        found.append((y, x.grad))
    (y, gradient), (expected, expected_gradient) = found
    assert y.shape == (2, 3, 2 * size, 2 * size)
    assert torch.allclose(y, expected, atol=1e-5)
    assert torch.allclose(gradient, expected_gradient, atol=1e-4)
    assert Doubling()(x.bfloat16()).dtype == torch.bfloat16


def test_initialisation_is_torchs_own() -> None:
    """Uniform in +-1/sqrt(fan_in), as `nn.Conv2d` and `nn.Linear` draw weights and biases."""
    for layer, fan in ((nn.Conv2d(8, 200, 3), 72), (nn.Linear(100, 300), 100)):
        initialise(layer, generator(0, "weights"))
        bound = fan**-0.5
        for values in (layer.weight.flatten(), layer.bias):
            assert values.abs().max() <= bound
            assert values.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.15)
