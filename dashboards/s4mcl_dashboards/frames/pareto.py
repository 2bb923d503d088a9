"""The Pareto set of Dice and balanced accuracy in the search: what no other proposal beats in both."""

import polars as pl

from s4mcl_dashboards.frames.search import searched
from s4mcl_dashboards.frames.shown_proposals import GROUP

SCHEMA = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "number": pl.Int64,
    "score": pl.Float64,
    "balanced_accuracy": pl.Float64,
    "dice": pl.Float64,
    "met": pl.Boolean,
    "front": pl.Boolean,
    "best": pl.Boolean,
}


def pareto_frame(proposals: pl.DataFrame) -> pl.DataFrame:
    """One row a completed proposal with both objectives, by method, label fraction and number.

    `met` says whether it keeps all constraints of the search, `front` whether no proposal that keeps them is better in
    one objective and no worse in the other, among those of its method and label fraction (found in O(n log n)). `best`
    marks the one with the best score, the earlier of equals: it is what the confirm stage trains.
    """
    if "objectives" not in proposals.columns:
        return pl.DataFrame(schema=SCHEMA)
    done = searched(proposals).filter((pl.col("state") == "completed") & (pl.col("objectives").list.len() == 2))
    objectives = [pl.col("objectives").list.get(place) for place in (0, 1)]
    found = done.with_columns(objectives[0].alias("balanced_accuracy"), objectives[1].alias("dice"), _met(done))
    finite = found.filter(pl.col("balanced_accuracy").is_finite() & pl.col("dice").is_finite())
    groups = [_with_front(group) for group in finite.partition_by(GROUP, maintain_order=True)] if len(finite) else []
    return pl.concat(groups).select(SCHEMA.keys()) if groups else pl.DataFrame(schema=SCHEMA)


def _met(frame: pl.DataFrame) -> pl.Expr:
    """A violation above 0 breaks a constraint."""
    if "violations" not in frame.columns or frame.schema["violations"] == pl.Null:
        return pl.lit(True).alias("met")
    return (pl.col("violations").list.max() <= 0).fill_null(True).alias("met")


def _with_front(group: pl.DataFrame) -> pl.DataFrame:
    """From the highest balanced accuracy down, a point belongs where its Dice is above all before.

    As `s4mcl.search.pareto.front`, in columns, and without that package's Optuna.
    """
    objectives = ["balanced_accuracy", "dice"]
    able = group.filter("met")
    points = able.select(objectives).unique().sort(objectives, descending=True)
    above = (pl.col("dice") > pl.col("dice").cum_max().shift()).fill_null(True)
    chosen = points.filter(above).with_columns(front=True)  # equals do not beat each other: all of them belong
    top = able.sort("score", "number", descending=[True, False], nulls_last=True)["number"].head(1)
    joined = group.join(chosen, on=objectives, how="left", maintain_order="left")
    first = pl.col("number").is_in(top.to_list()) & pl.col("score").is_not_null()
    return joined.with_columns((pl.col("front").fill_null(False) & pl.col("met")), first.alias("best"))
