"""A paired comparison of two methods on the same seeds and test images."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from s4mcl.statistics.correction import holm
from s4mcl.statistics.crossed import crossed, crossed_interval
from s4mcl.statistics.group_sums import GroupSums
from s4mcl.statistics.interval import Interval, t_interval
from s4mcl.statistics.permutation import SwapTest, swap_test
from s4mcl.statistics.student_t import two_sided_p

Name = TypeVar("Name", bound=Hashable)

LEVEL = 0.05
HIGHER, LOWER, NO_DIFFERENCE = "higher", "lower", "no difference shown"


@dataclass(frozen=True)
class Comparison:
    """One method against a reference.

    Attributes:
        value, reference: the interval of each side by itself, over seeds and groups.
        effect: the paired difference, method minus reference, with its interval over seeds and groups.
        p: of the effect, from the same t; it accounts for new seeds and new patients. None where it has no interval.
        swap: the permutation test over groups, conditional on the trained models. None with fewer than two groups.
        seed_interval, seed_p: the paired t interval and test over seeds, conditional on the test images. The p is
            None with fewer than two seeds or where the seeds' differences have no spread.
        p_holm, swap_p_holm, seed_p_holm: corrected over the family.
        verdict: "higher" or "lower" where both corrected p-values, that of the effect and that of the permutation
            test, are at most 0.05; else "no difference shown". It says nothing of equality.
    """

    value: Interval
    reference: Interval
    effect: Interval
    p: float | None
    swap: SwapTest | None
    seed_interval: Interval
    seed_p: float | None
    p_holm: float | None = None
    swap_p_holm: float | None = None
    seed_p_holm: float | None = None
    verdict: str = NO_DIFFERENCE


def compare_family(
    pairs: Mapping[Name, tuple[GroupSums, GroupSums]], *, seed: int = 0, level: float = LEVEL, absent: int = 0
) -> dict[Name, Comparison]:
    """Compare each pair (method, reference), and correct the p-values by Holm over all of them: one family.

    A family is what a reader would pick a winner from: all methods and label fractions of one measure. `absent` is how
    many more comparisons it has that cannot be made yet; they count as if their p were 1.

    Raises:
        ValueError: the two sides of a pair have other seeds or images.
    """
    raw = {name: _compared(*pair, seed) for name, pair in pairs.items()}
    more = [1.0] * absent
    corrected = zip(
        *(
            holm([*ps, *more])[: len(raw)]
            for ps in (
                [found.p for found in raw.values()],
                [None if found.swap is None else found.swap.p for found in raw.values()],
                [found.seed_p for found in raw.values()],
            )
        ),
        strict=True,
    )
    return {name: _judged(found, *ps, level=level) for (name, found), ps in zip(raw.items(), corrected, strict=True)}


def paired_t(differences: NDArray[np.float64]) -> float | None:
    """Two-sided p of the one-sample t test of differences [n]; None without two of them or without spread."""
    if len(differences) < 2 or np.ptp(differences) == 0:
        return None
    error = differences.std(ddof=1) / len(differences) ** 0.5
    return float(two_sided_p(differences.mean() / error, len(differences) - 1))


def _compared(sums: GroupSums, reference: GroupSums, seed: int) -> Comparison:
    if not sums.same_units(reference):
        raise ValueError("a paired comparison needs the same seeds and the same images by group on both sides")
    by_seed = sums.by_seed() - reference.by_seed()
    enough = len(sums.sizes) > 1
    return Comparison(
        value=crossed_interval(sums),
        reference=crossed_interval(reference),
        effect=crossed_interval(sums, reference),
        p=float(crossed(sums, reference).p_value()) if enough and sums.seeds > 1 else None,
        swap=swap_test(sums, reference, seed=seed) if enough else None,
        seed_interval=t_interval(by_seed),
        seed_p=paired_t(by_seed),
    )


def _judged(
    found: Comparison, p: float | None, swap_p: float | None, seed_p: float | None, *, level: float
) -> Comparison:
    shown = p is not None and swap_p is not None and max(p, swap_p) <= level
    effect = found.effect.mean or 0.0
    verdict = (HIGHER if effect > 0 else LOWER) if shown else NO_DIFFERENCE
    return replace(found, p_holm=p, swap_p_holm=swap_p, seed_p_holm=seed_p, verdict=verdict)
