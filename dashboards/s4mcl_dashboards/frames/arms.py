"""The arms of the designs: what each one was given, and its score over the seeds."""

import json
from typing import Any

import polars as pl

from s4mcl.statistics.ablation import arm_values
from s4mcl.statistics.interval import t_interval

SCORE = "val_score"
BLOCK = ("design", "method", "label_fraction")
VALUES = {
    **dict.fromkeys(("design", "kind", "arm", "method"), pl.String),
    "label_fraction": pl.Float64,
    "factors": pl.String,
    "seed": pl.Int64,
    "value": pl.Float64,
}
MEANS = {
    **dict.fromkeys(("design", "arm", "method"), pl.String),
    "label_fraction": pl.Float64,
    "n": pl.Int64,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
}


def scores_frame(arms: pl.DataFrame, trials: pl.DataFrame) -> pl.DataFrame:
    """One row an arm and seed: its validation score, null where it has none; empty where nothing was scored."""
    if arms.is_empty() or SCORE not in trials.columns or "cohort" not in trials.columns:
        return pl.DataFrame(schema=VALUES)
    found = arm_values(arms, trials, SCORE)
    return found.with_columns(pl.when(pl.col("value").is_finite()).then("value")).select(VALUES.keys())


def arm_means_frame(scores: pl.DataFrame) -> pl.DataFrame:
    """One row an arm with a score: the mean over its seeds and Student's t limits, null with one seed."""
    rows = []
    for (design, arm, method, fraction), own in scores.drop_nulls("value").group_by(
        "design", "arm", "method", "label_fraction", maintain_order=True
    ):
        found = t_interval(own["value"])
        place = {"design": design, "arm": arm, "method": method, "label_fraction": fraction}
        rows.append({**place, "n": found.n, "mean": found.mean, "low": found.low, "high": found.high})
    return pl.DataFrame(rows, schema=MEANS)


def decoded(text: str | None) -> dict[str, Any]:
    """A JSON object as a dict; anything else as an empty one."""
    loaded = json.loads(text or "{}")
    return loaded if isinstance(loaded, dict) else {}
