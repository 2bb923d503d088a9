import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from s4mcl_trainables.losses.adversarial import fake_loss, real_loss


@given(st.lists(st.floats(-80, 80), min_size=1, max_size=5))
def test_equals_binary_cross_entropy(values: list[float]) -> None:
    logit = torch.tensor(values, dtype=torch.float64)
    for loss, truth in ((real_loss, torch.ones_like(logit)), (fake_loss, torch.zeros_like(logit))):
        expected = F.binary_cross_entropy_with_logits(logit, truth, reduction="none")
        assert torch.allclose(loss(logit), expected, atol=1e-12)


@given(st.floats(-30, 30))
def test_gradients_push_the_right_way(value: float) -> None:
    logit = torch.tensor([value], dtype=torch.float64, requires_grad=True)
    (real,) = torch.autograd.grad(real_loss(logit).sum(), logit)
    (fake,) = torch.autograd.grad(fake_loss(logit).sum(), logit)
    assert real < 0 < fake
    assert (fake - real).item() == pytest.approx(1)


def test_half_precision_gives_float32() -> None:
    logit = torch.tensor([-3e4, 0.0, 3e4], dtype=torch.float16)
    assert real_loss(logit).dtype == fake_loss(logit).dtype == torch.float32
    assert real_loss(logit).isfinite().all()
    assert fake_loss(logit.bfloat16()).isfinite().all()
