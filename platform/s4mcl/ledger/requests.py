"""What a person asks of the driver of a study: to stop a trial, or the whole study."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from s4mcl.ledger.dialect import now
from s4mcl.ledger.schema import requests, trials
from s4mcl.ledger.studies import require_study

STOP = "stop"


@dataclass(frozen=True)
class StopRequest:
    """Somebody asked to stop a trial, or with key None the whole study; the driver saw it at `seen_at`."""

    id: int
    key: str | None
    asked_by: str
    at: datetime
    seen_at: datetime | None


def request_stop(connection: Connection, study: str, key: str | None, asked_by: str) -> int:
    """Ask the driver of a study to stop; return the request's number. Asked again before it was seen, it is the same.

    Raises:
        ValueError: the study or the trial is unknown.
    """
    require_study(connection, study)
    trial_id = None if key is None else connection.scalar(select(trials.c.id).where(trials.c.key == key))
    if key is not None and trial_id is None:
        raise ValueError(f"trial {key} was never planned")
    c = requests.c
    same = c.trial_id.is_(None) if trial_id is None else c.trial_id == trial_id
    known = connection.scalar(select(c.id).where(c.study == study, c.kind == STOP, c.seen_at.is_(None), same))
    if known is not None:
        return int(known)
    row = {"study": study, "trial_id": trial_id, "kind": STOP, "asked_by": asked_by, "at": now(connection)}
    made = connection.execute(requests.insert().returning(c.id), row).scalar_one()
    return int(made)


def stop_requests(connection: Connection, study: str, *, unseen: bool, after: int) -> list[StopRequest]:
    """What was asked of a study's drivers, oldest first, with numbers above `after`.

    With `unseen` only what none of them has seen.
    """
    c = requests.c
    wanted = select(c.id, trials.c.key, c.asked_by, c.at, c.seen_at).outerjoin(trials, trials.c.id == c.trial_id)
    of_study = wanted.where(c.study == study, c.kind == STOP, c.id > after, *([c.seen_at.is_(None)] if unseen else []))
    return [StopRequest(*row) for row in connection.execute(of_study.order_by(c.id))]


def see(connection: Connection, ids: Collection[int]) -> None:
    """Note that a driver has seen these requests; what was seen before keeps its moment."""
    unseen = update(requests).where(requests.c.id.in_(list(ids)), requests.c.seen_at.is_(None))
    connection.execute(unseen.values(seen_at=now(connection)))
