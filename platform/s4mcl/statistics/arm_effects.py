"""What each arm of an ablation changes against the reference arm."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl.statistics.comparison import HIGHER, LEVEL, LOWER, NO_DIFFERENCE, paired_t
from s4mcl.statistics.correction import holm
from s4mcl.statistics.interval import t_interval

EFFECTS_SCHEMA = {
    "arm": pl.String,
    "reference": pl.String,
    "seeds": pl.Int64,
    **dict.fromkeys(("mean", "reference_mean", "effect", "low", "high", "p", "p_holm"), pl.Float64),
    "verdict": pl.String,
}


def arm_effects(values: pl.DataFrame, reference: str | Mapping[str, str], confidence: float = 0.95) -> pl.DataFrame:
    """Each arm minus its reference arm, seed by seed, with the t interval of the mean and the paired t test.

    The arms of one call are one family (Holm). An ablation is scored on validation images, so the effects hold for
    those images; they say how much they vary with the seed and nothing of other patients. A p is null with fewer than
    two shared seeds or where all seeds differ by the same amount.

    Args:
        values: columns arm, seed, value; one row an arm and seed. Null values are left out: a seed without one is
            not paired.
        reference: the name of the reference arm, or the reference of each arm that has one (a base at each label
            fraction, say); arms that are a reference themselves have no row.
        confidence: in (0, 1).

    Raises:
        ValueError: there is no such arm, or an arm has a seed twice.
    """
    known = values.select("arm", "seed", "value").drop_nulls()
    if known.select("arm", "seed").is_duplicated().any():
        raise ValueError("an arm has a seed twice; give one value an arm and seed")
    arms = values["arm"].unique(maintain_order=True).to_list()
    against = reference if isinstance(reference, Mapping) else dict.fromkeys(arms, reference)
    absent = sorted(set(against.values()) - set(known["arm"]))
    if absent:
        raise ValueError(f"there is no value of the reference arm {absent[0]!r}; arms: {sorted(set(known['arm']))}")
    compared = [arm for arm in arms if arm in against and arm not in against.values()]
    rows = [_row(arm, against[arm], known, confidence) for arm in compared]
    for row, p in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_holm"] = p
        shown = p is not None and p <= LEVEL
        row["verdict"] = (HIGHER if row["effect"] > 0 else LOWER) if shown else NO_DIFFERENCE
    return pl.DataFrame(rows, schema=EFFECTS_SCHEMA)


def _row(arm: str, reference: str, known: pl.DataFrame, confidence: float) -> dict[str, Any]:
    of_arm, base = (known.filter(pl.col("arm") == name) for name in (arm, reference))
    pairs = of_arm.join(base, on="seed", suffix="_reference").sort("seed")
    difference = (pairs["value"] - pairs["value_reference"]).to_numpy()
    interval = t_interval(difference, confidence)
    return {
        "arm": arm,
        "reference": reference,
        "seeds": interval.n,
        "mean": pairs["value"].mean(),
        "reference_mean": pairs["value_reference"].mean(),
        "effect": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "p": paired_t(difference),
    }
