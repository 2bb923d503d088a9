"""Trials in the ledger: what is planned, and how it stands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    update,
)

from s4mcl.ledger.dialect import insert_new, now
from s4mcl.ledger.documents import decode, encode
from s4mcl.ledger.schema import planned, trials
from s4mcl.ledger.studies import require_study
from s4mcl_trainables.label_fraction import TASKS, LabelFraction, TaskFractions, read_fraction, share_of

COUNTED = ("planned", "running", "completed", "reused", "pruned", "failed")
KEY = re.compile(r"[0-9a-f]{64}")
LOST = "lost"  # the outcome of a trial whose worker died too often: the same s4mcl run tries it again
STOPPED = "stopped"  # the outcome of a trial that a person stopped
AT_ONCE = 500  # keys in one statement


KEYS = "wanted_keys"
_SHOWN = ("key", "state", "attempt", "outcome", "summary", "artifacts")
_SPENT = ("trained_for_study", "trained_for_stage", "iterations", "seconds")
_MEASURED = {name: trials.c.test.contains(f'"{name}"', autoescape=True) for name in ("test_hd95", "test_dice")}
DISTANCES_MEASURED = or_(_MEASURED["test_hd95"], ~_MEASURED["test_dice"])
STATES = select(
    *(trials.c[name] for name in _SHOWN),
    trials.c.test.is_not(None),
    *(trials.c[name] for name in _SPENT),
    DISTANCES_MEASURED,
).where(trials.c.key.in_(bindparam(KEYS, expanding=True)))


@dataclass(frozen=True)
class PlannedTrial:
    """A trial that a stage of a study wants.

    `key` is its content key (64 hex characters), `trial` the trial as a dictionary with at least method,
    label_fraction, seed and hyperparameters, `proposal` the number of the proposal it comes from, `dataset` and
    `partition` the fingerprints of what it trains and is tested on, `same_config` the digest of all that the key is
    made of except the code's revision and the numeric profile (64 hex characters, None if it was not computed).
    """

    key: str
    cohort: str
    trial: Mapping[str, Any]
    proposal: int | None = None
    dataset: str = ""
    partition: str = ""
    same_config: str | None = None

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"trial key {self.key!r}: 64 characters of 0-9 and a-f were expected")
        if self.same_config is not None and not KEY.fullmatch(self.same_config):
            raise ValueError(f"digest {self.same_config!r}: 64 characters of 0-9 and a-f were expected")


@dataclass(frozen=True)
class TrialState:
    """How a trial stands.

    `attempt` is 0 before the first claim; `artifacts` is relative to the storage; `distances`, of a tested trial: those
    between outlines were measured, or there are no masks.
    """

    state: str
    attempt: int
    outcome: str | None
    summary: dict[str, Any] | None
    artifacts: str | None
    tested: bool
    trained_for: tuple[str, str] | None
    iterations: int | None = None
    seconds: float | None = None
    distances: bool = False


@dataclass(frozen=True)
class FailedTrial:
    """A trial that failed, with its outcome and what is known of it."""

    key: str
    stage: str
    method: str
    label_fraction: LabelFraction
    seed: int
    outcome: str
    detail: dict[str, Any]


def portions(keys: Iterable[str]) -> Iterator[list[str]]:
    """The keys, each once, in lists short enough for one statement."""
    unique = list(dict.fromkeys(keys))
    return (unique[start : start + AT_ONCE] for start in range(0, len(unique), AT_ONCE))


def plan(connection: Connection, study: str, stage: str, wanted: Sequence[PlannedTrial]) -> None:
    """Note that a stage wants these trials. What already stands, here or for another stage, stays as it is.

    A trial that was planned without its `same_config`, by an earlier version, is given it.
    """
    require_study(connection, study)
    if not wanted:
        return
    at = now(connection)
    connection.execute(insert_new(connection, trials), [_new_row(trial, at) for trial in wanted])
    ids = _with_digests(connection, wanted)
    rows = [
        {"study": study, "stage": stage, "trial_id": ids[trial.key], "proposal": trial.proposal, "at": at}
        for trial in wanted
    ]
    connection.execute(insert_new(connection, planned), rows)


def _with_digests(connection: Connection, wanted: Sequence[PlannedTrial]) -> dict[str, int]:
    """The ids of planned trials by key, after those that lack their `same_config` were given it."""
    digests = {trial.key: trial.same_config for trial in wanted}
    ids: dict[str, int] = {}
    for keys in portions(digests):
        found = select(trials.c.key, trials.c.id, trials.c.same_config).where(trials.c.key.in_(keys))
        for key, row_id, known in connection.execute(found).all():
            ids[key] = row_id
            if known is None and digests[key] is not None:
                given = update(trials).where(trials.c.id == row_id).values(same_config=digests[key])
                connection.execute(given)
    return ids


def take_back(connection: Connection, study: str, stages: Sequence[str]) -> None:
    """Forget which trials these stages of a study wanted; the trials stay."""
    connection.execute(delete(planned).where(planned.c.study == study, planned.c.stage.in_(list(stages))))


def fraction_columns(fraction: LabelFraction) -> dict[str, float | None]:
    """A label fraction as its two columns: the second is null where the first is that of both tasks."""
    apart = isinstance(fraction, TaskFractions)
    one, other = (float(share_of(fraction, task)) for task in TASKS)
    return {"label_fraction": one, "segmentation_fraction": other if apart else None}


def fraction_of(row: Row[*tuple[Any, ...]]) -> LabelFraction:
    """The inverse of `fraction_columns`, of a row of trials that has both."""
    one, other = row.label_fraction, row.segmentation_fraction
    return float(one) if other is None else TaskFractions(one, other)


def in_frames() -> dict[str, ColumnElement[Any]]:
    """The label fraction as frames have it: by task, and as one that is null where these differ.

    What groups by label fraction so passes over trials whose tasks see different shares.
    """
    one, other = trials.c.label_fraction, trials.c.segmentation_fraction
    return {
        "label_fraction": case((other.is_(None), one), else_=null()),
        "classification_fraction": one,
        "segmentation_fraction": func.coalesce(other, one),
    }


def _new_row(wanted: PlannedTrial, at: datetime) -> dict[str, Any]:
    return {
        "key": wanted.key,
        "cohort": wanted.cohort,
        "method": wanted.trial["method"],
        **fraction_columns(read_fraction(wanted.trial["label_fraction"])),
        "seed": int(wanted.trial["seed"]),
        "trial": encode(wanted.trial),
        "dataset": wanted.dataset,
        "partition": wanted.partition,
        "same_config": wanted.same_config,
        "state": "planned",
        "attempt": 0,
        "created_at": at,
    }


def states(connection: Connection, keys: Iterable[str]) -> dict[str, TrialState]:
    """How trials stand, in the order of the keys; a key that is not in the ledger is left out."""
    found: dict[str, TrialState] = {}
    for portion in portions(keys):
        rows = {row[0]: row for row in connection.execute(STATES, {KEYS: portion})}
        for key in portion:
            if key in rows:
                _, state, attempt, outcome, summary, artifacts, tested, study, stage, *spent = rows[key]
                iterations, seconds, distances = spent
                trained_for = None if study is None else (study, stage)
                told = decode(summary)
                found[key] = TrialState(
                    state,
                    attempt,
                    outcome,
                    told,
                    artifacts,
                    tested=bool(tested),
                    trained_for=trained_for,
                    iterations=iterations,
                    seconds=seconds,
                    distances=bool(distances),
                )
    return found


def same_config(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """Digest to the key of a completed trial that has it, the one planned first; without those that have none."""
    found: dict[str, str] = {}
    c = trials.c
    for portion in portions(digests):
        wanted = select(c.same_config, c.key).where(c.same_config.in_(portion), c.state == "completed")
        for digest, key in connection.execute(wanted.order_by(c.id)):
            found.setdefault(digest, key)
    return found


def is_reused() -> ColumnElement[bool]:
    """Of a row of trials joined with planned: completed, and trained for another study or stage."""
    trained_here = and_(trials.c.trained_for_study == planned.c.study, trials.c.trained_for_stage == planned.c.stage)
    return and_(trials.c.state == "completed", ~trained_here)


def counts(connection: Connection, study: str) -> dict[str, dict[str, int]]:
    """The trials of each stage, in the stages' order, each in exactly one of the six counts."""
    counted = case((is_reused(), "reused"), else_=trials.c.state)
    first = func.min(planned.c.id)
    rows = connection.execute(
        select(planned.c.stage, counted, func.count(), first)
        .join(trials, trials.c.id == planned.c.trial_id)
        .where(planned.c.study == study)
        .group_by(planned.c.stage, counted)
    ).all()
    result: dict[str, dict[str, int]] = {}
    order = {stage: min(row[3] for row in rows if row[0] == stage) for stage in {row[0] for row in rows}}
    for stage in sorted(order, key=order.__getitem__):
        result[stage] = dict.fromkeys(COUNTED, 0) | {row[1]: row[2] for row in rows if row[0] == stage}
    return result


