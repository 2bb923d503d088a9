"""A mean over seeds with its confidence interval."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from s4mcl.statistics.student_t import t_quantile


@dataclass(frozen=True)
class Interval:
    """The mean of `n` values and the limits of its confidence interval.

    `low` and `high` are None where fewer than two values leave the spread unknown; `mean` is None without any value.
    `kind` says how it was made: "t" or "bootstrap-t".
    """

    mean: float | None
    low: float | None
    high: float | None
    n: int
    kind: str = "t"

    @property
    def half(self) -> float | None:
        """Half the width of the interval, None where there is no interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def t_interval(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """Student's t interval of the mean: mean ± t(n - 1) · s / √n, s with n - 1 in its denominator.

    The limits of a bounded metric (accuracy, Dice) are not clipped to 0 and 1: with two seeds the interval often
    reaches beyond, and a limit cut off at 1 would look like knowledge. Whoever shows it tells the reader so.

    Args:
        values: one finite number a seed. Leave missing values out first, so that `n` tells how many there were.
        confidence: the share of such intervals that hold the true mean, in (0, 1).

    Raises:
        ValueError: a value is not finite, or the confidence lies outside (0, 1).
    """
    numbers = [float(value) for value in values]
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, expected a number between 0 and 1")
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError(f"an interval needs finite values, got {numbers}")
    n = len(numbers)
    if n == 0:
        return Interval(mean=None, low=None, high=None, n=0)
    mean = math.fsum(numbers) / n
    if n == 1:
        return Interval(mean=mean, low=None, high=None, n=1)
    deviation = math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / (n - 1))
    half = float(t_quantile((1 + confidence) / 2, n - 1)) * deviation / math.sqrt(n)
    return Interval(mean=mean, low=mean - half, high=mean + half, n=n)
