"""What each arm of an ablation changes against the reference arm."""

from typing import Any

import polars as pl

from s4mcl.statistics.comparison import HIGHER, LEVEL, LOWER, NO_DIFFERENCE, paired_t
from s4mcl.statistics.correction import holm
from s4mcl.statistics.interval import t_interval

EFFECTS_SCHEMA = {
    "arm": pl.String,
    "seeds": pl.Int64,
    **dict.fromkeys(("mean", "reference_mean", "effect", "low", "high", "p", "p_holm"), pl.Float64),
    "verdict": pl.String,
}


def arm_effects(values: pl.DataFrame, reference: str, confidence: float = 0.95) -> pl.DataFrame:
    """Each arm minus the reference arm, seed by seed, with the t interval of the mean and the paired t test.

    The arms of one call are one family (Holm). An ablation is scored on validation images, so the effects hold for
    those images; they say how much they vary with the seed and nothing of other patients. A p is null with fewer than
    two shared seeds or where all seeds differ by the same amount.

    Args:
        values: columns arm, seed, value; one row an arm and seed. Null values are left out: a seed without one is
            not paired.
        reference: the name of the reference arm.
        confidence: in (0, 1).

    Raises:
        ValueError: there is no such arm, or an arm has a seed twice.
    """
    known = values.select("arm", "seed", "value").drop_nulls()
    if known.select("arm", "seed").is_duplicated().any():
        raise ValueError("an arm has a seed twice; give one value an arm and seed")
    base = known.filter(pl.col("arm") == reference).select("seed", pl.col("value").alias("reference"))
    if base.is_empty():
        raise ValueError(f"there is no value of the reference arm {reference!r}; arms: {sorted(set(known['arm']))}")
    arms = [arm for arm in values["arm"].unique(maintain_order=True) if arm != reference]
    rows = [
        _row(arm, known.filter(pl.col("arm") == arm).join(base, on="seed").sort("seed"), confidence) for arm in arms
    ]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
        shown = p is not None and p <= LEVEL
        row["verdict"] = (HIGHER if row["effect"] > 0 else LOWER) if shown else NO_DIFFERENCE
    return pl.DataFrame(rows, schema=EFFECTS_SCHEMA)


def _row(arm: str, pairs: pl.DataFrame, confidence: float) -> dict[str, Any]:
    difference = (pairs["value"] - pairs["reference"]).to_numpy()
    interval = t_interval(difference, confidence)
    return {
        "arm": arm,
        "seeds": interval.n,
        "mean": pairs["value"].mean(),
        "reference_mean": pairs["reference"].mean(),
        "effect": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "p": paired_t(difference),
    }
