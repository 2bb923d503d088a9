"""Metrics of the confirm stage against the label fraction: a mean over seeds with its interval."""

import polars as pl

from s4mcl.statistics.interval import t_interval
from s4mcl_dashboards.frames.schema import METRICS, TRIALS, complete

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "metric": pl.String,
    "mean": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
    "planned": pl.Int64,
    "seeds": pl.List(pl.Int64),
    "values": pl.List(pl.Float64),
}


def confirm_trials(trials: pl.DataFrame) -> pl.DataFrame:
    """The rows of the confirm stage, with every column of the schema."""
    return complete(trials, TRIALS).filter(pl.col("stage") == "confirm")


def measured_part(trials: pl.DataFrame) -> str:
    """ "test" where any confirm trial has a test value, else "val": the test set is locked, or was not reached yet."""
    confirm = confirm_trials(trials)
    opened = any(confirm[f"test_{metric}"].count() for metric in METRICS)
    return "test" if opened else "val"


def label_fraction_frame(trials: pl.DataFrame, part: str = "test") -> pl.DataFrame:
    """One row a (method, label fraction, metric) that any seed has a value of.

    `n` counts the seeds with a value and `planned` all of the cohort, so that lost seeds show. `seeds` and `values` are
    parallel lists. The metric lacks a row where the method lacks its task.
    """
    confirm = confirm_trials(trials)
    rows = []
    for (method, fraction), cohort in sorted(confirm.group_by("method", "label_fraction"), key=lambda item: item[0]):
        for metric in METRICS:
            seen = cohort.drop_nulls(f"{part}_{metric}").sort("seed")
            if seen.is_empty():
                continue
            values = seen[f"{part}_{metric}"].to_list()
            interval = t_interval(values)
            rows.append(
                {
                    "method": method,
                    "label_fraction": fraction,
                    "metric": metric,
                    "mean": interval.mean,
                    "low": interval.low,
                    "high": interval.high,
                    "n": interval.n,
                    "planned": cohort["seed"].n_unique(),
                    "seeds": seen["seed"].to_list(),
                    "values": values,
                }
            )
    return pl.DataFrame(rows, schema=SCHEMA)


def majority_rate(trials: pl.DataFrame) -> float | None:
    """The accuracy of always naming the commonest class of the test part, None where no trial tells it."""
    rates = confirm_trials(trials)["test_majority_rate"].drop_nulls()
    return None if rates.is_empty() else float(rates[0])
