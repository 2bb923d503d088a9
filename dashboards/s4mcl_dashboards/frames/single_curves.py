"""Training curves of a few trials of the confirm stage, to set beside the means: the best, the median, the worst."""

import polars as pl

from s4mcl.results.ranked_images import outside_in, ranked
from s4mcl_dashboards.frames.label_fraction import confirm_trials
from s4mcl_dashboards.frames.trial_curves import LONGEST, trial_curves_frame

MOST = 240  # trials
POINTS = 100_000  # of all curves together: about 2 MB of a page
FEWEST = 12  # points of a curve, however many there are
FAILED = "failed"
CHOSEN = {
    "key": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "seed": pl.Int64,
    "rank": pl.String,
    "score": pl.Float64,
}
CURVE = {"quantity": pl.String, "iteration": pl.Int64, "value": pl.Float64}
SCHEMA = {**CHOSEN, **CURVE}


def chosen_trials_frame(trials: pl.DataFrame, most: int = MOST) -> pl.DataFrame:
    """Which trials are shown one by one: key, method, label_fraction, seed, rank, score.

    Of each method and label fraction of the confirm stage the trials with the best, the median and the worst score on
    validation images, and the first one that failed (rank "failed", without a score). Of more than `most`, label
    fractions in the middle of the range are left out.
    """
    confirm = confirm_trials(trials).unique("key", maintain_order=True)
    rows: list[tuple[str, str, float, int, str, float | None]] = []
    for fraction in outside_in(confirm["label_fraction"].drop_nulls().to_list()):
        own: list[tuple[str, str, float, int, str, float | None]] = []
        of_fraction = confirm.filter(pl.col("label_fraction") == fraction).sort("method", "seed")
        for (method,), cell in of_fraction.group_by("method", maintain_order=True):
            scored = cell.filter(pl.col("state") == "completed").drop_nulls("val_score")
            told = [
                (rank, scored.row(place, named=True)) for rank, place in ranked(scored["val_score"].to_numpy()).items()
            ]
            told += [(FAILED, row) for row in cell.filter(pl.col("state") == FAILED).head(1).to_dicts()]
            own += [(row["key"], str(method), fraction, row["seed"], rank, row["val_score"]) for rank, row in told]
        if len(rows) + len(own) <= most:
            rows += own
    return pl.DataFrame(rows, schema=CHOSEN, orient="row").sort("method", "label_fraction", maintain_order=True)


def single_curves_frame(chosen: pl.DataFrame, reports: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The curves of `chosen_trials_frame`: its columns, then quantity, iteration, value (null: a gap).

    A curve has at most 60 points, and fewer where all together would have more than 100,000.

    Args:
        chosen: the trials.
        reports: of these trials, and maybe of others.
    """
    of_chosen = reports.lazy().filter(pl.col("key").is_in(chosen["key"].to_list()))
    curves = trial_curves_frame(of_chosen)
    lines = curves.select("key", "quantity").n_unique() if curves.height else 0
    if lines * LONGEST > POINTS:
        curves = trial_curves_frame(of_chosen, max(FEWEST, POINTS // lines))
    joined = chosen.join(curves, on="key", how="inner", maintain_order="left_right")
    return joined.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
