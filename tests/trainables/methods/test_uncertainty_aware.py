"""`ua_mt` against Yu et al. 2019 and the numbers of SSL4MIS."""

import math
from collections.abc import Callable

import pytest
import torch

from s4mcl_trainables.losses.consistency import binary_entropy, mean_square, mean_square_where
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.ua_mt import threshold
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def test_the_threshold_rises_from_three_quarters_of_log_2() -> None:
    assert threshold(0.75, 0, 100) == pytest.approx((0.75 + 0.25 * math.exp(-5)) * math.log(2))
    assert threshold(0.75, 100, 100) == pytest.approx(math.log(2))


def test_entropy_is_that_of_the_two_class_softmax() -> None:
    p = torch.tensor([0.5, 0.1, 0.0, 1.0])
    both = torch.stack([1 - p, p])
    assert torch.allclose(binary_entropy(p), -(both * (both + 1e-6).log()).sum(0))
    assert binary_entropy(p)[0].item() == pytest.approx(math.log(2), abs=1e-5)


def test_the_masked_mean_is_that_of_ssl4mis() -> None:
    """There it is over two channels: sum(mask distance) / (2 sum(mask) + 1e-16)."""
    p, q, u = torch.rand(3, 4, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    certain = u > 0.5
    distance = (torch.cat([1 - p, p], 1) - torch.cat([1 - q, q], 1)).square()
    wanted = (certain * distance).sum() / (2 * certain.sum() + 1e-16)
    assert mean_square_where(certain, p, q).item() == pytest.approx(wanted.item(), rel=1e-5)
    everywhere, nowhere = torch.ones_like(certain), torch.zeros_like(certain)
    assert mean_square_where(everywhere, p, q).item() == pytest.approx(mean_square(p, q).item(), rel=1e-5)
    assert mean_square_where(nowhere, p, q) == 0


def test_without_passes_it_is_mean_teacher_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    one, other = make_learner("ua_mt", passes=0), make_learner("mean_teacher")
    assert stepped(one, batch) == stepped(other, batch)
    assert same(one.modules["teacher"], other.modules["teacher"])


def test_what_is_certain_follows_the_threshold(make_learner: Make, batch: Batch) -> None:
    assert make_learner("ua_mt", certainty=1.0).step(batch, 0, 1.0)["teacher/certain"] == 1
    found = make_learner("ua_mt", certainty=0.0).step(batch, 0, 1.0)
    assert found["teacher/certain"] == found["loss/consistency"] == 0
