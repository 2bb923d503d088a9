"""What each method was given: proposals, trials, iterations and seconds. Unequal tuning is the classic flaw."""

import polars as pl

from s4mcl_dashboards.frames.schema import PROPOSALS, TRIALS, complete

COLUMNS = {
    "method": pl.String,
    "proposals": pl.Int64,
    "search_trials": pl.Int64,
    "search_iterations": pl.Int64,
    "search_seconds": pl.Float64,
    "confirm_trials": pl.Int64,
    "confirm_iterations": pl.Int64,
    "confirm_seconds": pl.Float64,
    "reused": pl.Int64,
}
TOLERANCE = 1.1  # early stopping makes iterations differ a little; a tenth more is worth a word


def budget_frame(trials: pl.DataFrame, proposals: pl.DataFrame, methods: list[str]) -> pl.DataFrame:
    """One row a method, those of `methods` first and in their order.

    Iterations and seconds are of the trial's own training, also where its result was reused; `reused` counts such rows.
    """
    frame, asked = complete(trials, TRIALS), complete(proposals, PROPOSALS)
    found = [*frame["method"].to_list(), *asked["method"].to_list()]
    rows = []
    for method in dict.fromkeys([*methods, *found]):
        own = frame.filter(pl.col("method") == method)
        row = {
            "method": method,
            "proposals": asked.filter(pl.col("method") == method).height,
            "reused": own.filter(pl.col("reused")).height,
        }
        for stage in ("search", "confirm"):
            of_stage = own.filter(pl.col("stage") == stage)
            row[f"{stage}_trials"] = of_stage.height
            row[f"{stage}_iterations"] = int(of_stage["iterations"].sum())
            row[f"{stage}_seconds"] = float(of_stage["seconds"].sum())
        rows.append(row)
    return pl.DataFrame(rows, schema=COLUMNS)


def unequal_budgets(budget: pl.DataFrame) -> list[str]:
    """The columns of the tuning budget that differ between methods: at all in proposals, by 10 % in iterations."""
    unequal = []
    if budget["proposals"].n_unique() > 1:
        unequal.append("proposals")
    iterations = [int(value) for value in budget["search_iterations"]]
    if iterations and max(iterations) > TOLERANCE * min(iterations):
        unequal.append("search_iterations")
    return unequal
