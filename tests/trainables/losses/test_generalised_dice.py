import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.losses import GeneralizedDiceLoss
from torch import Tensor

from s4mcl_trainables.losses.generalised_dice import generalised_dice_loss, generalised_dice_per_sample
from s4mcl_trainables.transforms import NAMES, TransformSet

sides = st.integers(1, 8)
modes = st.sampled_from(["scaled", "monai"])


@st.composite
def soft_and_true(draw: st.DrawFn, structures: int = 1) -> tuple[Tensor, Tensor]:
    """p [B,M,H,W] float64 in [0,1] and r of 0 and 1; empty and full masks come up often."""
    shape = (draw(st.integers(1, 4)), structures, side := draw(sides), side)
    p = draw(hnp.arrays(np.float64, shape, elements=st.floats(0, 1, width=32)))
    owner = draw(hnp.arrays(np.uint8, (shape[0], 1, side, side), elements=st.integers(0, structures)))
    r = np.concatenate([owner == structure + 1 for structure in range(structures)], 1)
    return torch.from_numpy(p) / structures, torch.from_numpy(r)


def disc(volume: int, size: int = 128) -> Tensor:
    """[1,1,size,size] with its first `volume` pixels on."""
    return (torch.arange(size * size) < volume).view(1, 1, size, size)


MONAI = GeneralizedDiceLoss(w_type="square")


def two_channels(x: Tensor) -> Tensor:
    background = (1 - x.to(torch.float64).sum(1, keepdim=True)).clamp_min(0)
    return torch.cat([background, x.to(torch.float64)], 1)


@given(st.one_of(soft_and_true(), soft_and_true(structures=2)))
def test_equals_monai(pair: tuple[Tensor, Tensor]) -> None:
    p, r = pair
    expected = MONAI(two_channels(p), two_channels(r))
    assert generalised_dice_loss(p, r, "monai").item() == pytest.approx(expected.item(), abs=1e-6)
    assert generalised_dice_loss(p.float(), r, "monai").item() == pytest.approx(expected.item(), abs=2e-6)


@given(st.integers(0, 2**31), st.sampled_from([0, 1, 64, 1024, 3969, 16384]))
def test_equals_monai_with_its_gradient_at_full_size(seed: int, volume: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(1, 1, 128, 128, dtype=torch.float64, generator=generator).requires_grad_()
    ours, theirs = (
        generalised_dice_loss(p, disc(volume), "monai"),
        MONAI(two_channels(p), two_channels(disc(volume))),
    )
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-6)
    (a,), (b,) = torch.autograd.grad(ours, p), torch.autograd.grad(theirs, p)
    assert torch.allclose(a, b, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize(
    ("volume", "monai", "exact"),
    [
        (64, 0.9922, 0.9922),
        (1024, 0.8818, 0.8828),
        (3969, 0.6260, 0.6329),
        (16384, 0.4621, 0.5000),
        (0, 0.4621, 0.5000),
    ],
)
def test_epsilon_at_one_half_everywhere(volume: int, monai: float, exact: float) -> None:
    p = torch.full((1, 1, 128, 128), 0.5)
    assert generalised_dice_loss(p, disc(volume), "monai").item() == pytest.approx(monai, abs=5e-5)
    assert generalised_dice_loss(p, disc(volume), "scaled").item() == pytest.approx(exact, abs=5e-5)


def test_epsilon_forgives_a_completely_wrong_mask_in_monais_mode_alone() -> None:
    p = torch.zeros(1, 1, 128, 128)
    assert generalised_dice_loss(p, disc(16384), "monai").item() == pytest.approx(0.924, abs=5e-4)
    assert generalised_dice_loss(p, disc(16384), "scaled").item() == pytest.approx(1, abs=1e-6)


@given(soft_and_true(), modes)
def test_lies_between_0_and_1_and_is_0_for_the_truth(pair: tuple[Tensor, Tensor], mode: str) -> None:
    p, r = pair
    losses = generalised_dice_per_sample(p.float(), r, mode)
    assert losses.shape == (len(p),)
    assert ((losses >= -1e-6) & (losses <= 1 + 1e-6)).all()
    assert generalised_dice_per_sample(r.float(), r, mode).abs().max() <= 1e-6


def test_the_weights_matter() -> None:
    """Summing before dividing keeps the weights; the other order cancels them and gives plain Dice."""
    r = disc(4, size=8)
    p = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    q, t = two_channels(p).flatten(2), two_channels(r).flatten(2)
    overlap, total, volume = (q * t).sum(2), (q + t).sum(2), t.sum(2)
    pooled = 1 - 2 * overlap.sum() / total.sum()
    weighted = 1 - 2 * (overlap / volume**2).sum() / (total / volume**2).sum()
    assert abs(pooled - weighted) > 0.1
    assert generalised_dice_loss(p, r).item() == pytest.approx(weighted.item(), abs=1e-5)


@given(st.integers(0, 2**31))
def test_equal_volumes_cancel_the_weights(seed: int) -> None:
    p = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    q, t = two_channels(p), two_channels(disc(32, size=8))
    pooled = 1 - 2 * (q * t).sum() / (q + t).sum()
    assert generalised_dice_loss(p, disc(32, size=8)).item() == pytest.approx(pooled.item(), abs=1e-6)


@pytest.mark.parametrize("mode", ["scaled", "monai"])
@pytest.mark.parametrize("volume", [0, 1, 16383, 16384])
@pytest.mark.parametrize("level", [0.0, 1e-6, 0.5, 1.0])
def test_extreme_masks_have_a_finite_loss_and_a_gradient(mode: str, volume: int, level: float) -> None:
    p = torch.full((1, 1, 128, 128), level, requires_grad=True)
    loss = generalised_dice_loss(p, disc(volume), mode)
    loss.backward()
    assert p.grad is not None
    assert loss.isfinite()
    assert p.grad.isfinite().all()
    assert p.grad.abs().sum() > 0


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("volume", [0, 9, 4000, 16384])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, volume: int) -> None:
    p = torch.rand(2, 1, 128, 128, generator=torch.Generator().manual_seed(0)).to(dtype).requires_grad_()
    r = disc(volume).expand(2, -1, -1, -1)
    with torch.autocast("cpu", torch.bfloat16):
        loss = generalised_dice_loss(p, r.to(dtype))
    loss.backward()
    assert p.grad is not None
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(generalised_dice_loss(p.double(), r).item(), abs=1e-5)
    assert p.grad.isfinite().all()


