"""The difference of two methods on the same seeds: every method sees the same labels with the same seed."""

import polars as pl

from s4mcl.statistics.interval import t_interval
from s4mcl_dashboards.frames.label_fraction import confirm_trials


def difference_frame(trials: pl.DataFrame, subject: str, reference: str, column: str) -> pl.DataFrame:
    """Subject minus reference in `column` (such as test_dice), seed by seed: label_fraction, mean, low, high, n.

    Only seeds that both methods have a value of count. A label fraction without such a seed has no row.
    """
    confirm = confirm_trials(trials).drop_nulls(column)
    sides = [
        confirm.filter(pl.col("method") == method).select("label_fraction", "seed", column)
        for method in (subject, reference)
    ]
    paired = sides[0].join(sides[1], on=["label_fraction", "seed"], suffix="_reference")
    paired = paired.with_columns((pl.col(column) - pl.col(f"{column}_reference")).alias("difference"))
    rows = []
    for (fraction,), pairs in sorted(paired.group_by("label_fraction"), key=lambda item: item[0]):
        interval = t_interval(pairs["difference"].to_list())
        rows.append(
            {
                "label_fraction": fraction,
                "mean": interval.mean,
                "low": interval.low,
                "high": interval.high,
                "n": interval.n,
            }
        )
    floats = dict.fromkeys(("label_fraction", "mean", "low", "high"), pl.Float64)
    return pl.DataFrame(rows, schema={**floats, "n": pl.Int64})
