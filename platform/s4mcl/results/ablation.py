"""The effects of a study's designs, arms and factorials in one frame."""

from typing import Any

import polars as pl

from s4mcl.results.choices import chosen
from s4mcl.results.study_material import StudyMaterial
from s4mcl.statistics.ablation import ablation_effects, ablation_interactions, arm_values

PREFIX = "val_"  # an ablation is scored on validation images
TABLE = "table"

ABLATION_SCHEMA: dict[str, Any] = {
    "design": pl.String,
    "kind": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "term": pl.String,
    "of": pl.String,
    "reference": pl.String,
    "seeds": pl.Int64,
    **dict.fromkeys(("mean", "reference_mean", "effect", "low", "high", "p", "p_holm"), pl.Float64),
    "aliased_with": pl.List(pl.String),
    "verdict": pl.String,
}


def ablation_of(material: StudyMaterial, design: str | None, metric: str) -> pl.DataFrame:
    """One row an effect, the designs in their order; see `Results.ablation` for the columns.

    Raises:
        InputError: no such metric.
    """
    known = [name.removeprefix(PREFIX) for name in material.trials.columns if name.startswith(PREFIX)]
    arms = material.arms if design is None else material.arms.filter(pl.col("design") == design)
    values = arm_values(arms, material.trials, f"{PREFIX}{chosen('metric', metric, known)}")
    found = [_arms(values), _interactions(values)]
    whole = pl.concat([pl.DataFrame(schema=ABLATION_SCHEMA), *found], how="diagonal").drop("kind")
    kinds = arms.select("design", "kind").unique(maintain_order=True)
    placed = kinds.join(whole, on="design", how="inner", maintain_order="left_right")
    return placed.select(ABLATION_SCHEMA.keys())


def _arms(values: pl.DataFrame) -> pl.DataFrame:
    """Each arm against the first one of its design and label fraction; in a table that is one of another method."""
    method = pl.when(pl.col("kind") == TABLE).then(pl.lit("")).otherwise("method").alias("method")
    found = ablation_effects(values.with_columns(method)).drop("method")
    methods = values.select("design", "arm", "method").unique(maintain_order=True)
    named = found.join(methods, on=["design", "arm"], how="left", maintain_order="left").rename({"arm": "term"})
    return named.with_columns(pl.lit("arm").alias("of"))


def _interactions(values: pl.DataFrame) -> pl.DataFrame:
    """Main effects and interactions, with the arm that has the base levels and how many seeds there are."""
    found = ablation_interactions(values).rename({"effect": "term", "kind": "of", "estimate": "effect"})
    block = ["design", "method", "label_fraction"]
    first, seeds = pl.col("arm").first().alias("reference"), pl.col("seed").n_unique().cast(pl.Int64).alias("seeds")
    bases = values.drop_nulls("value").group_by(block, maintain_order=True).agg(first, seeds)
    return found.join(bases, on=block, how="left", maintain_order="left")
