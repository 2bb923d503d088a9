"""`multimix` against Haque et al. 2021 and its code."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from s4mcl_trainables.losses.consistency import binary_divergence
from s4mcl_trainables.methods.learner import Learner
from s4mcl_trainables.methods.multimix import MultiMix
from s4mcl_trainables.methods.work import alone
from s4mcl_trainables.networks.shared_encoder import SharedEncoder, parted, saliency
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
    mix, single = make_learner("multimix", saliency_bridge=False), make_learner("unet")
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


def bridged(make_learner: Make, **given: object) -> MultiMix:
    mix = make_learner("multimix", **given)
    assert isinstance(mix, MultiMix)
    return mix


def test_the_bridge_has_the_shape_of_its_code() -> None:
    """Haque et al.: 256 + 128 + 2 channels into the first of the decoder's blocks, at its default widths."""
    streams = (torch.Generator(), torch.Generator())
    network = SharedEncoder(
        16, 4, 0.25, classes=2, bridge=True, precision=torch.float32, weights=streams[0], masks=streams[1]
    )
    assert network.up[0].first.weight.shape == (128, 256 + 128 + 2, 3, 3)
    assert network.up[1].first.weight.shape == (64, 128 + 64, 3, 3)


def test_saliency_is_how_much_a_pixel_moves_the_likeliest_class(make_learner: Make, batch: Batch) -> None:
    """Held against differences of the logit, at a pixel."""
    mix = bridged(make_learner)
    mix.network.eval()
    images = batch.images.clone().requires_grad_()
    logits = mix.scores(images)
    found = saliency(images, logits)
    assert found.shape == images.shape
    likeliest = logits.argmax(1)
    for row, y, x in ((0, 3, 4), (1, 9, 7)):
        step = torch.zeros_like(batch.images)
        step[row, 0, y, x] = 1e-2
        with torch.no_grad():
            higher, lower = (mix.scores(batch.images + sign * step)[row, likeliest[row]] for sign in (1, -1))
        assert found[row, 0, y, x].item() == pytest.approx(abs((higher - lower).item()) / 2e-2, rel=0.05, abs=1e-4)


def test_the_decoder_sees_it_and_the_classes_do_not(make_learner: Make, batch: Batch) -> None:
    mix = bridged(make_learner)
    mix.network.eval()
    seen = torch.cat([batch.images, torch.rand(batch.images.shape)], 1)
    one, other = (parted(mix.network(x), batch.images, 2) for x in (seen, mix._without_saliency(batch.images)))
    assert not torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])


def test_it_is_found_without_dropout_and_moves_no_weight(make_learner: Make, batch: Batch) -> None:
    mix = bridged(make_learner)
    before = [stream.get_state() for stream in mix.streams.values()]
    found = alone(lambda: mix._with_saliency(batch.images), mix.micro)
    assert all(
        torch.equal(state, stream.get_state()) for state, stream in zip(before, mix.streams.values(), strict=True)
    )
    assert all(each.grad is None for each in mix.network.parameters())
    assert mix.network.training
    assert found[:, 1].any()
    assert not found.requires_grad


def test_whoever_judges_asks_for_no_gradient_and_has_it(make_learner: Make, batch: Batch) -> None:
    mix = bridged(make_learner)
    mix.network.eval().requires_grad_(False)
    with torch.inference_mode():
        found = mix.predict(batch.images.clone())
    salient = alone(lambda: mix._with_saliency(batch.images), mix.micro)
    mix.network.eval()
    masks, _ = parted(mix.network(salient), batch.images, 2)
    assert found.masks is not None
    assert torch.equal(found.masks, masks)


def test_a_pass_in_parts_finds_the_same_saliency(make_learner: Make, batch: Batch) -> None:
    whole, parts = bridged(make_learner), bridged(make_learner)
    parts.micro.rows = 1
    one, two = (alone(lambda mix=mix: mix._with_saliency(batch.images), mix.micro) for mix in (whole, parts))
    assert torch.allclose(one, two, rtol=1e-4, atol=1e-7)
    terms = [mix.step(batch, 0, 1.0) for mix in (whole, parts)]
    for name, term in terms[0].items():
        assert terms[1][name].item() == pytest.approx(term.item(), rel=1e-5), name
