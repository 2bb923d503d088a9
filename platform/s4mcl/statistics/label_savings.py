"""With how many labels a method reaches what a reference reaches with all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from s4mcl.statistics.crossed import effective_groups
from s4mcl.statistics.group_sums import Floats, GroupSums
from s4mcl.statistics.student_t import t_quantile

REACHED, BELOW, NOT_REACHED = "reached", "reached at the smallest fraction", "not reached"
RESAMPLES = 999
POINTS = 201  # label fractions between which the limits are searched
CLOSE = 1e-12


@dataclass(frozen=True)
class Savings:
    """The label fraction at which a method reaches the target.

    Attributes:
        outcome: "reached"; "reached at the smallest fraction" (less may do: `fraction` is the smallest tried); or
            "not reached" by the largest one (`fraction` is None).
        fraction: in (0, 1], of the training labels.
        low, high: 95 % limits; None without at least two seeds and, where there are images, two groups.
        low_open: the interval begins somewhere below `low`, the smallest fraction tried.
        high_open: no fraction is shown to reach the target; `high` is the largest one tried.
    """

    outcome: str
    fraction: float | None
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True)
class LabelCount:
    """How many labels a fraction means, and which share of them is saved against all training labels.

    Validation images are labelled too: `saved_with_validation` counts them on both sides.
    """

    labels: float
    saved: float
    labels_with_validation: float
    saved_with_validation: float


def label_savings(
    curve: Mapping[float, GroupSums],
    target: GroupSums,
    *,
    less_is_better: bool = False,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Savings:
    """Where a method's curve over label fractions crosses the reference's score with all labels.

    The curve is the isotonic regression of the means over seeds (more labels cannot be worse; SciPy's), linear in the
    logarithm of the fraction in between: halving the labels is one step wherever one stands. The limits are those
    fractions at which the distance of curve and target is within a t quantile of 0, with the distance's standard error
    from resampling seeds, and groups with all their images, each for all fractions and both methods at once. The two
    variances are added, their degrees of freedom are Satterthwaite's. The interplay of seeds and groups is in both, so
    the interval is a little too wide. A percentile interval of the crossing itself would have to invent a value for
    resamples that never cross.

    Args:
        curve: the method's measure by label fraction, at least one, with the same seeds and images as the target.
        target: the reference's measure with all labels.
        less_is_better: the measure is a distance.
        confidence: in (0, 1).
        resamples: of seeds and of groups.
        seed: of the resampling.

    Raises:
        ValueError: no fraction, or other seeds or images than the target's.
    """
    fractions = sorted(curve)
    if not fractions or not all(curve[fraction].same_units(target) for fraction in fractions):
        raise ValueError("label savings need at least one fraction, each with the seeds and images of the target")
    sign = -1.0 if less_is_better else 1.0
    sides = [curve[fraction] for fraction in fractions]
    places = np.log(np.array(fractions))
    means = sign * np.array([[side.by_seed().mean() for side in (*sides, target)]])
    crossing = _crossing(_fitted(means[:, :-1])[0], float(means[0, -1]), places)
    outcome = NOT_REACHED if crossing is None else BELOW if crossing <= places[0] else REACHED
    fraction = None if crossing is None else float(np.exp(crossing))
    if target.seeds < 2:
        return Savings(outcome, fraction)
    fine = np.unique(np.concatenate([np.linspace(places[0], places[-1], POINTS), places]))
    gap = _gaps(means, places, fine)[0]
    stream = np.random.default_rng(seed)
    by_seeds = _variance(_seed_resamples(sides, target, stream, resamples) * sign, places, fine, target.seeds)
    groups = len(target.sizes)
    if groups > 1:
        drawn = _group_resamples(sides, target, stream, resamples) * sign
        by_groups = _variance(drawn, places, fine, groups)
    else:
        by_groups = np.zeros_like(by_seeds)
    half = _half_width(by_seeds, by_groups, target, confidence)
    return _limited(outcome, fraction, np.exp(fine), gap, half)


def count_labels(fraction: float, training: int, validation: int) -> LabelCount:
    """The labels of a fraction of `training` labelled images beside `validation` labelled ones."""
    labels = fraction * training
    both = labels + validation
    return LabelCount(labels, 1 - fraction, both, 1 - both / (training + validation))


def _limited(outcome: str, fraction: float | None, fractions: Floats, gap: Floats, half: Floats) -> Savings:
    may, does = np.flatnonzero(gap + half >= -CLOSE), np.flatnonzero(gap - half >= -CLOSE)
    low = float(fractions[may[0]]) if len(may) else float(fractions[-1])
    high = float(fractions[does[0]]) if len(does) else float(fractions[-1])
    if fraction is not None:  # between two points of the search the estimate may stand outside by a hair
        low, high = min(low, fraction), max(high, fraction)
    return Savings(outcome, fraction, low, high, bool(len(may) and may[0] == 0), not len(does))


def _half_width(by_seeds: Floats, by_groups: Floats, target: GroupSums, confidence: float) -> Floats:
    variance = by_seeds + by_groups
    spread = by_seeds**2 / (target.seeds - 1) + by_groups**2 / max(effective_groups(target.sizes) - 1, 1.0)
    freedom = np.maximum(np.where(spread > 0, variance**2 / np.where(spread > 0, spread, 1.0), 1.0), 1.0)
    half: Floats = t_quantile((1 + confidence) / 2, freedom) * np.sqrt(variance)
    return half


def _seed_resamples(sides: list[GroupSums], target: GroupSums, stream: np.random.Generator, count: int) -> Floats:
    """[count, fractions + 1] means over resampled seeds, the same for all."""
    weights = stream.multinomial(target.seeds, np.full(target.seeds, 1 / target.seeds), count) / target.seeds
    return np.stack([weights @ side.by_seed() for side in (*sides, target)], 1)


def _group_resamples(sides: list[GroupSums], target: GroupSums, stream: np.random.Generator, count: int) -> Floats:
    """[count, fractions + 1] means over seeds on resampled groups, the same for all."""
    groups = len(target.sizes)
    weights = stream.multinomial(groups, np.full(groups, 1 / groups), count).astype(np.float64)
    return np.stack([side.weighted(weights).mean(1) for side in (*sides, target)], 1)


def _variance(means: Floats, places: Floats, fine: Floats, units: int) -> Floats:
    """Of the distance at each fine place; a bootstrap's variance lacks the factor units / (units - 1)."""
    variance: Floats = _gaps(means, places, fine).var(0) * units / (units - 1)
    return variance


def _gaps(means: Floats, places: Floats, fine: Floats) -> Floats:
    """[B, fine] curve minus target, from means [B, fractions + 1] whose last column is the target."""
    curves = _fitted(means[:, :-1])
    return np.array([np.interp(fine, places, curve) for curve in curves]) - means[:, -1:]


def _fitted(means: Floats) -> Floats:
    from scipy.optimize import isotonic_regression  # noqa: PLC0415  # not every report needs it, and it takes a while

    return np.array([isotonic_regression(row).x for row in means])


def _crossing(curve: Floats, target: float, places: Floats) -> float | None:
    """The first place at which the rising curve reaches the target."""
    above = np.flatnonzero(curve >= target - CLOSE)
    if not len(above):
        return None
    k = int(above[0])
    if k == 0:
        return float(places[0])
    share = (target - curve[k - 1]) / (curve[k] - curve[k - 1])
    return float(places[k - 1] + min(share, 1.0) * (places[k] - places[k - 1]))
