"""Dividing whole units in two: which units make up a part of a wished size, the classes in proportion.

A unit is a group of images that must stay together (or a single image). Units with the same class counts are
interchangeable; they form a kind. The search is over how many units of each kind the part takes, so it is quick for
100,000 images, and the seed then draws which units of a kind are taken.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STARTS = 12  # random starts of the descent; the best end is taken
EXCHANGES = 96  # kinds that are looked at on either side of an exchange, so that a step stays small


@dataclass(frozen=True)
class Goal:
    """What a part should hold: kinds [U,C] counts of images by class, supply [U] units a kind, size wished."""

    kinds: NDArray[np.int64]
    supply: NDArray[np.int64]
    size: float

    @property
    def totals(self) -> NDArray[np.int64]:
        """[C] images of each class that there are."""
        return np.asarray(self.supply @ self.kinds, dtype=np.int64)

    def cost(self, counts: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
        """Three costs of parts with class counts [...,C], the weightier first.

        How far the size is from the wish, how many classes one of the two sides lacks, and the squared distance from
        the classes' proportions.
        """
        totals = self.totals
        wished = totals * (self.size / max(1, int(totals.sum())))
        lacking = (((counts <= 0) | (counts >= totals)) & (totals > 0)).sum(-1)
        return np.abs(counts.sum(-1) - self.size), lacking, ((counts - wished) ** 2).sum(-1)

    def key(self, counts: NDArray[np.int64]) -> tuple[float, int, float]:
        """The costs of one part as a key to compare by; rounded, so that rounding noise decides nothing."""
        distance, lacking, spread = self.cost(counts)
        return round(float(distance), 6), int(lacking), round(float(spread), 6)


def divide_units(counts: NDArray[np.int64], size: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose units whose images number as near to `size` as found, classes in proportion as well as units allow.

    Args:
        counts: [G,C] images of each class in each unit.
        size: wished number of images; need not be whole.
        rng: draws the starts and the units of each kind.

    Returns:
        [G] whether a unit is chosen.
    """
    kinds, kind_of, supply = np.unique(counts, axis=0, return_inverse=True, return_counts=True)
    goal = Goal(kinds, supply.astype(np.int64), size)
    taken = _search(goal, rng)
    chosen = np.zeros(len(counts), dtype=bool)
    order = rng.permutation(len(counts))
    kind_in_order = kind_of.reshape(-1)[order]
    by_kind = np.argsort(kind_in_order, kind="stable")
    first = np.concatenate([[0], np.cumsum(supply)[:-1]])
    for kind in np.flatnonzero(taken):
        chosen[order[by_kind[first[kind] : first[kind] + taken[kind]]]] = True
    return chosen


def _search(goal: Goal, rng: np.random.Generator) -> NDArray[np.int64]:
    """The best [U] numbers of units to take over several random starts."""
    exact = goal.supply * (goal.size / max(1, int(goal.totals.sum())))
    ends = []
    for _ in range(STARTS):
        start = np.floor(exact + rng.random(len(exact))).astype(np.int64).clip(0, goal.supply)
        ends.append(_descend(goal, _descend(goal, start, rng, smooth=True), rng, smooth=False))
    return min(ends, key=lambda taken: goal.key(taken @ goal.kinds))


def _descend(goal: Goal, taken: NDArray[np.int64], rng: np.random.Generator, *, smooth: bool) -> NDArray[np.int64]:
    """Add, remove or exchange one unit while that lowers the cost.

    The smooth cost mixes size and proportions, so that the descent does not stop at the first part of the right size;
    the other compares size, then lacking classes, then proportions.
    """
    taken = taken.copy()
    for _ in range(4 * int(goal.supply.sum()) + 100):
        counts = taken @ goal.kinds
        add = _some(np.flatnonzero(taken < goal.supply), rng)
        drop = _some(np.flatnonzero(taken > 0), rng)
        # -1 stands for "nothing", so that one table holds additions, removals and exchanges
        adds, drops = np.concatenate([[-1], add]), np.concatenate([[-1], drop])
        none = np.zeros((1, goal.kinds.shape[1]), dtype=np.int64)
        gains = np.concatenate([none, goal.kinds[add]])[:, None] - np.concatenate([none, goal.kinds[drop]])[None]
        distance, lacking, spread = goal.cost(counts + gains)
        if smooth:
            cost = spread + distance**2 + lacking * (1.0 + goal.size**2)
            where = int(np.argmin(cost))
            better = cost.flat[where] < cost[0, 0] - 1e-6
        else:
            keys = (np.round(spread.ravel(), 6), lacking.ravel(), np.round(distance.ravel(), 6))
            where = int(np.lexsort(keys)[0])
            better = tuple(key[where] for key in keys[::-1]) < tuple(key[0] for key in keys[::-1])
        if not better:
            return taken
        row, column = np.unravel_index(where, distance.shape)
        if adds[row] >= 0:
            taken[adds[row]] += 1
        if drops[column] >= 0:
            taken[drops[column]] -= 1
    return taken


def _some(kinds: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """At most `EXCHANGES` of the kinds."""
    return kinds if len(kinds) <= EXCHANGES else np.sort(rng.choice(kinds, EXCHANGES, replace=False))
