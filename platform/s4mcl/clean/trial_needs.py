"""Which files of a trial are still needed, as the ledger has it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, select

from s4mcl.ledger import Ledger, Owner
from s4mcl.ledger.dialect import now
from s4mcl.ledger.schema import planned, trials
from s4mcl.ledger.trials import LOST, STOPPED
from s4mcl.stages.confirm import STAGE as CONFIRM


@dataclass(frozen=True)
class TrialNeeds:
    """What a trial needs.

    Attributes:
        studies: those that want it.
        held: someone trains it, or a driver lives that may read its files: nothing of it is touched.
        goes_on: it may be gone on from its newest checkpoint.
        best: its best checkpoint is kept.
        attempt: the number of its last attempt; 0: none yet.
        artifacts, predictions: as the ledger names them, relative to the storage.
    """

    studies: frozenset[str]
    held: bool
    goes_on: bool
    best: bool
    attempt: int
    artifacts: PurePosixPath | None
    predictions: PurePosixPath | None


def trial_needs(
    ledger: Ledger, keys: Collection[str], *, alive: Collection[str], unfinished: Collection[str]
) -> dict[str, TrialNeeds]:
    """The needs of trials of a storage, by key; without those that the ledger does not know.

    Args:
        ledger: of the storage.
        keys: the trials that are asked for.
        alive: the studies that a driver runs now.
        unfinished: the studies that may still go on (`open_studies`).
    """
    t = trials.c
    columns = (t.id, t.key, t.state, t.attempt, t.outcome, t.artifacts, t.predictions)
    claim = (t.lease_until, t.owner_host, t.owner_pid, t.owner_started)
    with ledger.connection() as connection:
        at, wanted = now(connection), _wanted(connection)
        rows = connection.execute(select(*columns, *claim)).all()
    known = [row for row in rows if row.key in keys]
    return {row.key: _needs(row, wanted.get(row.id, {}), at, frozenset(alive), frozenset(unfinished)) for row in known}


def _wanted(connection: Connection) -> dict[int, dict[str, set[str]]]:
    """Trial to study to the stages that want it."""
    wanted: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for trial, study, stage in connection.execute(select(planned.c.trial_id, planned.c.study, planned.c.stage)):
        wanted[trial][study].add(stage)
    return wanted


def _needs(
    row: Row[*tuple[Any, ...]],
    wanted: dict[str, set[str]],
    at: datetime,
    alive: frozenset[str],
    unfinished: frozenset[str],
) -> TrialNeeds:
    is_open = bool(wanted.keys() & unfinished)
    confirmed = any(CONFIRM in stages for stages in wanted.values())
    goes_on = row.state in ("planned", "running") or (row.state == "pruned" and is_open)
    return TrialNeeds(
        studies=frozenset(wanted),
        held=_is_claimed(row, at) or bool(wanted.keys() & alive),
        goes_on=goes_on or (row.state == "failed" and row.outcome in (LOST, STOPPED)),
        best=row.state == "completed" and (confirmed or is_open),
        attempt=row.attempt,
        artifacts=PurePosixPath(row.artifacts) if row.artifacts and row.state == "completed" else None,
        predictions=PurePosixPath(row.predictions) if row.predictions else None,
    )


def _is_claimed(row: Row[*tuple[Any, ...]], at: datetime) -> bool:
    if row.state != "running":
        return False
    return bool(row.lease_until > at) and not Owner(row.owner_host, row.owner_pid, row.owner_started).is_dead()
