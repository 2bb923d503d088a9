"""Whether the ledger says anything new of a study, without reading what it says."""

import hashlib
from typing import Any

from sqlalchemy import Connection, Select, case, func, select

from s4mcl.ledger.schema import (
    TRIAL_STATES,
    arms,
    attempts,
    events,
    planned,
    proposals,
    reports,
    requests,
    studies,
    test_openings,
    trials,
)


def news(connection: Connection, study: str) -> str:
    """A short text that stays the same as long as nothing is written of a study, its trials and their reports.

    It is made of counts, of the latest moments and of numbers that only grow: a claim raises the sum of attempts, an
    end moves a trial from one state to another, reports come from running trials alone. Another study changes it where
    it works on a trial of this one, or reads test labels.
    """
    told = [tuple(connection.execute(question).one()) for question in _questions(study)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _questions(study: str) -> list[Select[Any]]:
    t, p = trials.c, planned.c
    of_study = select(p.trial_id).where(p.study == study)
    running = select(t.id).where(t.state == "running", t.id.in_(of_study))
    states = [func.sum(case((t.state == state, 1), else_=0)) for state in TRIAL_STATES]
    asked = func.sum(case((proposals.c.state == "running", 1), else_=0))
    moments = func.max(proposals.c.created_at), func.max(proposals.c.finished_at)
    return [
        select(func.max(studies.c.updated_at)).where(studies.c.name == study),
        select(func.count(), func.max(p.id), func.max(p.at), func.sum(t.attempt), func.max(t.finished_at), *states)
        .join(trials, t.id == p.trial_id)
        .where(p.study == study),
        select(func.count(), func.max(reports.c.iteration)).where(reports.c.trial_id.in_(running)),
        select(func.count(), asked, *moments).where(proposals.c.study == study),
        select(func.count(), func.max(arms.c.at)).where(arms.c.study == study),
        select(func.max(events.c.id)).where(events.c.study == study),
        select(func.max(test_openings.c.id)),
        select(func.count(attempts.c.started_at), func.count(attempts.c.ended)).where(attempts.c.study == study),
        select(func.max(requests.c.id), func.count(requests.c.seen_at)).where(requests.c.study == study),
    ]
