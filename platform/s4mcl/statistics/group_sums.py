"""A measure taken apart by seed and test group, so that groups can be left out, resampled and swapped exactly.

Accuracy and Dice are means over images; balanced accuracy and macro F1 are not, and a mean of per-group values would be
another quantity. All of them are functions of sums over images, so a set of groups is judged by adding up the sums of
its groups and applying the function, never by averaging values.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Value = Callable[[Floats], Floats]


@dataclass(frozen=True)
class GroupSums:
    """Sums [..., S, G, Q] of Q quantities over the images of each seed and group; leading axes are repetitions.

    Attributes:
        sums: what `value` needs, additive over images.
        sizes: [G] images of each group.
        groups: [G] the groups' numbers, ascending.
        value: from sums [..., Q] to the measure [...].
    """

    sums: Floats
    sizes: Floats
    groups: NDArray[np.int64]
    value: Value

    @property
    def seeds(self) -> int:
        """How many seeds."""
        return int(self.sums.shape[-3])

    def by_seed(self) -> Floats:
        """[..., S] the measure of each seed on all groups."""
        return self.value(self.sums.sum(-2))

    def without_each_group(self) -> Floats:
        """[..., S, G] the measure of each seed on all groups but one."""
        return self.value(self.sums.sum(-2, keepdims=True) - self.sums)

    def weighted(self, weights: Floats) -> Floats:
        """[B, S] the measure of each seed when group g counts `weights[b, g]` times."""
        return self.value(np.einsum("bg,sgq->bsq", weights, self.sums))

    def same_units(self, other: "GroupSums") -> bool:
        """Whether both rest on the same number of seeds and the same images by group."""
        alike = self.sums.shape == other.sums.shape and np.array_equal(self.groups, other.groups)
        return alike and np.array_equal(self.sizes, other.sizes)


def image_means(scores: Floats, groups: NDArray[np.int64]) -> GroupSums:
    """Sums for a mean over images (accuracy from 0 and 1, Dice, IoU, HD95, ASSD).

    Args:
        scores: [..., S, n] finite.
        groups: [n] the group of each image.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise ValueError("a score is not finite")
    numbers, place = grouped(groups)
    added = _add_up(scores[..., None], place, len(numbers))
    sizes = np.bincount(place).astype(np.float64)
    counts = np.broadcast_to(sizes[:, None], added.shape)
    return GroupSums(np.concatenate([added, counts], -1), sizes, numbers, _ratio)


def balanced_accuracies(
    named: NDArray[np.int64], labels: NDArray[np.int64], groups: NDArray[np.int64], classes: int
) -> GroupSums:
    """Sums for balanced accuracy: the mean recall of the classes that occur among the images counted.

    Args:
        named: [..., S, n] predicted classes.
        labels: [n] true classes, 0 to `classes` - 1.
        groups: [n] the group of each image.
    """
    true = _one_hot(labels, classes)
    hits = (named == labels)[..., None] * true
    numbers, place = grouped(groups)
    added = _add_up(hits, place, len(numbers))
    counts = np.broadcast_to(_add_up(true, place, len(numbers)), added.shape)
    return GroupSums(np.concatenate([added, counts], -1), np.bincount(place).astype(np.float64), numbers, _mean_recall)


def macro_f1s(
    named: NDArray[np.int64], labels: NDArray[np.int64], groups: NDArray[np.int64], classes: int
) -> GroupSums:
    """Sums for macro F1: the mean F1 of the classes that occur among labels or predictions."""
    true, chosen = _one_hot(labels, classes), _one_hot(named, classes)
    numbers, place = grouped(groups)
    either = np.broadcast_to(true, chosen.shape) + chosen
    added = _add_up(np.concatenate([chosen * true, either], -1), place, len(numbers))
    return GroupSums(added, np.bincount(place).astype(np.float64), numbers, _mean_f1)


def seed_values(values: Floats) -> GroupSums:
    """One value a seed [S], without images: a single group, so that seeds are the only source of spread."""
    sums = np.stack([np.asarray(values, dtype=np.float64), np.ones(len(values))], -1)[:, None, :]
    return GroupSums(sums, np.ones(1), np.zeros(1, np.int64), _ratio)


def grouped(groups: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The groups' numbers [G] ascending, and the place of each image's group among them [n]."""
    numbers, place = np.unique(groups, return_inverse=True)
    return numbers, place


def _add_up(values: Floats, place: NDArray[np.int64], count: int) -> Floats:
    """Sum [..., n, Q] over the images of each group: [..., count, Q]."""
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(count))
    added: Floats = np.add.reduceat(values[..., order, :].astype(np.float64), starts, axis=-2)
    return added


def _one_hot(classes: NDArray[np.int64], count: int) -> Floats:
    hot: Floats = (classes[..., None] == np.arange(count)).astype(np.float64)
    return hot


def _ratio(sums: Floats) -> Floats:
    return _share(sums[..., 0], sums[..., 1])


def _mean_recall(sums: Floats) -> Floats:
    half = sums.shape[-1] // 2
    return _mean_where(sums[..., :half], sums[..., half:])


def _mean_f1(sums: Floats) -> Floats:
    half = sums.shape[-1] // 2
    return _mean_where(2 * sums[..., :half], sums[..., half:])


def _mean_where(parts: Floats, wholes: Floats) -> Floats:
    """Mean of parts / wholes over the last axis, of those that have a whole."""
    count = np.einsum("...q->...", (wholes > 0).astype(np.float64))  # NumPy's own sum is slow over so few
    return _share(np.einsum("...q->...", _share(parts, wholes)), count)


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole, 0 where there is no whole (a lone group left out)."""
    return part / np.where(whole > 0, whole, np.inf)
