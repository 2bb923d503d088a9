"""The trials of a study one by one, each with all of its reports, for programs that keep runs."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from s4mcl.ledger import Ledger
from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import reports, trials
from s4mcl_trainables.label_fraction import LabelFraction, label_fraction, plain_fraction

AT_ONCE = 100  # trials whose reports are held in memory
CONFIRM = "confirm"
MEASURED = ("val_", "test_")


@dataclass(frozen=True)
class Report:
    """What a trial reported at an iteration; a value that was not finite is NaN."""

    iteration: int
    at: datetime
    values: dict[str, float]


@dataclass(frozen=True)
class TrialRecord:
    """A trial as a run: what it was given, how it went, and what came out.

    Attributes:
        stages: those of the study that wanted it, in the order of planning.
        state: planned, running, completed, pruned or failed.
        outcome: how it ended; None before.
        hyperparameters: as they were proposed or configured.
        measured: its val_* values at the best iteration, and its test_* values where its test labels were read.
    """

    study: str
    key: str
    cohort: str
    stages: tuple[str, ...]
    method: str
    label_fraction: LabelFraction
    seed: int
    state: str
    outcome: str | None
    iterations: int | None
    seconds: float | None
    best_iteration: int | None
    finished_at: datetime | None
    hyperparameters: dict[str, Any]
    measured: dict[str, float]
    reports: tuple[Report, ...]

    @property
    def shares(self) -> dict[str, float]:
        """The label fraction by name: one, or that of each task."""
        plain = plain_fraction(self.label_fraction)
        if isinstance(plain, dict):
            return {f"{task}_fraction": share for task, share in plain.items()}
        return {"label_fraction": plain}

    @property
    def stage(self) -> str:
        """The one stage to sort it under: confirm where it belongs to several, else the first."""
        return CONFIRM if CONFIRM in self.stages else self.stages[0]


def trial_records(ledger: Ledger, study: str) -> Iterator[TrialRecord]:
    """Every trial of a study that has begun, in the order of planning. The reports of a hundred are held at once.

    Others may go on writing: call it inside of `ledger.snapshot()` for one state of all.
    """
    frame = _each_once(ledger.trials_frame(study))
    measured = [name for name in frame.columns if name.startswith(MEASURED)]
    for part in frame.iter_slices(AT_ONCE):
        with ledger.connection() as connection:
            reported = _reports(connection, part["key"].to_list())
        for row in part.iter_rows(named=True):
            yield _record(study, row, measured, reported.get(row["key"], []))


def _each_once(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a trial that has begun, with the list of its stages; test values stand on the row of confirm alone."""
    begun = frame.filter(pl.col("state") != "planned")
    others = [name for name in begun.columns if name not in ("key", "stage")]
    stages = pl.col("stage").alias("stages")
    return begun.group_by("key", maintain_order=True).agg(
        stages, *(pl.col(name).drop_nulls().first() for name in others)
    )


def _reports(connection: Connection, keys: Sequence[str]) -> dict[str, list[Report]]:
    t, r = trials.c, reports.c
    columns = select(t.key, r.iteration, r.at, r.measurements, r.non_finite).join(trials, t.id == r.trial_id)
    wanted = columns.where(t.key.in_(keys)).order_by(r.trial_id, r.iteration)
    found: dict[str, list[Report]] = {}
    for key, iteration, at, measurements, lost in connection.execute(wanted):
        values = {name: value for name, value in decode(measurements).items() if value is not None}
        values |= dict.fromkeys(decode(lost) or (), math.nan)
        found.setdefault(key, []).append(Report(iteration, at, values))
    return found


def _record(study: str, row: Mapping[str, Any], measured: Sequence[str], told: Sequence[Report]) -> TrialRecord:
    hyperparameters = json.loads(row["hyperparameters"] or "{}")
    values = {name: row[name] for name in measured if row[name] is not None}
    own = ("key", "cohort", "method", "seed", "state", "outcome", "iterations", "seconds")
    return TrialRecord(
        study=study,
        stages=tuple(row["stages"]),
        label_fraction=label_fraction(row["classification_fraction"], row["segmentation_fraction"]),
        **{name: row[name] for name in (*own, "best_iteration", "finished_at")},
        hyperparameters=hyperparameters if isinstance(hyperparameters, dict) else {},
        measured=values,
        reports=tuple(told),
    )
