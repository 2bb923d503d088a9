"""Correction of p-values for the size of their family."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p-values (Holm 1979), in the order given; None stays None and does not count.

    The k-th smallest of m is multiplied by m - k + 1, and none may be smaller than the one before. statsmodels has it
    too, at 70 ms a call: its `multipletests` collects garbage each time.
    """
    known = np.array([p for p in p_values if p is not None], dtype=np.float64)
    order = np.argsort(known, kind="stable")
    stepped = known[order] * np.arange(len(known), 0, -1)
    adjusted = np.empty_like(known)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    following = iter(adjusted.tolist())
    return [None if p is None else next(following) for p in p_values]
