"""Distances between the outlines of hard masks, in pixels: HD95 and ASSD."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import KDTree
from torch import Tensor

PERCENTILE = 0.95
AT_ONCE = 256  # pairs of masks whose outlines are searched together
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def hd95(predicted: Tensor, target: Tensor) -> Tensor:
    """The 95th percentile of the Hausdorff distance of each image: [B] float64, pixels; see `surface_distances`."""
    return surface_distances(predicted, target)[0]


def assd(predicted: Tensor, target: Tensor) -> Tensor:
    """The average symmetric surface distance of each image: [B] float64, pixels; see `surface_distances`."""
    return surface_distances(predicted, target)[1]


def surface_distances(predicted: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """HD95 and ASSD of each image, the mean over its structures.

    The outline of a mask is the mask without its erosion by a cross, so pixels at the image's border belong to it.
    HD95 (Huttenlocher et al. 1993, with a percentile in place of the maximum) is the larger of the two directed 95th
    percentiles, as in MONAI; medpy joins both directions first and gives other values. ASSD is the mean over the pixels
    of both outlines of the distance to the other one. Both masks empty: 0; one of them: the image's diagonal, a finite
    stand-in that is larger than any distance between pixels.

    Args:
        predicted: [B,M,H,W] bool or integer mask.
        target: the same.

    Returns:
        HD95 and ASSD, [B] float64 each, in pixels.

    Raises:
        ValueError: shapes that differ, or a floating mask.
    """
    if predicted.shape != target.shape or predicted.ndim != 4:
        raise ValueError(f"expected two [B,M,H,W], found {list(predicted.shape)} and {list(target.shape)}")
    if predicted.is_floating_point() or target.is_floating_point():
        raise ValueError(f"expected hard masks of bool or integers, found {predicted.dtype} and {target.dtype}")
    p, g = (mask.cpu().ne(0).flatten(0, 1).numpy() for mask in (predicted, target))
    parts = [_of_pairs(p[start : start + AT_ONCE], g[start : start + AT_ONCE]) for start in range(0, len(p), AT_ONCE)]
    each = np.concatenate([*parts, np.empty((0, 2))]).reshape(*predicted.shape[:2], 2)
    means = torch.from_numpy(each.mean(1))
    return means[:, 0], means[:, 1]


def one_empty(predicted: Tensor, target: Tensor) -> int:
    """How many pairs [B,M] have exactly one empty mask, so that their distances are the stand-in."""
    return int(((predicted != 0).flatten(2).any(2) != (target != 0).flatten(2).any(2)).sum())


def _of_pairs(p: Bools, g: Bools) -> Floats:
    """HD95 and ASSD [n,2] of n pairs of masks [n,H,W]."""
    some_p, some_g = p.any((1, 2)), g.any((1, 2))
    found = np.zeros((len(p), 2))
    found[some_p != some_g] = math.hypot(*p.shape[1:])
    both = some_p & some_g
    if both.any():
        found[both] = _of_outlines(_outlines(p[both]), _outlines(g[both]), p.shape[1:])
    return found


def _of_outlines(p: Bools, g: Bools, size: tuple[int, ...]) -> Floats:
    """HD95 and ASSD [n,2] of n pairs of outlines [n,H,W], none of them empty."""
    far, total, count = np.zeros(len(p)), np.zeros(len(p)), np.zeros(len(p))
    for own, other in ((p, g), (g, p)):
        image, distances = _to_other(own, other, size)
        far = np.maximum(far, _percentiles(distances, image, len(p)))
        total += np.bincount(image, distances, len(p))
        count += np.bincount(image, minlength=len(p))
    return np.stack([far, total / count], 1)


def _to_other(own: Bools, other: Bools, size: tuple[int, ...]) -> tuple[Ints, Floats]:
    """Each pixel of the outlines `own`: its image, and how far it is from the image's other outline.

    One search for all: a point is (image, y, x), and images lie farther apart than two points of one. Where the
    outlines meet nothing is searched.
    """
    apart = (sum(size), 1, 1)
    tree = KDTree(np.argwhere(other) * apart, balanced_tree=False, compact_nodes=False)
    distances = np.zeros(own.shape)
    alone = own & ~other
    distances[alone] = tree.query(np.argwhere(alone) * apart)[0]
    return np.nonzero(own)[0], distances[own]


def _percentiles(values: Floats, image: Ints, images: int) -> Floats:
    """The percentile of each image's values, [images]: linear between two of them, as `np.percentile` has it."""
    ordered = values[np.lexsort((values, image))]
    counts = np.bincount(image, minlength=images)
    place = PERCENTILE * (counts - 1)
    below = place.astype(np.int64)
    first = counts.cumsum() - counts
    low, high = ordered[first + below], ordered[first + np.minimum(below + 1, counts - 1)]
    percentiles: Floats = low + (high - low) * (place - below)
    return percentiles


def _outlines(masks: Bools) -> Bools:
    """Of each mask [n,H,W] the pixels with one of their four neighbours outside; all beyond the border is outside."""
    wide = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    inside = wide[:, :-2, 1:-1] & wide[:, 2:, 1:-1] & wide[:, 1:-1, :-2] & wide[:, 1:-1, 2:]
    return masks & ~inside