def trained_for(connection: Connection, study: str) -> tuple[int, float]:
    """How many trials were begun for a study, and the seconds that those which have ended took."""
    c = trials.c
    own = or_(c.trained_for_study == study, c.state == "planned")
    of_study = c.id.in_(select(planned.c.trial_id).where(planned.c.study == study))
    counted = select(func.count(), func.coalesce(func.sum(c.seconds), 0.0)).where(of_study, c.attempt > 0, own)
    count, seconds = connection.execute(counted).one()
    return int(count), float(seconds)


def failures(connection: Connection, study: str) -> dict[str, int]:
    """Outcome to how many of the study's trials failed so, each counted once."""
    c = trials.c
    of_study = c.id.in_(select(planned.c.trial_id).where(planned.c.study == study))
    counted = select(c.outcome, func.count()).where(of_study, c.state == "failed").group_by(c.outcome)
    return {outcome: int(count) for outcome, count in connection.execute(counted.order_by(c.outcome))}


def failed_trials(connection: Connection, study: str) -> list[FailedTrial]:
    """The study's failed trials in the order in which they were planned, once for each stage."""
    c = trials.c
    rows = connection.execute(
        select(c.key, planned.c.stage, c.method, c.label_fraction, c.segmentation_fraction, c.seed, c.outcome, c.detail)
        .join(planned, c.id == planned.c.trial_id)
        .where(planned.c.study == study, c.state == "failed")
        .order_by(planned.c.id)
    )
    return [
        FailedTrial(*row[:3], fraction_of(row), row.seed, row.outcome, detail=decode(row.detail) or {}) for row in rows
    ]
