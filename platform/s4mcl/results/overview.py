"""The studies of a storage at a glance."""

from typing import Any

import polars as pl

from s4mcl.execution.lock import holder
from s4mcl.ledger import COUNTED, Ledger
from s4mcl.results.fractions import equal_fractions, unequal_fractions

OVERVIEW_SCHEMA: dict[str, Any] = {
    "study": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "updated_at": pl.Datetime("us", "UTC"),
    "description": pl.String,
    "methods": pl.List(pl.String),
    "label_fractions": pl.List(pl.Float64),
    "seeds": pl.List(pl.Int64),
    "dataset": pl.String,
    "images": pl.Int64,
    "train": pl.Int64,
    "validation": pl.Int64,
    "test": pl.Int64,
    **dict.fromkeys(COUNTED, pl.Int64),
    "test_openings": pl.Int64,
    "run_by": pl.String,
    "unequal_fractions": pl.List(pl.String),
}


def overview(ledger: Ledger, names: list[str]) -> pl.DataFrame:
    """One row a study, in the order of the names."""
    with ledger.snapshot():
        rows = [_row(ledger, name) for name in names]
    return pl.DataFrame(rows, schema=OVERVIEW_SCHEMA)


def _row(ledger: Ledger, name: str) -> dict[str, Any]:
    found = ledger.study(name) or {}
    config, dataset, partition = (found.get(part) or {} for part in ("config", "dataset", "partition"))
    counts = ledger.counts(name).values()
    driver = holder(ledger.storage / name)
    return {
        "study": name,
        "created_at": found.get("created_at"),
        "updated_at": found.get("updated_at"),
        **{key: config.get(key) for key in ("description", "methods", "seeds")},
        "label_fractions": equal_fractions(config),
        "unequal_fractions": [f"{fraction:g}" for fraction in unequal_fractions(config)],
        "dataset": dataset.get("name"),
        "images": dataset.get("images"),
        **{part: partition.get(part) for part in ("train", "validation", "test")},
        **{state: sum(stage[state] for stage in counts) for state in COUNTED},
        "test_openings": ledger.test_openings_by_study(name).get(name, 0),
        "run_by": None if driver is None else str(driver),
    }
