"""Claims: a trial is trained by one driver at a time, under an attempt number that the ledger hands out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, func, select, update

from s4mcl.ledger.attempts import Share, begin, lose
from s4mcl.ledger.dialect import now
from s4mcl.ledger.documents import encode
from s4mcl.ledger.owner import Owner
from s4mcl.ledger.schema import attempts, trials
from s4mcl.ledger.studies import require_study
from s4mcl.ledger.trials import KEYS, portions

FREED: dict[str, Any] = {"owner_host": None, "owner_pid": None, "owner_started": None, "lease_until": None}


_OF_KEYS = trials.c.key.in_(bindparam(KEYS, expanding=True))
_OWNED = ("id", "key", "state", "attempt", "lease_until", "owner_host", "owner_pid", "owner_started")
HELD = select(*(trials.c[name] for name in _OWNED)).where(_OF_KEYS)
TAKE = (
    update(trials)
    .where(_OF_KEYS)
    .values(
        attempt=trials.c.attempt + 1,
        detail=case((trials.c.state.in_(("completed", "running")), trials.c.detail)),  # it tells that one was completed
    )
)

_WAS_COMPLETED = and_(trials.c.detail.is_not(None), trials.c.artifacts.is_not(None))
_HELD = and_(
    trials.c.state == "running",
    trials.c.owner_host == bindparam("by_host"),
    trials.c.owner_pid == bindparam("by_pid"),
    trials.c.owner_started == bindparam("by_started"),
)
_HELD_ONE = and_(_HELD, trials.c.key == bindparam("back_key"))
GIVE_BACK = update(trials).values(
    state=case((_WAS_COMPLETED, "completed"), else_="planned"),
    outcome=case((_WAS_COMPLETED, "completed")),
    finished_at=case((_WAS_COMPLETED, bindparam("back_at", type_=trials.c.finished_at.type))),
    trained_for_study=case((_WAS_COMPLETED, trials.c.trained_for_study)),
    trained_for_stage=case((_WAS_COMPLETED, trials.c.trained_for_stage)),
    seconds=func.coalesce(bindparam("back_seconds", type_=trials.c.seconds.type), trials.c.seconds),
    **FREED,
)
GIVE_ALL_BACK, GIVE_ONE_BACK = GIVE_BACK.where(_HELD), GIVE_BACK.where(_HELD_ONE)
END_ATTEMPTS = (
    update(attempts)
    .where(attempts.c.ended.is_(None))
    .values(ended=bindparam("how"), ended_at=bindparam("back_at", type_=attempts.c.ended_at.type))
)
END_ALL, END_ONE = (
    END_ATTEMPTS.where(attempts.c.trial_id.in_(select(trials.c.id).where(held))) for held in (_HELD, _HELD_ONE)
)


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
    retrain: bool,
    whole: bool,
    share: Share,
) -> dict[str, int]:
    """Take the free trials among `keys` for an owner; return their new attempt numbers.

    Free is what is planned, what runs under a lapsed lease or an owner of this host that is dead, and with
    `retry_failed` what failed, with `resume_pruned` what was stopped early, and with `retrain` what was completed: its
    files are gone. A trial taken again keeps what its earlier attempt left until it ends. With `whole` all of them are
    taken, or none. `share` is what each of them has of the CPUs and GPUs that its pack reserves.

    Raises:
        ValueError: a key was never planned, or the study never recorded.
    """
    require_study(connection, study)
    keys = list(keys)
    at = now(connection)
    more = {"failed": retry_failed, "pruned": resume_pruned, "completed": retrain}
    free = {"planned", *(state for state, asked in more.items() if asked)}
    given: dict[str, int] = {}
    found: dict[str, Row[*tuple[Any, ...]]] = {}
    for portion in portions(keys):
        rows = {row.key: row for row in connection.execute(HELD, {KEYS: portion})}
        missing = [key for key in portion if key not in rows]
        if missing:
            raise ValueError(f"{len(missing)} keys were never planned, the first is {missing[0]}")
        found |= rows
        given.update({key: rows[key].attempt + 1 for key in portion if _is_free(rows[key], at, free)})
    if given and not (whole and len(given) < len(set(keys))):
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
        }
        for portion in portions(given):
            connection.execute(TAKE, {KEYS: portion, **shared})
        for row in (found[key] for key in given if found[key].state == "running"):
            lose(connection, row.id, row.attempt, min(at, row.lease_until))
        begin(
            connection,
            {found[key].id: number for key, number in given.items()},
            study=study,
            stage=stage,
            share=share,
        )
        return given
    return {}


def _is_free(row: Row[*tuple[Any, ...]], at: datetime, free: set[str]) -> bool:
    if row.state == "running":
        return row.lease_until <= at or Owner(row.owner_host, row.owner_pid, row.owner_started).is_dead()
    return row.state in free


def drivers(connection: Connection, study: str) -> list[Owner]:
    """Who holds trials that are trained for a study; without this process, the dead, and those whose lease lapsed."""
    c = trials.c
    held = select(c.owner_host, c.owner_pid, c.owner_started).distinct()
    lives = and_(c.state == "running", c.trained_for_study == study, c.lease_until > now(connection))
    found = [Owner(*row) for row in connection.execute(held.where(lives))]
    return [owner for owner in found if owner != Owner.this_process() and not owner.is_dead()]


def renew(connection: Connection, owner: Owner, lease_seconds: float) -> int:
    """Lengthen the leases of everything that an owner holds, counted from now; return how many there were."""
    until = now(connection) + timedelta(seconds=lease_seconds)
    return connection.execute(update(trials).where(_held_by(owner)).values(lease_until=until)).rowcount


def release(connection: Connection, keys: Iterable[str], owner: Owner, seconds: Mapping[str, float], ended: str) -> int:
    """Give claims of an owner back: the trials are planned again. Return how many there were.

    One that was completed before, and claimed since its files were gone, is completed still. `seconds` of training
    since a trial's start are kept for the keys that it names. The attempts `ended` as released or moved.
    """
    shared = {"back_at": now(connection), **_named(owner)}
    count = 0
    for key in dict.fromkeys(keys):
        connection.execute(END_ONE, {"back_key": key, "how": ended, **shared})
        given = {"back_key": key, "back_seconds": seconds.get(key), **shared}
        count += connection.execute(GIVE_ONE_BACK, given).rowcount
    return count


def release_held(connection: Connection, owner: Owner) -> int:
    """Give back everything that an owner holds; return how many there were."""
    shared = {"back_at": now(connection), **_named(owner)}
    connection.execute(END_ALL, {"how": "released", **shared})
    return connection.execute(GIVE_ALL_BACK, {"back_seconds": None, **shared}).rowcount


def _named(owner: Owner) -> dict[str, Any]:
    return {"by_host": owner.host, "by_pid": owner.pid, "by_started": owner.started}


def _held_by(owner: Owner) -> ColumnElement[bool]:
    c = trials.c
    mine = and_(c.owner_host == owner.host, c.owner_pid == owner.pid, c.owner_started == owner.started)
    return and_(c.state == "running", mine)
