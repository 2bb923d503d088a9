"""A study as a line of the list."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from s4mcl.execution.lock import holder
from s4mcl.ledger import COUNTED, Ledger, Where
from s4mcl.ledger.version import schema_version
from s4mcl_dashboards.frames.label_fraction import confirm_trials, measured_part
from s4mcl_dashboards.frames.query import StudyQuery

SHOWN = ("dice", "balanced_accuracy")
CONFIRM = "confirm"
VALUES = tuple(f"{part}_{measure}" for part in ("test", "val") for measure in (*SHOWN, "accuracy", "macro_f1", "iou"))
SHARES = ("label_fraction", "classification_fraction", "segmentation_fraction")
COLUMNS = ("key", "stage", "method", *SHARES, "seed", "state", *VALUES)


@dataclass(frozen=True)
class Best:
    """The highest mean over seeds of a measure, with its method and label fraction."""

    measure: str
    mean: float
    seeds: int
    method: str
    label_fraction: float
    part: str


@dataclass(frozen=True)
class Row:
    """What the list says of a study; `updated_at` is the latest moment that anything was heard of it."""

    name: str
    token: str
    description: str
    counts: dict[str, dict[str, int]]
    best: tuple[Best, ...]
    run_by: str | None
    is_stopping: bool
    updated_at: datetime | None
    totals: dict[str, int] = field(default_factory=dict)


def read_row(ledger: Ledger, name: str, old: Row | None) -> Row:
    """Read what the list shows of a study, or return the old row where there is nothing new.

    Raises:
        InputError: the ledger is of another version by now, or cannot be read.
    """
    driver = holder(ledger.storage / name)
    run_by = None if driver is None else str(driver)
    with ledger.connection() as connection:
        schema_version(connection, ledger.place)
        token = f"{StudyQuery(ledger, name).token()} {run_by}"
        if old is not None and old.token == token:
            return old
        documents: dict[str, Any] = ledger.study(name) or {}
        counts = ledger.counts(name)
        trials = ledger.trials_frame(name, Where(stage=CONFIRM, state="completed"), COLUMNS)
        moments = ledger.trials_frame(name, columns=("finished_at",))["finished_at"]
        unseen = ledger.stop_requests(name, unseen=True)
    return Row(
        name=name,
        token=token,
        description=str((documents.get("config") or {}).get("description") or ""),
        counts=counts,
        best=best_of(trials),
        run_by=run_by,
        is_stopping=run_by is not None and any(request.key is None for request in unseen),
        updated_at=max([documents["updated_at"], *moments.drop_nulls()]) if documents else None,
        totals={state: sum(stage[state] for stage in counts.values()) for state in COUNTED},
    )


def best_of(trials: pl.DataFrame) -> tuple[Best, ...]:
    """The best cohort in each shown measure, of the test part where it was read, else of the validation part."""
    part = measured_part(trials)
    found = []
    for measure in SHOWN:
        cohorts = (
            confirm_trials(trials)
            .drop_nulls(f"{part}_{measure}")
            .group_by("method", "label_fraction")
            .agg(pl.col(f"{part}_{measure}").mean().alias("mean"), pl.len().alias("seeds"))
            .sort("mean", "method", "label_fraction", descending=[True, False, False])
        )
        if cohorts.height:
            top = cohorts.row(0, named=True)
            found.append(
                Best(measure, float(top["mean"]), int(top["seeds"]), top["method"], top["label_fraction"], part)
            )
    return tuple(found)
