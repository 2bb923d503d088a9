"""The Dice coefficient of hard masks, D = 2 |P ∩ G| / (|P| + |G|)."""

from torch import Tensor

from s4mcl_trainables.metrics.overlap import Overlap, overlap, share


def dice(predicted: Tensor, target: Tensor) -> Tensor:
    """Dice of each image, the mean over its structures. Both masks empty: 1; one of them: 0.

    Args:
        predicted: [B,M,H,W] bool or integer mask.
        target: the same.

    Returns:
        [B] float64 in [0,1].
    """
    return dice_of(overlap(predicted, target)).mean(1)


def dice_of(counts: Overlap) -> Tensor:
    """[B,M] Dice of each image and structure."""
    return share(2 * counts.shared, counts.predicted + counts.target)


def pooled_dice(counts: Overlap) -> Tensor:
    """[M] Dice of each structure over the pixels of all images together."""
    return share(2 * counts.shared.sum(0), (counts.predicted + counts.target).sum(0))
