"""Axes of scores: the one that all figures of one method's search share, and those of shares between 0 and 1."""

import math
from collections.abc import Iterable
from typing import Any


def score_range(scores: list[float]) -> list[float]:
    """The range of the score axis, shared by all figures of one method."""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    margin = max((high - low) * 0.08, 0.01)
    return [low - margin, high + margin]


def share_axis(values: Iterable[float | None]) -> dict[str, Any]:
    """An axis of values between 0 and 1, from the tenth below the least of them to the tenth above the largest."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low = max(0.0, math.floor(10 * min(known, default=0.0)) / 10)
    high = min(1.0, math.ceil(10 * max(known, default=1.0)) / 10)
    low, high = min(low, 0.8), max(high, min(low, 0.8) + 0.2)
    margin = 0.02 * (high - low)
    return {"range": [low - margin, high + margin], "tickformat": "~g"}
