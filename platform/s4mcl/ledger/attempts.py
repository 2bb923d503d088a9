"""Attempts at trials: which worker had a trial, from when to when, on what, and how that ended.

A claim makes an attempt. When a worker dies and another goes on with its pack, the attempt stays: its worker is then
the latest one, and an event of kind "retried" tells of the death.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, bindparam, case, func, select, update

from s4mcl.ledger.dialect import now
from s4mcl.ledger.frames import UTC, rows_frame
from s4mcl.ledger.schema import attempts, trials
from s4mcl.ledger.trials import in_frames
from s4mcl.ledger.where import EVERYTHING, Where

ATTEMPT_SCHEMA = {
    "key": pl.String,
    "stage": pl.String,
    "method": pl.String,
    "label_fraction": pl.Float64,
    "seed": pl.Int64,
    "attempt": pl.Int64,
    "host": pl.String,
    "worker": pl.String,
    "device": pl.String,
    "cpus": pl.Float64,
    "gpus": pl.Float64,
    "claimed_at": UTC,
    "started_at": UTC,
    "ended_at": UTC,
    "ended": pl.String,
    "classification_fraction": pl.Float64,
    "segmentation_fraction": pl.Float64,
}


@dataclass(frozen=True)
class Worker:
    """Who trains: a process of a host, and its device, "cpu" or "cuda:0 NVIDIA H100"."""

    host: str
    process: str
    device: str


@dataclass(frozen=True)
class Share:
    """What an attempt has of the CPUs and GPUs that its pack reserves; None where that is not known."""

    cpus: float | None = None
    gpus: float | None = None


_THIS = (attempts.c.trial_id == bindparam("of_trial"), attempts.c.attempt == bindparam("of_attempt"))
_OPEN = (*_THIS, attempts.c.ended.is_(None))
BEGIN = attempts.insert()
END = update(attempts).where(*_OPEN).values(ended=bindparam("how"), ended_at=bindparam("end_at"))
_SINCE = bindparam("since", type_=attempts.c.started_at.type)
HEARD = (
    update(attempts)
    .where(
        attempts.c.trial_id == select(trials.c.id).where(trials.c.key == bindparam("of_key")).scalar_subquery(),
        attempts.c.attempt == bindparam("of_attempt"),
        attempts.c.ended.is_(None),
    )
    .values(
        host=bindparam("at_host"),
        worker=bindparam("by_process"),
        device=bindparam("on_device"),
        started_at=func.coalesce(
            attempts.c.started_at, case((attempts.c.claimed_at > _SINCE, attempts.c.claimed_at), else_=_SINCE)
        ),
    )
)


def begin(connection: Connection, given: Mapping[int, int], *, study: str, stage: str, share: Share) -> None:
    """Note the attempts that a claim has handed out: a trial's id to its attempt number."""
    shared = {"study": study, "stage": stage, "cpus": share.cpus, "gpus": share.gpus, "claimed_at": now(connection)}
    rows = [{"trial_id": trial_id, "attempt": attempt, **shared} for trial_id, attempt in given.items()]
    connection.execute(BEGIN, rows)


def heard(connection: Connection, given: Mapping[str, int], worker: Worker, seconds: float) -> None:
    """Note who trains these attempts (a trial's key to its attempt number), and that it began `seconds` ago.

    Once a worker was heard, the moment of the start stays; attempts that have ended stay as they are.
    """
    told = {
        "at_host": worker.host,
        "by_process": worker.process,
        "on_device": worker.device,
        "since": now(connection) - timedelta(seconds=seconds),
    }
    if given:
        connection.execute(HEARD, [{"of_key": key, "of_attempt": number, **told} for key, number in given.items()])


def end(connection: Connection, trial_id: int, attempt: int, ended: str, at: datetime) -> None:
    """Note how an attempt ended, unless that is known."""
    connection.execute(END, {"of_trial": trial_id, "of_attempt": attempt, "how": ended, "end_at": at})


def lose(connection: Connection, trial_id: int, attempt: int, until: datetime) -> None:
    """Note that an attempt was taken over: its driver or worker lived until then at most."""
    begun = select(attempts.c.claimed_at, attempts.c.started_at).where(*_OPEN)
    row = connection.execute(begun, {"of_trial": trial_id, "of_attempt": attempt}).one_or_none()
    if row is not None:
        end(connection, trial_id, attempt, "lost", max(until, *(moment for moment in row if moment is not None)))


def gpu_seconds(connection: Connection, study: str) -> float:
    """Seconds times GPUs of the attempts that were made for a study, have begun and have ended."""
    a = attempts.c
    begun = select(a.gpus, a.started_at, a.ended_at).where(a.study == study, a.gpus > 0, a.started_at.is_not(None))
    rows = connection.execute(begun.where(a.ended_at.is_not(None)))
    return float(sum(gpus * (ended - started).total_seconds() for gpus, started, ended in rows))


def attempts_frame(connection: Connection, study: str, where: Where = EVERYTHING) -> pl.DataFrame:
    """One row an attempt made for a study, in the order of the claims; columns `ATTEMPT_SCHEMA`.

    `worker` is a process id of `host`; `cpus` and `gpus` are its share of what its pack reserved. `started_at` is when
    a worker began, `ended` one of completed, pruned, failed, lost (its driver died, or its workers did too often),
    released (it waits at a rung, or the study was interrupted) and moved. What is not known yet, or was not kept by the
    version that wrote it, is null.
    """
    of_trial, of_attempt = ({column.name: column for column in table.c} for table in (trials, attempts))
    columns = {**of_trial, **of_attempt, **in_frames()}
    shown = select(*(columns[name].label(name) for name in ATTEMPT_SCHEMA)).join(
        trials, trials.c.id == attempts.c.trial_id
    )
    a = attempts.c
    wanted = shown.where(a.study == study, *where.conditions(columns))
    return rows_frame(connection.execute(wanted.order_by(a.claimed_at, a.trial_id, a.attempt)).all(), ATTEMPT_SCHEMA)
