"""Student's t distribution, as SciPy's `stats.t` computes it, without the second that importing `stats` takes."""

from typing import Any

from scipy.special import stdtr, stdtrit


def t_quantile(share: float, freedom: Any) -> Any:
    """The value below which a share of the distribution lies; `freedom` is a number or an array [...]."""
    return stdtrit(freedom, share)


def two_sided_p(ratio: Any, freedom: Any) -> Any:
    """The probability of a value at least as far from 0; numbers or arrays [...]."""
    return 2 * stdtr(freedom, -abs(ratio))
