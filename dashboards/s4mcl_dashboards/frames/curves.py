"""Training curves of the confirm stage: the mean over seeds of every reported quantity."""

import polars as pl
from polars.selectors import by_name

from s4mcl_dashboards.frames.label_fraction import confirm_trials
from s4mcl_dashboards.frames.schema import REPORTS
from s4mcl_dashboards.frames.thinning import thinned

LONGEST = 60  # points of a curve: a picture of 250 pixels shows no more
SCHEMA = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "quantity": pl.String,
    "iteration": pl.Int64,
    "mean": pl.Float64,
    "n": pl.Int64,
}
CURVE = ("method", "label_fraction", "quantity")  # what tells one curve from another
FIRST = ("val_dice", "val_balanced_accuracy")
LEFT_OUT = ("val_n_empty_gt", "val_majority_rate", "n_empty_gt", "majority_rate")


def curves_frame(trials: pl.DataFrame, reports: pl.DataFrame | pl.LazyFrame, longest: int = LONGEST) -> pl.DataFrame:
    """Columns method, label_fraction, quantity, iteration, mean, n.

    `mean` is over the `n` seeds that reported a finite value at that iteration. A curve of more than `longest`
    iterations keeps every k-th, and its last. Quantities that no trial of a method reported have no rows.

    Args:
        trials: as the ledger gives them.
        reports: as the ledger gives them; a lazy frame is collected a portion at a time, never as a whole.
        longest: at least 2.
    """
    keys = confirm_trials(trials).select("key", "method", "label_fraction").unique("key")
    lazy = reports.lazy()
    quantities = [name for name, kind in lazy.collect_schema().items() if kind.is_numeric()]
    quantities = [name for name in quantities if name not in REPORTS and name not in LEFT_OUT]
    if not quantities or keys.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    means = _means(lazy, keys, quantities).filter(pl.col("n") > 0).sort(*CURVE, "iteration")
    return thinned(means, CURVE, longest).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _means(reports: pl.LazyFrame, keys: pl.DataFrame, quantities: list[str]) -> pl.DataFrame:
    """A row for every quantity, also where its `n` is 0. Numbers stand in for names, which may be anything."""
    numbered = {str(place): by_name(name).cast(pl.Float64) for place, name in enumerate(quantities)}
    told = reports.select("key", "iteration", *(values.alias(number) for number, values in numbered.items()))
    finite = {number: pl.when(pl.col(number).is_finite()).then(pl.col(number)) for number in numbered}
    place = ["method", "label_fraction", "iteration"]
    wide = (
        told.join(keys.lazy(), on="key")
        .group_by(place)
        .agg(
            *(values.mean().alias(number) for number, values in finite.items()),
            *(values.count().alias(f"n{number}") for number, values in finite.items()),
        )
        .collect(engine="streaming")
    )
    counts = wide.unpivot(on=[f"n{number}" for number in numbered], value_name="n")["n"]
    long = wide.unpivot(on=list(numbered), index=place, variable_name="number", value_name="mean")
    names = pl.Series("quantity", quantities, pl.String)[long["number"].cast(pl.Int64)]
    return long.with_columns(names, counts)


def quantities_of(curves: pl.DataFrame, method: str) -> list[str]:
    """The quantities of a method: Dice and balanced accuracy first, other validation values, then losses by name."""
    names = curves.filter(pl.col("method") == method)["quantity"].unique().to_list()
    return sorted(names, key=lambda name: (name not in FIRST, not name.startswith("val_"), name != FIRST[0], name))
