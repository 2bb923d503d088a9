"""The generalised Dice loss (Sudre et al. 2017, "Generalised Dice overlap as a deep learning loss function")."""

from typing import Literal

import torch
from torch import Tensor

EPSILON = 1e-5
EpsilonMode = Literal["scaled", "monai"]


def generalised_dice_loss(probability: Tensor, target: Tensor, eps_mode: EpsilonMode = "scaled") -> Tensor:
    """Mean over the batch of `generalised_dice_per_sample`, a scalar."""
    return generalised_dice_per_sample(probability, target, eps_mode).mean()


def generalised_dice_per_sample(probability: Tensor, target: Tensor, eps_mode: EpsilonMode = "scaled") -> Tensor:
    """1 - (2 Σ_c w_c Σ_i p r + ε) / (Σ_c w_c Σ_i (p + r) + ε) for each sample, with w_c = 1 / (Σ_i r)².

    The background joins as a channel: with the foreground alone the weight would cancel, and an empty mask would have
    no gradient. A class that a sample lacks gets the sample's largest finite weight. The weights hold no gradient.

    Args:
        probability: [B,M,H,W] in [0,1], any floating type; computed in float32 at least, since squared volumes
            overflow half precision.
        target: [B,M,H,W] of 0 and 1, any type.
        eps_mode: "scaled" divides the weights by the largest before ε = 1e-5 is added, so that ε stays negligible;
            "monai" adds it to the unscaled weights, as monai.losses.GeneralizedDiceLoss does, which hides up to a
            tenth of the loss on large objects.

    Returns:
        [B] losses in [0,1], finite for every mask, the empty and the full one included.
    """
    if probability.shape != target.shape or probability.ndim != 4:
        raise ValueError(f"expected two [B,M,H,W], found {list(probability.shape)} and {list(target.shape)}")
    precision = torch.promote_types(probability.dtype, torch.float32)
    p = _with_background(probability.to(precision)).flatten(2)  # [B,M+1,H*W]
    r = _with_background(target.detach().to(precision)).flatten(2)  # [B,M+1,H*W]
    weight = _weights(r.sum(2), eps_mode)  # [B,M+1]
    overlap = (weight * (p * r).sum(2)).sum(1)
    total = (weight * (p + r).sum(2)).sum(1)
    return 1 - (2 * overlap + EPSILON) / (total + EPSILON)


def _with_background(foreground: Tensor) -> Tensor:
    background = (1 - foreground.sum(1, keepdim=True)).clamp_min(0)
    return torch.cat([background, foreground], 1)


def _weights(volume: Tensor, eps_mode: EpsilonMode) -> Tensor:
    """[B,C] volumes to [B,C] weights."""
    weight = volume.square().reciprocal()
    absent = weight.isinf()
    weight = weight.masked_fill(absent, 0)
    largest = weight.amax(1, keepdim=True)
    weight = torch.where(absent, largest, weight)
    if eps_mode == "monai":
        return weight
    if eps_mode == "scaled":
        return weight / largest
    raise ValueError(f"eps_mode must be 'scaled' or 'monai', found {eps_mode!r}")
