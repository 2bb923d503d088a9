"""The rows of one study, copied from its ledger into a new one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from s4mcl.ledger import Ledger
from s4mcl.ledger.claims import FREED
from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import decode, encode
from s4mcl.ledger.schema import arms, attempts, events, planned, proposals, reports, studies, test_openings, trials

AT_ONCE = 5_000
REPORT_BYTES = 512  # of a report's row beside its measurements, and of what SQLite adds: rather too much
TRIAL_BYTES = 8_192


def copy_rows(source: Ledger, study: str, target: Ledger) -> None:
    """Copy a study's rows as they are, with two differences, because no other study goes along.

    A trial that was trained for another study is said to be trained for this one in a stage "<study>/<stage>", so that
    it still counts as reused, and the attempts at it stay behind; one that runs is planned, since nobody will end it
    there, and its attempt was released.
    """
    with source.snapshot(), source.connection() as found, target.connection(writes=True) as made:
        for table, wanted in _wanted(study).items():
            for rows in _portions(found, wanted):
                made.execute(table.insert(), [_changed(table, row, study, now(found)) for row in rows])


def row_bytes(ledger: Ledger, study: str) -> int:
    """About how many bytes these rows need in the new ledger, rather too many than too few."""
    own = _trial_ids(study)
    r = reports.c
    size = func.coalesce(func.sum(func.length(r.measurements) + REPORT_BYTES), 0)
    with ledger.connection() as connection:
        reported = connection.scalar(select(size).where(r.trial_id.in_(own))) or 0
        count = connection.scalar(select(func.count()).select_from(own.subquery())) or 0
    return int(reported) + TRIAL_BYTES * int(count)


def _trial_ids(study: str) -> Select[Any]:
    return select(planned.c.trial_id).where(planned.c.study == study).distinct()


def _wanted(study: str) -> dict[Table, Select[Any]]:
    """What belongs to a study, in an order in which each row comes after those that it refers to."""
    own = _trial_ids(study)
    conditions: dict[Table, ColumnElement[bool]] = {
        studies: studies.c.name == study,
        trials: trials.c.id.in_(own),
        planned: planned.c.study == study,
        attempts: (attempts.c.study == study) & attempts.c.trial_id.in_(own),
        reports: reports.c.trial_id.in_(own),
        proposals: proposals.c.study == study,
        arms: arms.c.study == study,
        test_openings: (test_openings.c.study == study) & test_openings.c.trial_id.in_(own),
        events: events.c.study == study,
    }
    return {table: select(table).where(condition) for table, condition in conditions.items()}


def _portions(connection: Connection, wanted: Select[Any]) -> Iterator[list[dict[str, Any]]]:
    result = connection.execute(wanted, execution_options={"yield_per": AT_ONCE})
    for rows in result.mappings().partitions(AT_ONCE):
        yield [dict(row) for row in rows]


def _changed(table: Table, row: dict[str, Any], study: str, at: datetime) -> dict[str, Any]:
    if table is studies:
        return row | {"config": _in_storage(row["config"])}
    if table is attempts and row["ended"] is None:
        return row | {"ended": "released", "ended_at": max(row["started_at"] or row["claimed_at"], at)}
    if table is not trials:
        return row
    if row["state"] == "running":
        row = row | FREED | {"state": "planned", "trained_for_study": None, "trained_for_stage": None}
    if row["trained_for_study"] not in (None, study):
        stage = f"{row['trained_for_study']}/{row['trained_for_stage']}"
        row = row | {"trained_for_study": study, "trained_for_stage": stage}
    return row


def _in_storage(config: str) -> str:
    """The configuration without the address of a ledger elsewhere: the new one lies in its storage."""
    found = decode(config)
    return encode(found | {"ledger": None}) if found.get("ledger") is not None else config
