"""Scores as the ledger has them."""

import math


def finite(score: float | None) -> float | None:
    """A score; None in place of NaN and infinity."""
    return score if score is not None and math.isfinite(score) else None
