"""Distances between the outlines of hard masks, in pixels: HD95 and ASSD."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt
from torch import Tensor

PERCENTILE = 95
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)


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
    pairs = zip((predicted != 0).flatten(0, 1).numpy(), (target != 0).flatten(0, 1).numpy(), strict=True)
    each = np.array([_of_pair(p, g) for p, g in pairs], dtype=np.float64).reshape(*predicted.shape[:2], 2)
    means = torch.from_numpy(each.mean(1))
    return means[:, 0], means[:, 1]


def one_empty(predicted: Tensor, target: Tensor) -> int:
    """How many pairs [B,M] have exactly one empty mask, so that their distances are the stand-in."""
    return int(((predicted != 0).flatten(2).any(2) != (target != 0).flatten(2).any(2)).sum())


def _of_pair(p: NDArray[np.bool_], g: NDArray[np.bool_]) -> tuple[float, float]:
    if not p.any() and not g.any():
        return 0.0, 0.0
    if not p.any() or not g.any():
        diagonal = math.hypot(*p.shape)
        return diagonal, diagonal
    inside = _box(p | g)  # both outlines lie in it, so no distance changes
    p, g = _outline(p[inside]), _outline(g[inside])
    to_g, to_p = distance_transform_edt(~g)[p], distance_transform_edt(~p)[g]
    far = max(float(np.percentile(to_g, PERCENTILE)), float(np.percentile(to_p, PERCENTILE)))
    return far, float((to_g.sum() + to_p.sum()) / (len(to_g) + len(to_p)))


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    outline: NDArray[np.bool_] = mask ^ binary_erosion(mask, CROSS)  # beyond the border there is background
    return outline


def _box(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
