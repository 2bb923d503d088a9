"""Attempts: the latest one of each trial ended as the trial stands, and only one that runs is open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from s4mcl.ledger.schema import attempts, trials

ENDS = {  # of the latest attempt, by the state of its trial; a claim of what was completed may have been given back
    "planned": ("released", "moved"),
    "completed": ("completed", "released", "moved"),
    "pruned": ("pruned",),
    "failed": ("failed", "lost"),
}


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Attempts that were never handed out, open ones of trials that do not run, ends and times that do not fit."""
    a, t = attempts.c, trials.c
    wanted = select(t.key, t.state, a.attempt, a.claimed_at, a.started_at, a.ended_at, a.ended, t.attempt.label("last"))
    joined = wanted.join(trials, t.id == a.trial_id).order_by(a.trial_id, a.attempt)
    for row in connection.execute(joined.execution_options(yield_per=10_000)):
        for text in _of_one(row):
            yield f"trial {row.key}: attempt {row.attempt} {text}"
    yield from _missing(connection)


def _of_one(row: Row[*tuple[Any, ...]]) -> Iterator[str]:
    runs = row.state == "running" and row.attempt == row.last
    if row.attempt > row.last:
        yield f"was never handed out, the last was {row.last}"
    elif runs and row.ended is not None:
        yield f"has ended ({row.ended}), but the trial is running"
    elif row.ended is None and not runs:
        yield f"runs, but the trial is {row.state}" + (f" in attempt {row.last}" if row.state == "running" else "")
    elif row.attempt == row.last and not runs and row.ended not in ENDS[row.state]:
        yield f"ended as {row.ended}, but the trial is {row.state}"
    times = [moment for moment in (row.claimed_at, row.started_at, row.ended_at) if moment is not None]
    if times != sorted(times):
        yield "has its claim, start and end in another order"


def _missing(connection: Connection) -> Iterator[str]:
    """What is trained, or was, without its latest attempt; those at a trial of another study stay behind in an export.

    What was given back under version 2, and is wanted by nobody any more, has none.
    """
    a, t = attempts.c, trials.c
    latest = select(1).where(a.trial_id == t.id, a.attempt == t.attempt)
    exported = t.trained_for_stage.contains("/")
    lost = select(t.key, t.attempt).where(t.state != "planned", ~exported, ~latest.exists())
    for key, attempt in connection.execute(lost):
        yield f"trial {key}: nothing is said of its attempt {attempt}"
