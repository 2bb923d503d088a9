import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance
from torch import Tensor

from s4mcl_trainables.metrics.surface_distance import AT_ONCE, assd, hd95, one_empty, surface_distances
from s4mcl_trainables.transforms import NAMES, TransformSet

PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(3, 12), st.sampled_from([0.1, 0.5, 0.9])).flatmap(
    lambda given: st.tuples(
        *[
            hnp.arrays(np.float64, (given[0], given[1], given[2], given[2]), elements=st.floats(0, 1)).map(
                lambda values, share=given[3]: torch.from_numpy(values < share)
            )
        ]
        * 2
    )
)


def random_pairs(count: int, size: int) -> tuple[Tensor, Tensor]:
    """Smooth blobs and noise, no mask empty."""
    stream = torch.Generator().manual_seed(0)
    noise = torch.rand(2, count, 1, size, size, generator=stream)
    blobs = torch.nn.functional.avg_pool2d(noise.flatten(0, 1), 5, 1, 2).view_as(noise)
    soft = torch.where(torch.arange(count).view(1, -1, 1, 1, 1) % 2 == 0, noise, blobs)
    masks = soft > 0.55
    masks[..., 3, 5] = True
    return masks[0], masks[1]


def test_equal_to_monai_where_no_mask_is_empty() -> None:
    p, g = random_pairs(200, 24)
    far, mean = surface_distances(p, g)
    theirs = compute_hausdorff_distance(p.float(), g.float(), include_background=True, percentile=95)
    assert torch.allclose(far, theirs[:, 0].double(), atol=1e-5)
    theirs = compute_average_surface_distance(p.float(), g.float(), include_background=True, symmetric=True)
    assert torch.allclose(mean, theirs[:, 0].double(), atol=1e-5)
    assert far.dtype == mean.dtype == torch.float64
    assert not torch.equal(far, mean)


@given(PAIRS)
def test_contract_and_monai_on_every_pair(pair: tuple[Tensor, Tensor]) -> None:
    p, g = pair
    far, mean = surface_distances(p, g)
    assert torch.equal(far, hd95(p, g))
    assert torch.equal(mean, assd(p, g))
    assert far.isfinite().all()
    assert mean.isfinite().all()
    for one, other in zip(surface_distances(g, p), (far, mean), strict=True):
        assert torch.allclose(one, other, atol=1e-12)
    assert not any(value.any() for value in surface_distances(p, p))
    with warnings.catch_warnings():  # MONAI warns of empty masks
        warnings.simplefilter("ignore")
        theirs = compute_hausdorff_distance(p.float(), g.float(), include_background=True, percentile=95).double()
    used = p.flatten(2).any(2), g.flatten(2).any(2)
    expected = torch.where(used[0] & used[1], theirs, 0.0)
    expected[used[0] != used[1]] = math.hypot(*p.shape[2:])
    assert torch.allclose(far, expected.mean(1), atol=1e-5)
    assert one_empty(p, g) == (used[0] != used[1]).sum()


def test_images_that_are_measured_together_do_not_meet() -> None:
    p, g = random_pairs(AT_ONCE + 9, 16)
    alone = [surface_distances(p[row : row + 1], g[row : row + 1]) for row in range(len(p))]
    for one, other in zip(surface_distances(p, g), zip(*alone, strict=True), strict=True):
        assert torch.equal(one, torch.cat(other))


@pytest.mark.parametrize("element", range(8))
def test_flips_and_rotations_of_both_change_nothing(element: int) -> None:
    p, g = random_pairs(6, 15)
    every, tau = TransformSet(NAMES), torch.full((6,), element)
    turned = surface_distances(every.apply(p, tau), every.apply(g, tau))
    for one, other in zip(turned, surface_distances(p, g), strict=True):
        assert torch.allclose(one, other, atol=1e-12)


def test_empty_masks() -> None:
    empty = torch.zeros(1, 1, 6, 8, dtype=torch.uint8)
    square = empty.clone()
    square[..., 2:4, 2:4] = 1
    for metric in (hd95, assd):
        assert metric(empty, empty).item() == 0
        assert metric(square, empty).item() == metric(empty, square).item() == 10
        assert metric(square, square).item() == 0
    assert one_empty(torch.cat([empty, square, square]), torch.cat([empty, empty, square])) == 1


def test_two_pixels_by_hand() -> None:
    p, g = torch.zeros(2, 1, 1, 8, 8, dtype=torch.bool).unbind(0)
    p[0, 0, 1, 1], g[0, 0, 4, 5] = True, True
    assert hd95(p, g).item() == assd(p, g).item() == 5


def test_pixels_at_the_border_of_the_image_belong_to_the_outline() -> None:
    full, inner = torch.ones(1, 1, 9, 9, dtype=torch.bool), torch.zeros(1, 1, 9, 9, dtype=torch.bool)
    inner[..., 1:-1, 1:-1] = True
    assert hd95(full, inner).item() == pytest.approx(math.sqrt(2))  # 4 of 32 pixels are that far
    assert assd(full, inner).item() == pytest.approx((28 * 1 + 4 * math.sqrt(2) + 24) / 56)


def test_soft_or_unlike_masks_are_refused() -> None:
    hard = torch.zeros(2, 1, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match="float32"):
        surface_distances(torch.full((2, 1, 4, 4), 0.4), hard)
    with pytest.raises(ValueError, match="expected two"):
        surface_distances(hard, hard[:1])
