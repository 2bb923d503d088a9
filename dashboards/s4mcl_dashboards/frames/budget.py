"""What each method was given: its tuning, and trials by stage. Unequal tuning is the classic flaw."""

import polars as pl

from s4mcl_dashboards.frames.schema import TRIALS, complete
from s4mcl_dashboards.frames.search import searched

STAGES = ("search", "confirm", "ablate")
STATES = ("completed", "pruned", "failed")
TUNING = {"method": pl.String, **dict.fromkeys(("proposals", *STATES, "iterations"), pl.Int64)}
COLUMNS = {
    "method": pl.String,
    **{f"{stage}_trials": pl.Int64 for stage in STAGES},
    **{f"{stage}_iterations": pl.Int64 for stage in STAGES},
    **{f"{stage}_seconds": pl.Float64 for stage in STAGES},
    "reused": pl.Int64,
}


def tuning_frame(proposals: pl.DataFrame, methods: list[str]) -> pl.DataFrame:
    """One row a method: proposals of the search by state, and the training iterations spent on them.

    Iterations are the sum of the proposals' own; null where none tells them, as in a study of an earlier version.
    """
    frame = searched(proposals)
    rows = []
    for method in dict.fromkeys([*methods, *frame["method"].to_list()]):
        own = frame.filter(pl.col("method") == method)
        states = {state: own.filter(pl.col("state") == state).height for state in STATES}
        told = own["iterations"].drop_nulls()
        spent = int(told.sum()) if told.len() or own.is_empty() else None
        rows.append({"method": method, "proposals": own.height, **states, "iterations": spent})
    return pl.DataFrame(rows, schema=TUNING)


def budget_frame(trials: pl.DataFrame, methods: list[str]) -> pl.DataFrame:
    """One row a method, those of `methods` first and in their order.

    Iterations and seconds are of the trial's own training, also where its result was reused; `reused` counts such rows.
    """
    frame = complete(trials, TRIALS)
    rows = []
    for method in dict.fromkeys([*methods, *frame["method"].to_list()]):
        own = frame.filter(pl.col("method") == method)
        row = {"method": method, "reused": own.filter(pl.col("reused")).height}
        for stage in STAGES:
            of_stage = own.filter(pl.col("stage") == stage)
            row[f"{stage}_trials"] = of_stage.height
            row[f"{stage}_iterations"] = int(of_stage["iterations"].sum())
            row[f"{stage}_seconds"] = float(of_stage["seconds"].sum())
        rows.append(row)
    return pl.DataFrame(rows, schema=COLUMNS)
