import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.networks.discriminator import Discriminator
from s4mcl_trainables.networks.generator import Generator
from s4mcl_trainables.networks.layout import layout_named
from s4mcl_trainables.seeds import generator


def make_generator(
    width: int = 4, depth: int = 2, dropout: float = 0.0, precision: torch.dtype = torch.float32
) -> Generator:
    return Generator(
        width, depth, dropout, precision=precision, weights=generator(0, "weights"), masks=generator(0, "masks")
    )


def make_discriminator(
    inputs: int = 2, width: int = 4, outputs: int = 9, precision: torch.dtype = torch.float32
) -> Discriminator:
    return Discriminator(
        inputs, width, outputs, 0.0, precision=precision, weights=generator(0, "weights"), masks=generator(0, "masks")
    )


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("width", "count"), [(16, 1_962_337), (32, 7_846_081)])
def test_parameters_of_s(width: int, count: int) -> None:
    assert parameters(make_generator(width, 4)) == count


@pytest.mark.parametrize(("width", "count"), [(16, 394_777), (32, 1_572_905)])
def test_parameters_of_c(width: int, count: int) -> None:
    outputs = layout_named("heads", classes=2, surrogates=6).outputs
    assert outputs == 9
    assert parameters(make_discriminator(width=width, outputs=outputs)) == count


@given(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2]), st.sampled_from([1, 3]))
def test_masks_have_the_size_of_the_images(depth: int, times: int, batch: int) -> None:
    size = 2 ** (depth + 1) * times
    masks = make_generator(2, depth)(torch.randn(batch, 1, size, size))
    assert masks.shape == (batch, 1, size, size)
    assert masks.dtype == torch.float32
    assert masks.is_contiguous()
    assert masks.min() > 0
    assert masks.max() < 1


def test_an_image_is_segmented_alike_in_any_batch() -> None:
    """Nothing is normalised over a batch, so no stream leaks into another."""
    s, c, images = make_generator(), make_discriminator(inputs=1), torch.randn(5, 1, 16, 16)
    for network in (s, c):
        together = network(images)
        alone = torch.cat([network(image[None]) for image in images])
        assert torch.allclose(together, alone, atol=1e-5)
    assert not any("running" in name for name, _ in s.named_buffers())


@pytest.mark.parametrize("size", [8, 16, 32, 48])
def test_c_takes_every_size(size: int) -> None:
    raw = make_discriminator()(torch.randn(3, 2, size, size))
    assert raw.shape == (3, 9)
    assert raw.isfinite().all()


def test_a_constant_image_gives_finite_numbers_and_gradients() -> None:
    s, c = make_generator(), make_discriminator()
    images = torch.zeros(2, 1, 16, 16)
    c(torch.cat([images, s(images)], 1)).square().sum().backward()
    for network in (s, c):
        assert all(each.grad is not None and each.grad.isfinite().all() for each in network.parameters())


def test_bfloat16_is_close_to_float32() -> None:
    images = torch.randn(4, 1, 16, 16)
    exact, rounded = make_generator(), make_generator(precision=torch.bfloat16)
    masks = rounded(images)
    assert masks.dtype == torch.float32
    assert not torch.equal(masks, exact(images))
    assert torch.allclose(masks, exact(images), atol=0.03)
    masks.sum().backward()
    assert all(each.grad is not None and each.grad.dtype == torch.float32 for each in rounded.parameters())
    pairs = torch.cat([images, images], 1)
    raw = make_discriminator(precision=torch.bfloat16)(pairs)
    assert raw.dtype == torch.float32
    assert torch.allclose(raw, make_discriminator()(pairs), atol=0.05)


def test_weights_come_from_the_stream_alone() -> None:
    torch.manual_seed(1)
    one = make_generator().state_dict()
    torch.manual_seed(2)
    two = make_generator()
    assert all(torch.equal(value, one[key]) for key, value in two.state_dict().items())
    bounds = {name: each[0].numel() ** -0.5 for name, each in one.items() if name.endswith("weight")}
    for name, bound in bounds.items():
        assert one[name].abs().max() <= bound
        assert one[name.replace("weight", "bias")].abs().max() <= bound


def test_training_leaves_torchs_own_stream_alone() -> None:
    network = make_generator(dropout=0.5)
    before = torch.random.get_rng_state()
    network(torch.zeros(2, 1, 8, 8)).sum().backward()
    assert torch.equal(torch.random.get_rng_state(), before)
