"""The non-saturating adversarial terms on a real/fake logit a, where sigmoid(a) is the probability of "real"."""

import torch
from torch import Tensor
from torch.nn import functional as F


def real_loss(logit: Tensor) -> Tensor:
    """-log p(real) = softplus(-a). [B] to [B], in float32 at least; the mean is the caller's."""
    return F.softplus(-at_least_float32(logit))


def fake_loss(logit: Tensor) -> Tensor:
    """-log p(fake) = softplus(a). [B] to [B], in float32 at least; the mean is the caller's."""
    return F.softplus(at_least_float32(logit))


def at_least_float32(x: Tensor) -> Tensor:
    """The tensor in float32, or as it is when it is float64: losses are never taken in half precision."""
    return x.to(torch.promote_types(x.dtype, torch.float32))
