"""A weak and a strong view of the same images, as FixMatch trains on (Sohn et al. 2020); MultiMix, too."""

from collections.abc import Sequence

import torch
from torch import Tensor

from s4mcl_trainables.augmentation import distorted, turned
from s4mcl_trainables.data.resident import Resident
from s4mcl_trainables.transforms import TransformSet


class TwoViews:
    """Draws views.

    Args:
        weak, strong: names of the transforms that the two draw from.
        intensity, cutout: of the strong view (`augmentation.distorted`).
    """

    def __init__(self, weak: Sequence[str], strong: Sequence[str], intensity: float, cutout: float) -> None:
        self.weak, self.strong = TransformSet(weak), TransformSet(strong)
        self.intensity, self.cutout = intensity, cutout

    def of(self, resident: Resident, rows: Tensor, draws: torch.Generator) -> tuple[Tensor, Tensor]:
        """Rows [B] of the dataset to their weak and their strong views [B,1,H,W], normalised."""
        weak = turned(resident, rows, self.weak, draws)
        strong = turned(resident, rows, self.strong, draws)
        return weak, distorted(strong, self.intensity, self.cutout, draws)
