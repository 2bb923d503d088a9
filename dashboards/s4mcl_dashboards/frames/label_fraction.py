"""Measures of the confirm stage against the label fraction: a mean over seeds with its interval."""

from typing import Any

import polars as pl

from s4mcl.statistics.interval import t_interval
from s4mcl_dashboards.frames.sample import spaced
from s4mcl_dashboards.frames.schema import DISTANCES, MEASURES, TRIALS, complete

SEEDS_SHOWN = 30  # points of one method at one label fraction
CROSSED, SEEDS = "seeds and test groups", "seeds"  # what an interval is over
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "metric": pl.String,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "over": pl.String,
    "n": pl.Int64,
    "planned": pl.Int64,
    "seeds": pl.List(pl.Int64),
    "values": pl.List(pl.Float64),
}


def all_confirm_trials(trials: pl.DataFrame) -> pl.DataFrame:
    """The rows of the confirm stage, with every column of the schema."""
    return complete(trials, TRIALS).filter(pl.col("stage") == "confirm")


def confirm_trials(trials: pl.DataFrame) -> pl.DataFrame:
    """Those whose label fraction is one for both tasks: tables, curves and comparisons are over these."""
    apart = pl.col("label_fraction").is_null() & pl.col("segmentation_fraction").is_not_null()
    return all_confirm_trials(trials).filter(~apart)


def measured_part(trials: pl.DataFrame) -> str:
    """ "test" where any confirm trial has a test value, else "val": the test set is locked, or was not reached yet."""
    confirm = all_confirm_trials(trials)
    opened = any(confirm[f"test_{measure}"].count() for measure in MEASURES)
    return "test" if opened else "val"


def label_fraction_frame(trials: pl.DataFrame, part: str = "test", crossed: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row a (method, label fraction, metric) that any seed has a value of.

    `n` counts the seeds with a value and `planned` all of the cohort, so that lost seeds show. `seeds` and `values` are
    parallel lists. The metric lacks a row where the method lacks its task, and a distance where it was not measured
    with every seed: those that have it were measured for another study.

    The limits are those of `crossed` (as `means_frame` of the statistics gives it) where it rests on the same number of
    seeds: over seeds and test groups. Else they are Student's t over the seeds. `over` says which, null without limits.
    """
    rows = [] if crossed is None else crossed.drop_nulls("low").to_dicts()
    known = {(row["method"], row["label_fraction"], row["measure"]): row for row in rows}
    found = []
    cohorts = confirm_trials(trials).group_by("method", "label_fraction")
    for (method, fraction), cohort in sorted(cohorts, key=lambda item: item[0]):
        head = {"method": method, "label_fraction": fraction, "planned": cohort["seed"].n_unique()}
        for metric in MEASURES:
            seen = cohort.drop_nulls(f"{part}_{metric}").sort("seed")
            lacking = metric in DISTANCES and seen.height < cohort[f"{part}_dice"].count()
            if seen.height and not lacking:
                values = seen[f"{part}_{metric}"].to_list()
                told = {"metric": metric, "seeds": seen["seed"].to_list(), "values": values, "n": len(values)}
                found.append({**head, **told, **_limits(values, known.get((method, fraction, metric)))})
    return pl.DataFrame(found, schema=SCHEMA)


def _limits(values: list[float], crossed: dict[str, Any] | None) -> dict[str, Any]:
    if crossed is not None and crossed["seeds"] == len(values):
        return {name: crossed[name] for name in ("mean", "low", "high")} | {"over": CROSSED}
    interval = t_interval(values)
    over = None if interval.low is None else SEEDS
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "over": over}


def seeds_frame(effect: pl.DataFrame, most: int = SEEDS_SHOWN) -> pl.DataFrame:
    """Columns label_fraction, seed, value: single seeds of the rows of `label_fraction_frame`, a row a point.

    Of more than `most` seeds of one row so many are kept, evenly over their values, the least and the greatest too.
    """
    points = effect.select("label_fraction", pl.col("seeds").alias("seed"), pl.col("values").alias("value"))
    kept = [
        row if row.height <= most else row.sort("value", "seed")[spaced(row.height, most)]
        for row in (points[place].explode("seed", "value") for place in range(points.height))
    ]
    return pl.concat(kept) if kept else points.explode("seed", "value")


def majority_rate(trials: pl.DataFrame, part: str = "test") -> float | None:
    """The accuracy of always naming the commonest class of the part, None where no trial tells it."""
    rates = all_confirm_trials(trials)[f"{part}_majority_rate"].drop_nulls()
    return None if rates.is_empty() else float(rates[0])
