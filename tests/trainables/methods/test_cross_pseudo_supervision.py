"""`cps` against Chen et al. 2021."""

import math
from collections.abc import Callable

import pytest
import torch
from torch.nn import functional as F

from s4mcl_trainables.methods.cps import CrossPseudoSupervision, pseudo_loss
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def cps(make_learner: Make, **given: float) -> CrossPseudoSupervision:
    learner = make_learner("cps", **given)
    assert isinstance(learner, CrossPseudoSupervision)
    return learner


def test_pseudo_labels_are_the_others_argmax_and_carry_no_gradient() -> None:
    one, other = torch.rand(2, 3, 1, 8, 8, generator=torch.Generator().manual_seed(0)).requires_grad_().unbind(0)
    loss = pseudo_loss(one, other)
    by_class = torch.cat([1 - one, one], 1).log()
    assert loss.item() == pytest.approx(F.nll_loss(by_class, torch.cat([1 - other, other], 1).argmax(1)).item())
    gradients = torch.autograd.grad(loss, [one, other], allow_unused=True)
    assert gradients[0] is not None
    assert gradients[1] is None


def test_two_generators_of_other_first_weights(make_learner: Make) -> None:
    learner = cps(make_learner)
    assert not same(learner.generator, learner.second)


def test_without_the_others_masks_the_first_is_unet_bit_for_bit(make_learner: Make, batch: Batch) -> None:
    both, single = cps(make_learner, consistency=0.0), make_learner("unet")
    stepped(both, batch)
    stepped(single, batch)
    assert same(both.generator, single.modules["generator"])


def test_both_ways_have_one_weight(make_learner: Make, batch: Batch) -> None:
    """It grows to a tenth over the budget, which is 10 iterations."""
    for iteration, weight in ((0, 0.1 * math.exp(-5)), (10, 0.1)):
        found = cps(make_learner).step(batch, iteration, 1.0)
        names = ("generalised_dice", "pseudo_supervision")
        dice, crosswise = (found[f"loss/{name}"] + found[f"loss/{name}_second"] for name in names)
        assert found["loss/generator"].item() == pytest.approx((dice + weight * crosswise).item(), abs=1e-6)
