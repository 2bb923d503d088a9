"""Label savings as arrows: from the reference with all labels to the fraction at which a method reaches its score."""

from collections.abc import Sequence

import polars as pl

SCHEMA = {
    **dict.fromkeys(("measure", "method", "reference"), pl.String),
    **dict.fromkeys(("target", "head", "low", "high"), pl.Float64),
    "low_open": pl.Boolean,
    "high_open": pl.Boolean,
    "place": pl.Int64,
}
TAIL = 1.0  # the label fraction of the reference


def arrows_frame(savings: pl.DataFrame, methods: Sequence[str]) -> pl.DataFrame:
    """One row a measure and method that has something to draw, the methods in the given order.

    `head` is the label fraction that reaches `target` (null: none does); `low` and `high` are its limits (null: no
    interval), open where a limit lies beyond the fractions that were tried. `place` counts the rows of a measure from
    0, so that arrows at one target can be set apart. The reference saves nothing against itself and has no row, nor
    has a method of which is only known that no fraction tried reaches the target.

    Args:
        savings: as `savings_frame` of the statistics gives it.
    """
    known = pl.col("fraction").is_not_null() | (pl.col("low") < pl.col("high"))
    own = savings.filter((pl.col("method") != pl.col("reference")) & known)
    order = pl.DataFrame(
        {"method": list(methods), "order": range(len(methods))}, schema_overrides={"method": pl.String}
    )
    placed = own.join(order, on="method", how="left").sort("measure", "order", nulls_last=True, maintain_order=True)
    place = pl.int_range(pl.len(), dtype=pl.Int64).over("measure").alias("place")
    return placed.rename({"fraction": "head"}).with_columns(place).select(SCHEMA.keys())
