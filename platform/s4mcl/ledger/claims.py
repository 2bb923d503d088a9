"""Claims: a trial is trained by one driver at a time, under an attempt number that the ledger hands out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, select, update

from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import encode
from s4mcl.ledger.owner import Owner
from s4mcl.ledger.schema import trials
from s4mcl.ledger.studies import require_study
from s4mcl.ledger.trials import KEYS, portions

FREED: dict[str, Any] = {"owner_host": None, "owner_pid": None, "owner_started": None, "lease_until": None}


_OF_KEYS = trials.c.key.in_(bindparam(KEYS, expanding=True))
_OWNED = ("key", "state", "attempt", "lease_until", "owner_host", "owner_pid", "owner_started")
HELD = select(*(trials.c[name] for name in _OWNED)).where(_OF_KEYS)
TAKE = update(trials).where(_OF_KEYS).values(attempt=trials.c.attempt + 1)


def claim(
    connection: Connection,
    keys: Iterable[str],
    *,
    study: str,
    stage: str,
    owner: Owner,
    lease_seconds: float,
    provenance: Mapping[str, Any],
    retry_failed: bool,
    resume_pruned: bool,
) -> dict[str, int]:
    """Take the free trials among `keys` for an owner; return their new attempt numbers.

    Free is what is planned, what runs under a lapsed lease or an owner of this host that is dead, and with
    `retry_failed` what failed, and with `resume_pruned` what was stopped early. A trial taken again keeps the
    artifacts of its earlier attempt until it ends.

    Raises:
        ValueError: a key was never planned, or the study never recorded.
    """
    require_study(connection, study)
    at = now(connection)
    free = {"planned"} | ({"failed"} if retry_failed else set()) | ({"pruned"} if resume_pruned else set())
    given: dict[str, int] = {}
    for portion in portions(keys):
        rows = {row.key: row for row in connection.execute(HELD, {KEYS: portion})}
        missing = [key for key in portion if key not in rows]
        if missing:
            raise ValueError(f"{len(missing)} keys were never planned, the first is {missing[0]}")
        given.update({key: rows[key].attempt + 1 for key in portion if _is_free(rows[key], at, free)})
    if given:
        shared = {
            "state": "running",
            "trained_for_study": study,
            "trained_for_stage": stage,
            "owner_host": owner.host,
            "owner_pid": owner.pid,
            "owner_started": owner.started,
            "lease_until": at + timedelta(seconds=lease_seconds),
            "provenance": encode(provenance),
            "started_at": at,
            "finished_at": None,
            "outcome": None,
            "detail": None,
        }
        for portion in portions(given):
            connection.execute(TAKE, {KEYS: portion, **shared})
    return given


def _is_free(row: Row[*tuple[Any, ...]], at: datetime, free: set[str]) -> bool:
    if row.state == "running":
        return row.lease_until <= at or Owner(row.owner_host, row.owner_pid, row.owner_started).is_dead()
    return row.state in free


def renew(connection: Connection, owner: Owner, lease_seconds: float) -> int:
    """Lengthen the leases of everything that an owner holds, counted from now; return how many there were."""
    until = now(connection) + timedelta(seconds=lease_seconds)
    return connection.execute(update(trials).where(_held_by(owner)).values(lease_until=until)).rowcount


def release(connection: Connection, keys: Iterable[str], owner: Owner) -> int:
    """Give claims of an owner back: the trials are planned again. Return how many there were."""
    count = 0
    back = {**FREED, "state": "planned", "trained_for_study": None, "trained_for_stage": None}
    for portion in portions(keys):
        freed = update(trials).where(trials.c.key.in_(portion), _held_by(owner)).values(**back)
        count += connection.execute(freed).rowcount
    return count


def _held_by(owner: Owner) -> ColumnElement[bool]:
    c = trials.c
    mine = and_(c.owner_host == owner.host, c.owner_pid == owner.pid, c.owner_started == owner.started)
    return and_(c.state == "running", mine)
