"""Optuna's parameters as numbers of the unit interval, evenly spread on the parameter's own scale."""

import math
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution


def from_unit(distribution: BaseDistribution, place: float) -> Any:
    """The value at a place in [0, 1]; whole numbers and choices have equal shares (on a log scale: log shares)."""
    if isinstance(distribution, CategoricalDistribution):
        count = len(distribution.choices)
        return distribution.choices[min(count - 1, int(place * count))]
    if isinstance(distribution, IntDistribution):
        low, high = _edges(distribution)
        raw = low + place * (high - low)
        steps = ((math.exp(raw) if distribution.log else raw) - distribution.low) / distribution.step
        most = (distribution.high - distribution.low) // distribution.step
        return distribution.low + distribution.step * min(most, max(0, round(steps)))
    if not isinstance(distribution, FloatDistribution):
        raise TypeError(f"no place for {distribution!r}")
    low, high = _edges(distribution)
    raw = low + place * (high - low)
    return min(distribution.high, max(distribution.low, math.exp(raw) if distribution.log else raw))


def to_unit(distribution: FloatDistribution | IntDistribution, value: float) -> float:
    """The place of a number in [0, 1]: for a whole number, the middle of its share (on a log scale, by its log)."""
    low, high = _edges(distribution)
    raw = math.log(value) if distribution.log else float(value)
    return min(1.0, max(0.0, (raw - low) / (high - low)))


def _edges(distribution: FloatDistribution | IntDistribution) -> tuple[float, float]:
    half = distribution.step / 2 if isinstance(distribution, IntDistribution) else 0.0
    low, high = distribution.low - half, distribution.high + half
    return (math.log(low), math.log(high)) if distribution.log else (low, high)
