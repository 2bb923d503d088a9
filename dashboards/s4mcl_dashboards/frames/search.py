"""The search: scores of the proposals in order, and each hyperparameter against the score."""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.sample import spaced
from s4mcl_dashboards.frames.schema import PROPOSALS, complete
from s4mcl_dashboards.frames.shown_proposals import GROUP, only_shown, with_shown

LINES = 160  # proposals of a group whose way over the rungs can be told apart
LOG_SPAN = 100.0  # beyond two decades a linear axis hides the small values
SEARCH = "search"  # the stage; proposals of other studies and of an ablation's subset search have stages of their own
HISTORY = (*GROUP, "number", "state", "score", "best", "last", "stopped_at", "shown")
RUNGS = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "number": pl.Int64,
    "state": pl.String,
    "iteration": pl.Int64,
    "score": pl.Float64,
}
VALUES: dict[str, pl.DataType | type[pl.DataType]] = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "number": pl.Int64,
    "state": pl.String,
    "score": pl.Float64,
    "hyperparameter": pl.String,
    "value": pl.Float64,
    "choice": pl.String,
    "elements": pl.List(pl.String),
}


def searched(proposals: pl.DataFrame) -> pl.DataFrame:
    """The proposals of the stage search, with every column of the schema, by group and number."""
    return complete(proposals, PROPOSALS).filter(pl.col("stage") == SEARCH).sort(*GROUP, "number")


def history_frame(proposals: pl.DataFrame, rungs: pl.DataFrame | None = None) -> pl.DataFrame:
    """Columns method, label_fraction, number, state, score, best, last, stopped_at, shown.

    `best` is the best score of a completed proposal so far in the same method and label fraction; null before one.
    `last` is the score to draw: the own one, or of a proposal that was stopped early the one at its last rung, whose
    iteration `stopped_at` is (null for others). `shown` says whether figures draw it, see `with_shown`.

    Args:
        proposals: as the ledger gives them.
        rungs: the `rungs_frame` of the same proposals, where it is at hand.
    """
    frame = searched(proposals)
    completed = pl.when(pl.col("state") == "completed").then(pl.col("score"))
    best = completed.cum_max().forward_fill().over(*GROUP)
    reached = rungs_frame(proposals) if rungs is None else rungs
    stops = (
        reached.filter(pl.col("state") == "pruned")
        .group_by(*GROUP, "number", maintain_order=True)
        .last()
        .select(*GROUP, "number", pl.col("iteration").alias("stopped_at"), pl.col("score").alias("at_rung"))
    )
    joined = frame.with_columns(best.alias("best")).join(
        stops, on=[*GROUP, "number"], how="left", nulls_equal=True, maintain_order="left"
    )
    return with_shown(joined.with_columns(pl.coalesce("score", "at_rung").alias("last"))).select(HISTORY)


def rungs_frame(proposals: pl.DataFrame) -> pl.DataFrame:
    """One row a (proposal, rung that it reached): its score there. `iteration` counts seeds where the rungs do."""
    columns: dict[str, list[Any]] = {name: [] for name in RUNGS}
    told = searched(proposals).drop_nulls("intermediate").select(*GROUP, "number", "state", "intermediate")
    for *head, text in told.iter_rows():
        scores = {int(at): score for at, score in json.loads(text).items() if score is not None}
        for at in sorted(scores):
            for name, value in zip(RUNGS, (*head, at, scores[at]), strict=True):
                columns[name].append(value)
    return pl.DataFrame(columns, schema=RUNGS)


def rungs_shown(rungs: pl.DataFrame, most: int = LINES) -> pl.DataFrame:
    """The rungs of at most `most` proposals of each group, an even sample of them by the score at their last rung."""
    last = rungs.group_by(*GROUP, "number", maintain_order=True).last().sort(*GROUP, "score", "number")
    kept = [group[spaced(group.height, most)] for group in last.partition_by(GROUP, maintain_order=True)]
    if not kept or last.height <= most:
        return rungs
    chosen = pl.concat(kept).select(*GROUP, "number")
    return rungs.join(chosen, on=[*GROUP, "number"], how="semi", nulls_equal=True, maintain_order="left")


def values_frame(proposals: pl.DataFrame, history: pl.DataFrame | None = None) -> pl.DataFrame:
    """One row a (proposal, hyperparameter) in long form, of those that `history` shows; without it, of all.

    A number stands in `value`, a list in `elements`, anything else as text in `choice`. Hyperparameters that never vary
    within a method are left out: they were not searched.
    """
    frame = searched(proposals)
    varied = _varied(frame)
    rows: list[dict[str, Any]] = []
    for proposal in (frame if history is None else only_shown(frame, history)).iter_rows(named=True):
        head = {key: proposal[key] for key in (*GROUP, "number", "state", "score")}
        for name, value in hyperparameters_of(proposal).items():
            if (proposal["method"], name) in varied:
                rows.append(head | {"hyperparameter": name} | _typed(value))
    return pl.DataFrame(rows, schema=VALUES)


def _varied(frame: pl.DataFrame) -> set[tuple[str, str]]:
    """The (method, hyperparameter) that have more than one value; the order of a list does not count."""
    first: dict[tuple[str, str], Any] = {}
    varied: set[tuple[str, str]] = set()
    for row in frame.select("method", "hyperparameters").iter_rows(named=True):
        for name, value in hyperparameters_of(row).items():
            key = row["method"], name
            known = first.setdefault(key, value)
            if known != value and key not in varied and _plain(known) != _plain(value):
                varied.add(key)
    return varied


def _plain(value: Any) -> Any:
    """Values that are equal are drawn at one place."""
    typed = _typed(value)
    return sorted(typed["elements"]) if typed["elements"] is not None else (typed["value"], typed["choice"])


def hyperparameters_of(proposal: dict[str, Any]) -> dict[str, Any]:
    """The hyperparameters of a proposal's row as a dict; empty where the row holds none."""
    loaded = json.loads(proposal["hyperparameters"] or "{}")
    return loaded if isinstance(loaded, dict) else {}


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"value": None, "choice": None, "elements": [str(element) for element in value]}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"value": float(value), "choice": None, "elements": None}
    return {"value": None, "choice": str(value).lower() if isinstance(value, bool) else str(value), "elements": None}


def takes_logarithms(name: str, values: list[float], known: Mapping[str, bool]) -> bool:
    """Whether an axis of this hyperparameter is logarithmic: as it was searched, else where the values suggest it.

    Args:
        name: of the hyperparameter.
        values: at least one; without a logarithm where one is 0 or below.
        known: whether it was searched by its logarithm, by name.
    """
    return min(values) > 0 and known.get(name, is_logarithmic(values))


def is_logarithmic(values: list[float]) -> bool:
    """Whether the values are all positive and span more than two decades."""
    return bool(values) and min(values) > 0 and max(values) / min(values) > LOG_SPAN


def best_proposals(proposals: pl.DataFrame) -> pl.DataFrame:
    """The completed proposal with the best score of each method and label fraction; the earlier one wins a tie."""
    frame = searched(proposals).filter(pl.col("state") == "completed").drop_nulls("score")
    ordered = frame.sort("score", "number", descending=[True, False])
    return ordered.unique(list(GROUP), keep="first", maintain_order=True).sort(*GROUP)
