"""The bootstrap-t interval of a mean over seeds (Efron & Tibshirani 1993, chapter 12.5)."""

from collections.abc import Iterable
from itertools import product

import numpy as np
from numpy.typing import NDArray

from s4mcl.statistics.interval import Interval, t_interval

EXACT = 6  # up to so many values all n^n resamples are taken, 46,656 at most
FEWEST = 4
RESAMPLES = 9_999


def bootstrap_t_interval(values: Iterable[float], confidence: float = 0.95, seed: int = 0) -> Interval:
    """mean - q·s/√n with the quantiles q of (mean* - mean) / (s*/√n) over resamples; skewness moves both limits.

    With few values it is far wider than Student's t: it pays for not trusting the normal curve. It falls back to
    `t_interval`, and the interval's `kind` says so, where resampling has nothing to say: fewer than four values, no
    spread, or ties so heavy that resamples without spread (whose ratio is infinite) reach into the quantiles.
    The percentile bootstrap is not offered: with five normal seeds it covers 85 % where it says 95 %.

    Args:
        values: one finite number a seed.
        confidence: in (0, 1).
        seed: of the resampling, where there are too many resamples to take all.

    Raises:
        ValueError: as `t_interval`.
    """
    numbers = np.array([float(value) for value in values])
    plain = t_interval(numbers, confidence)
    if len(numbers) < FEWEST or np.ptp(numbers) == 0:
        return plain
    ratios = _ratios(numbers, seed)
    low, high = np.quantile(ratios, [(1 - confidence) / 2, (1 + confidence) / 2], method="inverted_cdf")
    if not np.isfinite([low, high]).all():
        return plain
    mean, error = float(numbers.mean()), float(numbers.std(ddof=1)) / len(numbers) ** 0.5
    return Interval(mean, mean - float(high) * error, mean - float(low) * error, len(numbers), kind="bootstrap-t")


def _ratios(numbers: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The studentised means of resamples; infinite for those without spread, whose mean is off."""
    places = _resamples(len(numbers), seed)
    drawn = numbers[places]
    error = drawn.std(1, ddof=1) / len(numbers) ** 0.5
    off = drawn.mean(1) - numbers.mean()
    flat = np.ptp(drawn, axis=1) == 0
    ratios: NDArray[np.float64] = np.where(flat, np.copysign(np.inf, off), off / np.where(flat, 1.0, error))
    return ratios


def _resamples(count: int, seed: int) -> NDArray[np.int64]:
    if count <= EXACT:
        return np.array(list(product(range(count), repeat=count)), dtype=np.int64)
    return np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
