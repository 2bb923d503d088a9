"""How many pixels two masks share: what Dice and IoU are made of."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Overlap:
    """Pixel counts [B,M] in float64, a row an image and a column a structure."""

    shared: Tensor
    predicted: Tensor
    target: Tensor

    @property
    def union(self) -> Tensor:
        """[B,M] pixels that lie in either mask."""
        return self.predicted + self.target - self.shared


def overlap(predicted: Tensor, target: Tensor) -> Overlap:
    """Count the pixels of two hard masks [B,M,H,W] of bool or integers, where everything but 0 is foreground.

    Raises:
        ValueError: shapes that differ, or a floating mask, which the caller has to threshold first.
    """
    if predicted.shape != target.shape or predicted.ndim != 4:
        raise ValueError(f"expected two [B,M,H,W], found {list(predicted.shape)} and {list(target.shape)}")
    if predicted.is_floating_point() or target.is_floating_point():
        raise ValueError(f"expected hard masks of bool or integers, found {predicted.dtype} and {target.dtype}")
    p, g = predicted != 0, target != 0
    return Overlap(shared=_pixels(p & g), predicted=_pixels(p), target=_pixels(g))


def share(part: Tensor, whole: Tensor) -> Tensor:
    """part / whole, and 1 where there is no whole: two empty masks agree."""
    return torch.where(whole > 0, part / whole.clamp_min(1), 1.0)


def _pixels(mask: Tensor) -> Tensor:
    return mask.flatten(2).sum(2).to(torch.float64)