@given(soft_and_true(), modes)
def test_batch_mates_do_not_matter(pair: tuple[Tensor, Tensor], mode: str) -> None:
    p, r = pair
    alone = torch.cat([generalised_dice_per_sample(p[i : i + 1], r[i : i + 1], mode) for i in range(len(p))])
    assert torch.allclose(generalised_dice_per_sample(p, r, mode), alone, atol=1e-12)
    assert generalised_dice_loss(p, r, mode).item() == pytest.approx(alone.mean().item(), abs=1e-12)


@given(soft_and_true(), modes, st.data())
def test_mending_a_wrong_pixel_lowers_the_loss(pair: tuple[Tensor, Tensor], mode: str, data: st.DataObject) -> None:
    wrong, r = pair[0] > 0.5, pair[1]
    places = (wrong != r).nonzero().tolist()
    if not places:
        return
    place = tuple(data.draw(st.sampled_from(places)))
    mended = wrong.clone()
    mended[place] = r[place]
    before, after = (generalised_dice_loss(mask.double(), r, mode) for mask in (wrong, mended))
    assert after < before


@given(soft_and_true(), st.integers(0, 7))
def test_does_not_depend_on_the_position(pair: tuple[Tensor, Tensor], element: int) -> None:
    p, r = pair
    tau = torch.full((len(p),), element)
    every = TransformSet(NAMES)
    turned = generalised_dice_per_sample(every.apply(p, tau), every.apply(r, tau))
    assert torch.allclose(turned, generalised_dice_per_sample(p, r), atol=1e-12)


@given(soft_and_true(structures=3))
def test_several_structures_share_one_background(pair: tuple[Tensor, Tensor]) -> None:
    p, r = pair
    p = p.clone().requires_grad_()
    losses = generalised_dice_per_sample(p, r)
    losses.sum().backward()
    assert p.grad is not None
    assert losses.shape == (len(p),)
    assert p.grad.isfinite().all()


def test_target_gets_no_gradient() -> None:
    p = torch.full((1, 1, 4, 4), 0.3, requires_grad=True)
    r = torch.zeros(1, 1, 4, 4, requires_grad=True)
    generalised_dice_loss(p, r).backward()
    assert r.grad is None


def test_misuse_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[1, 1, 4, 4\] and \[4, 4\]"):
        generalised_dice_loss(torch.zeros(1, 1, 4, 4), torch.zeros(4, 4))
    with pytest.raises(ValueError, match="eps_mode must be"):
        generalised_dice_loss(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 4, 4), "none")  # type: ignore[arg-type]  # wrong on purpose
