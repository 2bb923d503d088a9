"""Ticks of a logarithmic axis: decades where it has several of them, else rounder numbers between them."""

import math
from typing import Any

from s4mcl_dashboards.naming import compact

FINER = ((1, 2, 5), (1, 2, 3, 4, 5, 6, 7, 8, 9))  # of a decade
FEW = 6  # ticks that fit a small figure


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """The settings of an axis from 10^low to 10^high: two ticks at least, its ends where there is no rounder number."""
    if math.floor(high) - math.ceil(low) >= 1:
        return {"dtick": max(1, round((high - low) / 4)), "tickformat": "~g"}
    ends = [float(f"{10**end:.4g}") for end in (low, high)]
    found = [_between(low, high, steps) for steps in FINER]
    values = next((ticks for ticks in found if 2 <= len(ticks) <= FEW), ends)
    return {"tickvals": values, "ticktext": [compact(value) for value in values]}


def _between(low: float, high: float, steps: tuple[int, ...]) -> list[float]:
    decades = range(math.floor(low), math.floor(high) + 1)
    values = [float(f"{step}e{decade}") for decade in decades for step in steps]
    return [value for value in values if low <= math.log10(value) <= high]
