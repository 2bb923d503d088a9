"""Intersection over union of hard masks (Jaccard), J = |P ∩ G| / |P ∪ G|."""

from torch import Tensor

from s4mcl_trainables.metrics.overlap import Overlap, overlap, share


def iou(predicted: Tensor, target: Tensor) -> Tensor:
    """IoU of each image, the mean over its structures. Both masks empty: 1; one of them: 0.

    Args:
        predicted: [B,M,H,W] bool or integer mask.
        target: the same.

    Returns:
        [B] float64 in [0,1].
    """
    return iou_of(overlap(predicted, target)).mean(1)


def iou_of(counts: Overlap) -> Tensor:
    """[B,M] IoU of each image and structure."""
    return share(counts.shared, counts.union)
