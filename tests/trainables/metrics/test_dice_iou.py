from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_dice, compute_iou
from torch import Tensor
from torchmetrics.functional.segmentation import dice_score, mean_iou

from s4mcl_trainables.metrics.dice import dice
from s4mcl_trainables.metrics.iou import iou
from s4mcl_trainables.transforms import NAMES, TransformSet


@st.composite
def mask_pairs(draw: st.DrawFn, structures: int = 1) -> tuple[Tensor, Tensor]:
    """Two masks [B,M,H,W] of bool, now and then both or one of them empty."""
    shape = (draw(st.integers(1, 4)), structures, side := draw(st.integers(1, 8)), side)
    p, g = (torch.from_numpy(draw(hnp.arrays(np.bool_, shape))) for _ in range(2))
    return p * draw(st.booleans()), g * draw(st.booleans())


def two_channels(mask: Tensor) -> Tensor:
    return torch.cat([~mask, mask], 1).long()


@given(st.one_of(mask_pairs(), mask_pairs(structures=3)))
def test_equals_monai_on_every_pair(pair: tuple[Tensor, Tensor]) -> None:
    p, g = pair
    assert torch.allclose(
        dice(p, g), compute_dice(p.float(), g.float(), ignore_empty=False).double().mean(1), atol=1e-6
    )
    assert torch.allclose(iou(p, g), compute_iou(p.float(), g.float(), ignore_empty=False).double().mean(1), atol=1e-6)


@given(mask_pairs())
def test_equals_torchmetrics_where_a_mask_is_not_empty(pair: tuple[Tensor, Tensor]) -> None:
    used = (pair[0] | pair[1]).flatten(1).any(1)
    p, g = pair[0][used], pair[1][used]
    if len(p) == 0:
        return
    # Whole numbers: torchmetrics takes the argmax over channels of any floating prediction.
    whole = (two_channels(p), two_channels(g))
    theirs = dice_score(*whole, num_classes=2, include_background=False, average="none")
    assert torch.allclose(dice(p, g), theirs[:, 0].double(), atol=1e-6)
    theirs = mean_iou(*whole, num_classes=2, include_background=False, per_class=True)
    assert torch.allclose(iou(p, g), theirs[:, 0].double(), atol=1e-6)


@given(mask_pairs())
def test_symmetric_bounded_and_tied_together(pair: tuple[Tensor, Tensor]) -> None:
    p, g = pair
    d, j = dice(p, g), iou(p, g)
    assert torch.equal(d, dice(g, p))
    assert torch.equal(j, iou(g, p))
    for value in (d, j):
        assert value.shape == (len(p),)
        assert ((value >= 0) & (value <= 1)).all()
    assert torch.allclose(j, d / (2 - d), atol=1e-15)


@given(mask_pairs(structures=2), st.sampled_from(range(8)))
def test_flips_and_rotations_of_both_change_nothing(pair: tuple[Tensor, Tensor], element: int) -> None:
    p, g = pair
    every, tau = TransformSet(NAMES), torch.full((len(p),), element)
    for metric in (dice, iou):
        assert torch.equal(metric(every.apply(p, tau), every.apply(g, tau)), metric(p, g))


def test_contract_of_empty_masks() -> None:
    empty = torch.zeros(1, 1, 8, 8, dtype=torch.uint8)
    square = empty.clone()
    square[..., 2:4, 2:4] = 1
    for metric in (dice, iou):
        assert metric(empty, empty).item() == 1
        assert metric(square, empty).item() == 0
        assert metric(empty, square).item() == 0
        assert metric(square, square).item() == 1


def test_counts_by_hand() -> None:
    p, g = torch.zeros(1, 1, 4, 4, dtype=torch.bool), torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    p[..., :2, :], g[..., 1:3, :] = True, True  # 8 pixels each, 4 shared
    assert dice(p, g).item() == pytest.approx(0.5)
    assert iou(p, g).item() == pytest.approx(1 / 3)


def test_masks_of_0_and_255_and_of_bool_are_the_same() -> None:
    p = torch.rand(3, 1, 6, 6, generator=torch.Generator().manual_seed(0)) > 0.5
    g = torch.rand(3, 1, 6, 6, generator=torch.Generator().manual_seed(1)) > 0.5
    assert torch.equal(dice(p.to(torch.uint8) * 255, g), dice(p, g))


@pytest.mark.parametrize("metric", [dice, iou])
def test_soft_or_unlike_masks_are_refused(metric: Callable[[Tensor, Tensor], Tensor]) -> None:
    hard = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="float32"):
        metric(torch.full((2, 1, 4, 4), 0.4), hard)
    with pytest.raises(ValueError, match="expected two"):
        metric(hard, hard[:1])
