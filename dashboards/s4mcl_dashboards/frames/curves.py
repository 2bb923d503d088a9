"""Training curves of the confirm stage: the mean over seeds of every reported quantity."""

import polars as pl

from s4mcl_dashboards.frames.label_fraction import confirm_trials
from s4mcl_dashboards.frames.schema import REPORTS, complete

LONGEST = 120  # points of a curve that a picture of a few hundred pixels can show
SCHEMA = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "quantity": pl.String,
    "iteration": pl.Int64,
    "mean": pl.Float64,
    "n": pl.Int64,
}
FIRST = ("val_dice", "val_balanced_accuracy")
LEFT_OUT = ("val_n_empty_gt", "val_majority_rate", "n_empty_gt", "majority_rate")


def curves_frame(trials: pl.DataFrame, reports: pl.DataFrame, longest: int = LONGEST) -> pl.DataFrame:
    """Columns method, label_fraction, quantity, iteration, mean, n.

    `mean` is over the `n` seeds that reported a finite value at that iteration. A curve of more than `longest`
    iterations keeps every k-th, and its last. Quantities that no trial of a method reported have no rows.
    """
    keys = confirm_trials(trials).select("key", "method", "label_fraction").unique("key")
    frame = complete(reports, REPORTS)
    quantities = [name for name in frame.columns if name not in REPORTS and name not in LEFT_OUT]
    quantities = [name for name in quantities if frame.schema[name].is_numeric()]
    if not quantities or keys.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    joined = frame.join(keys, on="key").unpivot(
        on=quantities, index=["method", "label_fraction", "iteration"], variable_name="quantity", value_name="at"
    )
    curve = ["method", "label_fraction", "quantity"]
    means = (
        joined.drop_nulls("at")
        .group_by(*curve, "iteration")
        .agg(pl.col("at").mean().alias("mean"), pl.len().alias("n"))
    )
    means = means.sort(*curve, "iteration").with_columns(
        pl.int_range(pl.len()).over(curve).alias("place"), pl.len().over(curve).alias("length")
    )
    step = ((pl.col("length") + longest - 2) // (longest - 1)).clip(lower_bound=1)
    kept = means.filter((pl.col("place") % step == 0) | (pl.col("place") == pl.col("length") - 1))
    return kept.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def quantities_of(curves: pl.DataFrame, method: str) -> list[str]:
    """The quantities of a method: Dice and balanced accuracy first, other validation values, then losses by name."""
    names = curves.filter(pl.col("method") == method)["quantity"].unique().to_list()
    return sorted(names, key=lambda name: (name not in FIRST, not name.startswith("val_"), name != FIRST[0], name))
