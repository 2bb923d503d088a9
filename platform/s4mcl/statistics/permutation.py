"""A permutation test of two methods on the same test images."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from s4mcl.statistics.group_sums import Floats, GroupSums

EXACT = 12  # up to so many groups all 2^G swaps are taken
SWAPS = 9_999
AT_ONCE = 500  # swaps whose sums stay near the processor
CLOSE = 1e-12  # differences that rounding tells apart are equal


@dataclass(frozen=True)
class SwapTest:
    """The p-value, how many ways of swapping it rests on, and whether these are all there are."""

    p: float
    swaps: int
    exact: bool


def swap_test(sums: GroupSums, reference: GroupSums, *, seed: int = 0, swaps: int = SWAPS) -> SwapTest:
    """Swap the two methods in a random set of test groups, for all images of the group and all seeds together.

    If the trained models do not differ, it does not matter which of the two made a group's predictions. The statistic
    is the mean over seeds of the difference, made anew from the swapped sums of both sides; two-sided. With at most 12
    groups all swaps are taken, else a fixed Monte Carlo sample with p = (b + 1) / (m + 1) (Phipson & Smyth 2010).

    **Conditional on the trained models**: it asks whether these models differ on patients like these, not whether the
    method would win again with other seeds; for that, see `crossed` and the paired t test over seeds.

    Raises:
        ValueError: the two sides have other seeds or images.
    """
    if not sums.same_units(reference):
        raise ValueError("a paired comparison needs the same seeds and the same images by group on both sides")
    groups = len(sums.sizes)
    exact = groups <= EXACT
    flips = _all(groups) if exact else np.random.default_rng(seed).integers(0, 2, (swaps, groups)).astype(np.float64)
    one, other = sums.sums.sum(-2), reference.sums.sum(-2)
    observed, moving = abs(_difference(one, other, sums)), reference.sums - sums.sums
    beyond = 0
    for start in range(0, len(flips), AT_ONCE):
        moved = np.tensordot(flips[start : start + AT_ONCE], moving, axes=([1], [-2]))  # [m,S,Q]
        found = np.abs(_difference(one + moved, other - moved, sums))
        beyond += int((found >= observed - CLOSE).sum())
    p = beyond / len(flips) if exact else (beyond + 1) / (len(flips) + 1)
    return SwapTest(p, len(flips), exact)


def _difference(one: Floats, other: Floats, sums: GroupSums) -> Floats:
    difference: Floats = (sums.value(one) - sums.value(other)).mean(-1)
    return difference


def _all(groups: int) -> NDArray[np.float64]:
    return np.array(list(product((0.0, 1.0), repeat=groups)))
