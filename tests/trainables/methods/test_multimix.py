"""`multimix` against Haque et al. 2021 and its code."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from s4mcl_trainables.losses.consistency import binary_divergence
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.multimix import MultiMix
from s4mcl_trainables.networks.shared_encoder import parted
from s4mcl_trainables.training.batches import Batch
from stepped import same, stepped

Make = Callable[..., Learner]


def test_its_loss_has_the_weights_of_its_code(make_learner: Make, batch: Batch) -> None:
    found = make_learner("multimix").step(batch, 0, 1.0)
    weights = {"class_real": 1.0, "generalised_dice": 5.0, "pseudo_class": 0.25, "divergence": 0.01}
    whole = sum(weight * found[f"loss/{name}"].item() for name, weight in weights.items())
    assert found["loss/generator"].item() == pytest.approx(whole, rel=1e-6)


def test_the_divergence_is_that_of_two_classes_at_each_pixel() -> None:
    p, q = torch.rand(2, 3, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    wanted = kl_divergence(Bernoulli(probs=p), Bernoulli(probs=q)).mean().item()
    assert binary_divergence(p, q).item() == pytest.approx(wanted, rel=1e-5)
    assert binary_divergence(p, p) == 0
    assert binary_divergence(torch.zeros(1), torch.ones(1)).isfinite()


def test_both_tasks_share_an_encoder(make_learner: Make, batch: Batch) -> None:
    """Masks are first those of `unet`; classes move the encoder and leave the decoder alone."""
    mix, single = make_learner("multimix", unlabelled_weight=0.0, divergence_weight=0.0), make_learner("unet")
    assert isinstance(mix, MultiMix)
    own = single.modules["generator"].state_dict()
    assert all(torch.equal(mix.network.state_dict()[name], x) for name, x in own.items()), "the same first weights"
    masks, logits = parted(mix.network(batch.images), batch.images, 2)
    assert torch.equal(masks, single.modules["generator"](batch.images)), "the same masks"
    (deepest,) = torch.autograd.grad(logits.sum(), mix.network.down[-1].second.weight, retain_graph=True)
    assert deepest.any()
    shallow = torch.autograd.grad(logits.sum(), mix.network.up[0].first.weight, allow_unused=True)[0]
    assert shallow is None or not shallow.any()


def test_without_its_weights_no_unlabelled_image_is_looked_at(make_learner: Make, batch: Batch) -> None:
    given = {"unlabelled_weight": 0.0, "divergence_weight": 0.0}
    one, other = make_learner("multimix", **given), make_learner("multimix", **given)
    assert stepped(one, batch) == stepped(other, replace(batch, unlabelled=batch.unlabelled + 3))
    assert same(one.modules["network"], other.modules["network"])


def test_unlabelled_images_may_outnumber_labelled_ones(make_learner: Make, batch: Batch) -> None:
    more = replace(batch, unlabelled=torch.arange(4, 11))
    assert make_learner("multimix").step(more, 0, 1.0)["loss/divergence"].isfinite()
