"""What a claimed trial sends while it trains, and how it ends. An older attempt is never listened to."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from s4mcl.ledger.attempts import end
from s4mcl.ledger.claims import FREED
from s4mcl.ledger.dialect import insert_new, now
from s4mcl.ledger.documents import decode, encode, encode_values
from s4mcl.ledger.schema import FINISHED, reports, trials
from s4mcl.ledger.trials import LOST, portions

CURRENT = select(trials.c.id, trials.c.state, trials.c.attempt).where(trials.c.key == bindparam("wanted_key"))
END = update(trials).where(trials.c.id == bindparam("wanted_id"))


def add_reports(connection: Connection, key: str, attempt: int, sent: Sequence[Mapping[str, Any]]) -> bool:
    """Add reports, each with "iteration" and flat "values"; one that already stands stays as it is.

    Returns:
        False, with nothing written, when the attempt is older than the ledger's.

    Raises:
        ValueError: the key or the attempt is unknown.
        TypeError: a value is neither a number nor None.
    """
    row = _current(connection, key, attempt)
    if row is None:
        return False
    at = now(connection)
    new = []
    for report in sent:
        measurements, non_finite = encode_values(report["values"])
        new.append(
            {
                "trial_id": row.id,
                "iteration": int(report["iteration"]),
                "attempt": attempt,
                "measurements": measurements,
                "non_finite": non_finite,
                "at": at,
            }
        )
    if new:
        connection.execute(insert_new(connection, reports), new)
    return True


def reports_of(connection: Connection, keys: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The reports of a few trials, {"iteration", "values"} as they were sent, by iteration.

    A trial without reports has an empty list, a key that is not in the ledger is left out. Values that were not
    finite are None.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    t, r = trials.c, reports.c
    joined = trials.outerjoin(reports, r.trial_id == t.id)
    for portion in portions(keys):
        wanted = select(t.key, r.iteration, r.measurements).select_from(joined).where(t.key.in_(portion))
        for key, iteration, measurements in connection.execute(wanted.order_by(r.trial_id, r.iteration)):
            reported = found.setdefault(key, [])
            if iteration is not None:
                reported.append({"iteration": iteration, "values": decode(measurements)})
    return found


def finish(
    connection: Connection,
    key: str,
    attempt: int,
    *,
    state: str,
    outcome: str,
    detail: Mapping[str, Any],
    iterations: int,
    seconds: float,
    summary: Mapping[str, Any],
    artifacts: str | None,
) -> bool:
    """End a claimed trial.

    Returns:
        True when it stands so now (said twice, the first time counts); False, with nothing written, when the
        attempt is older than the ledger's, or its claim was given back or ended in another state.

    Raises:
        ValueError: the key, the attempt or the state is unknown, or the artifacts' path is not relative.
    """
    if state not in FINISHED:
        raise ValueError(f"state {state!r}: one of {', '.join(FINISHED)} was expected")
    row = _current(connection, key, attempt)
    if row is None:
        return False
    if row.state != "running":
        return bool(row.state == state)
    at = now(connection)
    ended = {
        "state": state,
        "outcome": outcome,
        "detail": encode(detail),
        "iterations": iterations,
        "seconds": seconds,
        "summary": encode(summary),
        "artifacts": inside_storage(artifacts),
        "finished_at": at,
    }
    connection.execute(END, {"wanted_id": row.id, **ended, **FREED})
    end(connection, row.id, attempt, LOST if outcome == LOST else state, at)
    return True


def inside_storage(path: str | None) -> str | None:
    """A path as the ledger holds it: relative to the storage, so that the storage may be moved.

    Raises:
        ValueError: it is absolute or leads out.
    """
    if path is not None and (PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts):
        raise ValueError(f"path {path!r}: one relative to the storage was expected")
    return path


def _current(connection: Connection, key: str, attempt: int) -> Row[*tuple[Any, ...]] | None:
    """The trial's id and state, or None when the attempt is an old one."""
    row = connection.execute(CURRENT, {"wanted_key": key}).one_or_none()
    if row is None:
        raise ValueError(f"trial {key} was never planned")
    if attempt > row.attempt or attempt < 1:
        raise ValueError(f"trial {key}: attempt {attempt} was never handed out, the last was {row.attempt}")
    return None if attempt < row.attempt else row
