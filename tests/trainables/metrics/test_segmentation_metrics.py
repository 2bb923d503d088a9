import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_dice
from torch import Tensor

from s4mcl_trainables.metrics import segmentation_metrics
from s4mcl_trainables.metrics.dice import dice


def rows(*volumes: int) -> Tensor:
    """[B,1,4,4] with the first pixels of each image on."""
    return torch.stack([(torch.arange(16) < volume).view(1, 4, 4) for volume in volumes])


def test_each_way_of_averaging_by_hand() -> None:
    found = segmentation_metrics(rows(0, 4, 2, 8), rows(0, 0, 6, 8))
    assert found["dice"] == pytest.approx((1 + 0 + 0.5 + 1) / 4)
    assert found["iou"] == pytest.approx((1 + 0 + 1 / 3 + 1) / 4)
    assert found["dice_pooled"] == pytest.approx(2 * 10 / (14 + 14))
    assert found["dice_nonempty"] == pytest.approx((0.5 + 1) / 2)
    assert found["n_empty_gt"] == 2


@given(
    st.integers(1, 4).flatmap(
        lambda b: st.tuples(*[hnp.arrays(np.bool_, (b, 2, 3, 3), elements=st.sampled_from([False] * 5 + [True]))] * 2)
    )
)
def test_finite_and_equal_to_monais_means(pair: tuple[np.ndarray, np.ndarray]) -> None:
    p, g = (torch.from_numpy(mask) for mask in pair)
    found = segmentation_metrics(p, g)
    assert all(math.isfinite(value) for value in found.values())
    assert found["dice"] == pytest.approx(dice(p, g).mean().item())
    default = compute_dice(p.float(), g.float())  # NaN where the true mask is empty
    assert found["n_empty_gt"] == default.isnan().sum()
    if default.isnan().all():
        assert "dice_nonempty" not in found
    else:
        assert found["dice_nonempty"] == pytest.approx(default.nanmean().item(), abs=1e-6)


def test_no_masks_are_refused() -> None:
    with pytest.raises(ValueError, match="no masks"):
        segmentation_metrics(rows(1)[:0], rows(1)[:0])
