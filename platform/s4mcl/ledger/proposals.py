"""What the samplers proposed, and what became of it: from this, a sampler is rebuilt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, select, update

from s4mcl.ledger.dialect import insert_new, now
from s4mcl.ledger.documents import decode, encode, encode_list
from s4mcl.ledger.schema import FINISHED, proposals
from s4mcl.ledger.studies import require_study

IDENTITY = ("study", "stage", "method", "label_fraction", "number")


class DifferentProposalError(ValueError):
    """A proposal's number already stands for other hyperparameters."""


@dataclass(frozen=True)
class Proposal:
    """A sampler's suggestion for one group, numbered from 0.

    Attributes:
        score: None unless it was measured.
        objectives: the values of a Pareto search; None where a single score is searched for.
        intermediate: iteration to score, where early stopping judged it.
        violations: one number for each constraint, at most 0 where it is met.
        iterations: training iterations spent on it, all seeds together; None before its end and from version 1.
    """

    study: str
    stage: str
    method: str
    label_fraction: float
    number: int
    hyperparameters: dict[str, Any]
    state: str = "running"
    score: float | None = None
    objectives: tuple[float, ...] | None = None
    intermediate: dict[int, float] = field(default_factory=dict)
    violations: tuple[float, ...] = ()
    iterations: int | None = None


TELL = update(proposals).where(*(proposals.c[name] == bindparam(f"wanted_{name}") for name in IDENTITY))


def record_proposal(connection: Connection, proposal: Proposal) -> None:
    """Note a proposal as running; recorded twice with the same hyperparameters, nothing changes.

    Raises:
        DifferentProposalError: its number already stands for other hyperparameters.
        ValueError: the study is unknown.
    """
    require_study(connection, proposal.study)
    text = encode(proposal.hyperparameters)
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
    if connection.execute(insert_new(connection, proposals), row).rowcount == 1:  # PostgreSQL may not count
        return
    found = connection.scalar(select(proposals.c.hyperparameters).where(_is(proposal)))
    if found != text:
        raise DifferentProposalError(f"{_name(proposal)} already stands for {found}, and is now {text}")


def tell_proposal(connection: Connection, proposal: Proposal) -> None:
    """Note the state with which a proposal ended, and what was measured; said again, the last word counts.

    A score that is not finite is stored as none, and so are objectives and violations of which one is not finite;
    intermediate scores that are not finite are left out.

    Raises:
        ValueError: it was never recorded, its state is no end, or it is completed without a finite score or objectives.
    """
    if proposal.state not in FINISHED:
        raise ValueError(f"state {proposal.state!r}: one of {', '.join(FINISHED)} was expected")
    score = None if proposal.score is None or not math.isfinite(proposal.score) else float(proposal.score)
    objectives = _finite_list(proposal.objectives)
    if proposal.state == "completed" and score is None and objectives is None:
        raise ValueError(f"{_name(proposal)} completed with score {proposal.score}: tell it as failed")
    reached = {str(at): float(value) for at, value in proposal.intermediate.items() if math.isfinite(value)}
    ended = {
        "state": proposal.state,
        "score": score,
        "objectives": objectives,
        "intermediate": encode(reached) if reached else None,
        "violations": _finite_list(proposal.violations),
        "iterations": proposal.iterations,
        "finished_at": now(connection),
    }
    told = {f"wanted_{name}": getattr(proposal, name) for name in IDENTITY}
    if connection.execute(TELL, {**told, **ended}).rowcount == 0:
        raise ValueError(f"{_name(proposal)} was never recorded")


def _finite_list(values: Sequence[float] | None) -> str | None:
    return encode_list(values) if values and all(math.isfinite(value) for value in values) else None


def recorded(
    connection: Connection, study: str, stage: str | None, method: str | None, label_fraction: float | None
) -> list[Proposal]:
    """A study's proposals, all or those of a stage, method and label fraction, in the order of these and the number.

    Label fractions are compared to 9 digits, so that one that was read from a text is found again.
    """
    c = proposals.c
    wanted = select(proposals).where(*_of_group(study, stage, method, label_fraction))
    rows = connection.execute(wanted.order_by(c.stage, c.method, c.label_fraction, c.number))
    return [_proposal(row) for row in rows]


def best_scores(connection: Connection, study: str, stage: str) -> dict[str, float]:
    """The best score of each method that has one."""
    c = proposals.c
    scored = select(c.method, func.max(c.score)).where(c.study == study, c.stage == stage, c.score.is_not(None))
    return dict(connection.execute(scored.group_by(c.method)).all())


def reopen(connection: Connection, study: str, stage: str) -> None:
    """Let all proposals of a stage be scored again, as if they were running."""
    open_again = {"state": "running", "finished_at": None}
    unknown = dict.fromkeys(("score", "objectives", "intermediate", "violations", "iterations"))
    of_stage = (proposals.c.study == study, proposals.c.stage == stage)
    connection.execute(update(proposals).where(*of_stage).values(**open_again, **unknown))


def counted(connection: Connection, study: str, stage: str, method: str, label_fraction: float) -> tuple[int, int]:
    """How many proposals a group has, and how many of them are running."""
    running = func.count().filter(proposals.c.state == "running")
    wanted = select(func.count(), running).where(*_of_group(study, stage, method, label_fraction))
    asked, open_ones = connection.execute(wanted).one()
    return int(asked), int(open_ones)


def _of_group(
    study: str, stage: str | None, method: str | None, label_fraction: float | None
) -> list[ColumnElement[bool]]:
    c = proposals.c
    asked = [c.study == study]
    asked += [column == value for column, value in ((c.stage, stage), (c.method, method)) if value is not None]
    if label_fraction is not None:
        asked.append(c.label_fraction.between(label_fraction * (1 - 1e-9), label_fraction * (1 + 1e-9)))
    return asked


def _proposal(row: Row[*tuple[Any, ...]]) -> Proposal:
    objectives, intermediate, violations = map(decode, (row.objectives, row.intermediate, row.violations))
    return Proposal(
        study=row.study,
        stage=row.stage,
        method=row.method,
        label_fraction=row.label_fraction,
        number=row.number,
        hyperparameters=decode(row.hyperparameters),
        state=row.state,
        score=row.score,
        objectives=None if objectives is None else tuple(objectives),
        intermediate={int(at): value for at, value in (intermediate or {}).items()},
        violations=tuple(violations or ()),
        iterations=row.iterations,
    )


def _is(proposal: Proposal) -> ColumnElement[bool]:
    return and_(*(proposals.c[name] == getattr(proposal, name) for name in IDENTITY))


def _name(proposal: Proposal) -> str:
    group = f"{proposal.method} at {proposal.label_fraction}, stage {proposal.stage} of {proposal.study}"
    return f"proposal {proposal.number} of {group}"
