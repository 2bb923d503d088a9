"""Accuracy and Dice of the confirm stage over the plane of both label fractions: that of classes, and that of masks."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from s4mcl.statistics.interval import t_interval
from s4mcl_dashboards.frames.label_fraction import all_confirm_trials
from s4mcl_trainables.label_fraction import TASKS
from s4mcl_trainables.methods import method_named, method_names

METRICS = ("accuracy", "dice")
SHARES = ("classification_fraction", "segmentation_fraction")
SCHEMA: dict[str, Any] = {
    "method": pl.String,
    "metric": pl.String,
    **dict.fromkeys(SHARES, pl.Float64),
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
    "n": pl.Int64,
    "planned": pl.Int64,
    "own": pl.String,
}


def plane_frame(trials: pl.DataFrame, part: str = "test") -> pl.DataFrame:
    """One row a (method, metric, share of the classes, share of the masks) that any seed has a value of.

    `mean` is over the `n` seeds of `planned` that have one, with Student's t limits over seeds. A method of one task
    sees its own task's share alone: its value stands at every share of the other's, and `own` names its task. Without
    unequal shares there is no plane, and no row.
    """
    confirm = all_confirm_trials(trials).drop_nulls(SHARES)
    if confirm.filter(pl.col(SHARES[0]) != pl.col(SHARES[1])).is_empty():
        return pl.DataFrame(schema=SCHEMA)
    every = {share: _shown(confirm, share) for share in SHARES}
    found: list[dict[str, Any]] = []
    for (method, one, other), cohort in confirm.group_by("method", *SHARES):
        own = _own_task(str(method))
        at = dict(zip(SHARES, (one, other), strict=True))
        across = SHARES[1 - TASKS.index(own)] if own else None
        places = [{**at, across: share} for share in every[across]] if across else [at]
        for values in _values(cohort, part):
            found += [{"method": method, **place, **values, "own": own} for place in places]
    return pl.DataFrame(found, schema=SCHEMA).sort("method", "metric", *SHARES)


def _shown(confirm: pl.DataFrame, share: str) -> list[float]:
    """The shares of a task's labels that methods of the task were shown; of all methods, where none has the task."""
    other = TASKS[1 - SHARES.index(share)]
    methods = confirm["method"].unique().to_list()
    those = confirm.filter(pl.col("method").is_in([method for method in methods if _own_task(method) != other]))
    return (confirm if those.is_empty() else those)[share].unique().sort().to_list()


def _values(cohort: pl.DataFrame, part: str) -> Iterator[Mapping[str, Any]]:
    for metric in METRICS:
        values = cohort[f"{part}_{metric}"].drop_nulls().to_list()
        if values:
            interval = t_interval(values)
            limits = {"mean": interval.mean, "low": interval.low, "high": interval.high}
            yield {"metric": metric, **limits, "n": len(values), "planned": cohort["seed"].n_unique()}


def _own_task(method: str) -> str | None:
    """The one task of a method; None where it has both, or is not known here."""
    tasks = method_named(method).tasks if method in method_names() else TASKS
    return next(iter(tasks)) if len(tasks) == 1 else None
