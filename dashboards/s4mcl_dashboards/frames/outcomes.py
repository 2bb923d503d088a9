"""What became of the trials: counts by stage, and the failures with their outcomes."""

import json
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.schema import TRIALS, complete

STATES = ("completed", "reused", "pruned", "failed", "running", "planned")


def counts_frame(trials: pl.DataFrame) -> pl.DataFrame:
    """Columns stage, trials and one a state; each trial counts in exactly one state, a reused one as reused."""
    frame = complete(trials, TRIALS)
    state = (
        pl.when(pl.col("reused") & (pl.col("state") == "completed")).then(pl.lit("reused")).otherwise(pl.col("state"))
    )
    counts = [(state == name).sum().cast(pl.Int64).alias(name) for name in STATES]
    return frame.group_by("stage", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("trials"), *counts)


def failures_frame(trials: pl.DataFrame) -> pl.DataFrame:
    """The failed trials: stage, method, label_fraction and those by task, seed, outcome, attempts, detail (text)."""
    failed = complete(trials, TRIALS).filter(pl.col("state") == "failed")
    by_task = ["classification_fraction", "segmentation_fraction"]
    columns = ["stage", "method", "label_fraction", "seed", "outcome", "attempts", "detail", *by_task]
    return failed.select(columns).sort("stage", "method", "label_fraction", *by_task, "seed")


def detail_text(detail: str | None) -> str:
    """The detail of an outcome (JSON text) as "name: value; name: value"; other text stays as it is."""
    try:
        loaded: Any = json.loads(detail or "{}")
    except json.JSONDecodeError:
        return str(detail)
    if isinstance(loaded, dict):
        return "; ".join(f"{name}: {_plain(value)}" for name, value in loaded.items())
    return _plain(loaded)


def _plain(value: Any) -> str:
    """Text as it is, the rest as JSON: a value that was not finite is null there."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
