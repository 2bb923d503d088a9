import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from s4mcl_trainables.networks.layout import LAYOUTS, Factorised, Heads, Joint, Layout, layout_named
from s4mcl_trainables.problems import InputError

sizes = st.tuples(st.integers(2, 4), st.sampled_from([0, 2, 6, 8]))
seeds = st.integers(0, 2**31)


def raw_outputs(layout: Layout, seed: int, scale: float = 3.0, batch: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(batch, layout.outputs, generator=generator, dtype=torch.float64)


@given(sizes, st.sampled_from(sorted(LAYOUTS)), seeds)
def test_every_layout_keeps_the_contract(size: tuple[int, int], name: str, seed: int) -> None:
    classes, surrogates = size
    layout = layout_named(name, classes, surrogates)
    raw = raw_outputs(layout, seed).requires_grad_()
    labels, tau = torch.arange(5) % classes, torch.arange(5) % max(surrogates, 1)
    assert layout.outputs == classes + surrogates + (name != "factorised")
    assert layout.class_logits(raw).shape == (5, classes)
    assert layout.surrogate_logits(raw).shape == (5, surrogates)
    losses = [layout.class_loss(raw, labels), layout.real_loss(raw), layout.fake_loss(raw)]
    losses += [layout.surrogate_loss(raw, tau)] if surrogates else []
    for loss in losses:
        assert loss.shape == (5,)
        assert (loss >= 0).all()
        (gradient,) = torch.autograd.grad(loss.sum(), raw, retain_graph=True)
        assert gradient.isfinite().all()
        assert (gradient.abs().sum(1) > 0).all()
    p = layout.real_probability(raw)
    assert torch.allclose(layout.real_loss(raw), -p.log(), atol=1e-9)
    assert torch.allclose(layout.fake_loss(raw), -(1 - p).log(), atol=1e-9)


@given(sizes, seeds)
def test_factorised_is_a_softmax_with_the_fake_logit_at_zero(size: tuple[int, int], seed: int) -> None:
    layout = Factorised(*size)
    raw = raw_outputs(layout, seed)
    whole = torch.cat([raw, torch.zeros(5, 1, dtype=raw.dtype)], 1).softmax(1)
    lse = raw.logsumexp(1)
    assert torch.allclose(whole[:, -1], 1 / (1 + raw.exp().sum(1)))
    assert torch.allclose(layout.real_loss(raw), -(1 - whole[:, -1]).log())
    assert torch.allclose(layout.real_loss(raw), F.softplus(-lse))
    assert torch.allclose(layout.fake_loss(raw), -whole[:, -1].log())
    assert torch.allclose(layout.fake_loss(raw), F.softplus(lse))
    labels = torch.arange(5) % size[0]
    given_not_fake = whole[torch.arange(5), labels] / (1 - whole[:, -1])
    assert torch.allclose(layout.class_loss(raw, labels), -given_not_fake.log())
    if size[1]:
        own = whole[:, size[0] + 1] / (1 - whole[:, -1])
        assert torch.allclose(layout.surrogate_loss(raw, torch.ones(5, dtype=torch.long)), -own.log())


@given(sizes, seeds)
def test_joint_is_one_softmax(size: tuple[int, int], seed: int) -> None:
    classes, surrogates = size
    layout = Joint(classes, surrogates)
    raw = raw_outputs(layout, seed)
    p = raw.softmax(1)
    assert torch.allclose(layout.real_loss(raw), -(1 - p[:, -1]).log())
    assert torch.allclose(layout.fake_loss(raw), -p[:, -1].log())
    assert torch.allclose(layout.class_loss(raw, torch.full((5,), 1)), -p[:, 1].log())
    if surrogates:
        assert torch.allclose(layout.surrogate_loss(raw, torch.full((5,), 1)), -p[:, classes + 1].log())


@given(sizes, seeds)
def test_heads_do_not_touch_one_another(size: tuple[int, int], seed: int) -> None:
    classes, surrogates = size
    layout = Heads(classes, surrogates)
    raw = raw_outputs(layout, seed).requires_grad_()
    terms = [
        (slice(0, classes), layout.class_loss(raw, torch.zeros(5, dtype=torch.long))),
        (slice(classes + surrogates, None), layout.real_loss(raw) + layout.fake_loss(raw)),
    ]
    if surrogates:
        own = slice(classes, classes + surrogates)
        terms.append((own, layout.surrogate_loss(raw, torch.ones(5, dtype=torch.long))))
    for own, loss in terms:
        (gradient,) = torch.autograd.grad(loss.sum(), raw)
        assert gradient[:, own].abs().sum() > 0
        gradient[:, own] = 0
        assert gradient.abs().sum() == 0


def lowest_sum(layout: Layout, steps: int = 250) -> float:
    """Minimise surrogate loss + fake loss of one pair over the outputs themselves."""
    raw = torch.zeros(1, layout.outputs, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([raw], 0.2)
    for _ in range(steps):
        loss = (layout.surrogate_loss(raw, torch.tensor([2])) + layout.fake_loss(raw)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


def test_joint_alone_has_contradictory_targets() -> None:
    assert lowest_sum(Joint(2, 6)) == pytest.approx(2 * math.log(2), abs=5e-3)
    assert lowest_sum(Heads(2, 6)) < 0.05
    assert lowest_sum(Factorised(2, 6)) < 0.05


@given(seeds)
def test_joint_never_goes_below_its_floor(seed: int) -> None:
    layout = Joint(2, 6)
    raw = raw_outputs(layout, seed)
    total = layout.surrogate_loss(raw, torch.arange(5)) + layout.fake_loss(raw)
    assert (total >= 2 * math.log(2) - 1e-12).all()


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_class_is_the_argmax_over_real_classes_alone(name: str) -> None:
    """A pair with a predicted mask was only ever called surrogate or fake: the whole vector names no real class."""
    layout = layout_named(name, 2, 6)
    raw = torch.full((2, layout.outputs), -5.0)
    raw[:, 2:] = 4.0  # every surrogate (and the fake) output is far above both classes
    raw[0, 1] = raw[1, 0] = -4.0
    assert (raw.argmax(1) >= 2).all()
    assert layout.class_logits(raw).argmax(1).tolist() == [1, 0]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_outputs_give_finite_float32_losses(name: str, dtype: torch.dtype) -> None:
    layout = layout_named(name, 2, 6)
    raw = (1e4 * torch.randn(4, layout.outputs, generator=torch.Generator().manual_seed(0))).to(dtype)
    index = torch.tensor([0, 1, 1, 0])
    losses = (layout.class_loss(raw, index), layout.surrogate_loss(raw, index), layout.real_loss(raw))
    for loss in (*losses, layout.fake_loss(raw)):
        assert loss.dtype == torch.float32
        assert loss.isfinite().all()


def test_one_softmax_over_real_and_fake_classes() -> None:
    layout = layout_named("joint", 2, 0)
    assert layout.outputs == 3
    assert layout.surrogate_logits(torch.zeros(4, 3)).shape == (4, 0)
    with pytest.raises(ValueError, match="no surrogate"):
        layout.surrogate_loss(torch.zeros(4, 3), torch.zeros(4, dtype=torch.long))


def test_unknown_layout_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'factorised'"):
        layout_named("factorized", 2, 6)
    with pytest.raises(InputError, match="heads, factorised, joint"):
        layout_named("xyz", 2, 6)


def test_a_single_class_is_refused() -> None:
    with pytest.raises(ValueError, match="1 classes"):
        layout_named("heads", 1, 6)
