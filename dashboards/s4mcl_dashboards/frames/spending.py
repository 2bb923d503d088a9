"""What each method cost: hours of CPUs and GPUs, their price, and how its attempts ended."""

from collections.abc import Sequence

import polars as pl

from s4mcl_dashboards.frames.attempts import all_attempts

ENDINGS = ("completed", "pruned", "failed", "lost", "released", "moved", "running")
IN_VAIN = ("failed", "lost")
SPENDING = {
    "method": pl.String,
    **dict.fromkeys(("trials", "attempts", "retries"), pl.Int64),
    **dict.fromkeys(("hours", "cpu_hours", "gpu_hours", "vain", "cost"), pl.Float64),
}
COUNTS = {"method": pl.String, **dict.fromkeys(ENDINGS, pl.Int64)}


def spending_frame(
    timed: pl.DataFrame, methods: Sequence[str], cpu_hour: float | None = None, gpu_hour: float | None = None
) -> pl.DataFrame:
    """One row a method, those of `methods` first, of a `timed_frame`.

    Columns: method; trials; attempts; retries (attempts after a trial's first); hours (that workers had its trials);
    cpu_hours and gpu_hours (reserved); vain (the share of `hours` in attempts that failed or were lost, null without
    hours); cost (null where no price is given for what it used).
    """
    rows = []
    for method in dict.fromkeys([*methods, *timed["method"].to_list()]):
        own = timed.filter(pl.col("method") == method)
        hours = float(own["hours"].sum())
        cpu_hours, gpu_hours = (float((own["hours"] * own[name]).sum()) for name in ("cpus", "gpus"))
        vain = float(own.filter(pl.col("ended").is_in(IN_VAIN))["hours"].sum()) / hours if hours > 0 else None
        counts = (own["key"].n_unique(), own.height, own.filter(pl.col("attempt") > 1).height)
        cost = _cost(((cpu_hours, cpu_hour), (gpu_hours, gpu_hour)))
        rows.append((method, *counts, hours, cpu_hours, gpu_hours, vain, cost))
    return pl.DataFrame(rows, schema=SPENDING, orient="row")


def endings_frame(attempts: pl.DataFrame, methods: Sequence[str]) -> pl.DataFrame:
    """One row a method that has attempts: how many ended in each way, and how many go on ("running")."""
    ended = all_attempts(attempts).with_columns(pl.col("ended").fill_null("running"))
    counted = ended.group_by("method").agg(
        (pl.col("ended") == name).sum().cast(pl.Int64).alias(name) for name in ENDINGS
    )
    order = {method: place for place, method in enumerate(methods)}
    rows = sorted(counted.rows(), key=lambda row: (order.get(row[0], len(order)), row[0]))
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


def _cost(parts: Sequence[tuple[float, float | None]]) -> float | None:
    """Hours times their price; unknown where hours have no price, or no price is given at all."""
    if all(price is None for _, price in parts) or any(price is None and hours > 0 for hours, price in parts):
        return None
    return sum(hours * price for hours, price in parts if price is not None)
