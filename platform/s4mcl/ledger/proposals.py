"""What the samplers proposed, and what became of it: from this, a sampler is rebuilt."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from s4mcl.ledger.dialect import insert_new, now
from s4mcl.ledger.documents import decode, encode
from s4mcl.ledger.schema import FINISHED, proposals
from s4mcl.ledger.studies import require_study

IDENTITY = ("study", "stage", "method", "label_fraction", "number")


@dataclass(frozen=True)
class Proposal:
    """A sampler's suggestion for one group, numbered from 0. `score` is None unless it was measured."""

    study: str
    stage: str
    method: str
    label_fraction: float
    number: int
    hyperparameters: dict[str, Any]
    state: str = "running"
    score: float | None = None


def record_proposal(connection: Connection, proposal: Proposal) -> None:
    """Note a proposal as running; recorded twice with the same hyperparameters, nothing changes.

    Raises:
        ValueError: its number already stands for other hyperparameters, or the study is unknown.
    """
    require_study(connection, proposal.study)
    text = encode(proposal.hyperparameters)
    found = connection.scalar(select(proposals.c.hyperparameters).where(_is(proposal)))
    if found is not None and found != text:
        raise ValueError(f"{_name(proposal)} already stands for {found}, and is now {text}")
    row = {
        "study": proposal.study,
        "stage": proposal.stage,
        "method": proposal.method,
        "label_fraction": proposal.label_fraction,
        "number": proposal.number,
        "hyperparameters": text,
        "state": "running",
        "created_at": now(connection),
    }
    connection.execute(insert_new(connection, proposals), [row])


def tell_proposal(connection: Connection, proposal: Proposal) -> None:
    """Note the state and score with which a proposal ended; said again, the last word counts.

    Raises:
        ValueError: it was never recorded, its state is no end, or it is completed without a finite score.
    """
    if proposal.state not in FINISHED:
        raise ValueError(f"state {proposal.state!r}: one of {', '.join(FINISHED)} was expected")
    score = None if proposal.score is None or not math.isfinite(proposal.score) else float(proposal.score)
    if proposal.state == "completed" and score is None:
        raise ValueError(f"{_name(proposal)} completed with score {proposal.score}: tell it as failed")
    ended = {"state": proposal.state, "score": score, "finished_at": now(connection)}
    if connection.execute(update(proposals).where(_is(proposal)).values(**ended)).rowcount == 0:
        raise ValueError(f"{_name(proposal)} was never recorded")


def recorded(connection: Connection, study: str, stage: str | None) -> list[Proposal]:
    """A study's proposals, of one stage or of all, by stage, method, label fraction and number."""
    c = proposals.c
    columns = (c.study, c.stage, c.method, c.label_fraction, c.number, c.hyperparameters, c.state, c.score)
    wanted = select(*columns).where(c.study == study).order_by(c.stage, c.method, c.label_fraction, c.number)
    if stage is not None:
        wanted = wanted.where(c.stage == stage)
    return [Proposal(*row[:5], decode(row[5]), *row[6:]) for row in connection.execute(wanted)]


def _is(proposal: Proposal) -> ColumnElement[bool]:
    return and_(*(proposals.c[name] == getattr(proposal, name) for name in IDENTITY))


def _name(proposal: Proposal) -> str:
    group = f"{proposal.method} at {proposal.label_fraction}, stage {proposal.stage} of {proposal.study}"
    return f"proposal {proposal.number} of {group}"
