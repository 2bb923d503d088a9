"""The summary of a set of predicted masks. No value is ever NaN or infinite: checkpoints are chosen by it."""

from torch import Tensor

from s4mcl_trainables.metrics.dice import dice_of, pooled_dice
from s4mcl_trainables.metrics.iou import iou_of
from s4mcl_trainables.metrics.overlap import Overlap, overlap


def segmentation_metrics(predicted: Tensor, target: Tensor) -> dict[str, float]:
    """Compare hard masks [B,M,H,W], B > 0, of bool or integers.

    Returns:
        dice, iou: mean over images (and structures); two empty masks count 1, one empty mask 0.
        dice_pooled: over the pixels of all images together, the mean over structures.
        n_empty_gt: how many true masks (image and structure) are empty, which `dice` rewards for predicting nothing.
        dice_nonempty: mean of the Dice of the other masks, MONAI's default. Absent when all true masks are empty.
    """
    return segmentation_metrics_of(overlap(predicted, target))


def segmentation_metrics_of(counts: Overlap) -> dict[str, float]:
    """The same of masks whose pixels are counted already."""
    if len(counts.target) == 0:
        raise ValueError("there are no masks to compare")
    each = dice_of(counts)
    present = counts.target > 0
    values = {
        "dice": each.mean().item(),
        "iou": iou_of(counts).mean().item(),
        "dice_pooled": pooled_dice(counts).mean().item(),
        "n_empty_gt": float((~present).sum().item()),
    }
    if present.any():
        values["dice_nonempty"] = each[present].mean().item()
    return values
