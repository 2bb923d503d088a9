"""Proposals: numbered without a hole, none running when its group is at its end, trials only of those that stand."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, and_, func, select

from s4mcl.ledger.schema import planned, proposals, trials

GROUP = ("study", "stage", "method", "label_fraction")


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Holes in the numbering, proposals that nobody will end, trials of a proposal that does not stand."""
    yield from _holes(connection)
    yield from _forgotten(connection)
    yield from _unknown(connection)


def _holes(connection: Connection) -> Iterator[str]:
    c = proposals.c
    group = [c[name] for name in GROUP]
    counted = select(*group, func.count(), func.max(c.number)).group_by(*group).order_by(*group)
    for *of_group, count, last in connection.execute(counted):
        if count != last + 1:
            yield f"{_name(*of_group)}: {count} proposals are there, the last has number {last}"


def _forgotten(connection: Connection) -> Iterator[str]:
    """A proposal runs although all its trials have ended, and nothing else of its study and stage runs or waits."""
    c, p, t = proposals.c, planned.c, trials.c
    same_stage = and_(p.study == c.study, p.stage == c.stage)
    waiting = select(1).join(trials, t.id == p.trial_id).where(same_stage, t.state.in_(("planned", "running")))
    own = and_(p.proposal == c.number, t.method == c.method, t.label_fraction == c.label_fraction)
    begun = select(1).join(trials, t.id == p.trial_id).where(same_stage, own)
    running = select(*(c[name] for name in (*GROUP, "number"))).where(
        c.state == "running", begun.exists(), ~waiting.exists()
    )
    for *of_group, number in connection.execute(running):
        ended = "is running, but all trials of the stage have ended; s4mcl run tells its end"
        yield f"{_name(*of_group)}: proposal {number} {ended}"


def _unknown(connection: Connection) -> Iterator[str]:
    c, p, t = proposals.c, planned.c, trials.c
    group = and_(c.study == p.study, c.stage == p.stage, c.method == t.method, c.label_fraction == t.label_fraction)
    stands = select(1).where(group, c.number == p.proposal).correlate(planned, trials)
    lost = select(t.key, p.study, p.stage, p.proposal).join(planned, p.trial_id == t.id)
    lost = lost.where(p.proposal.is_not(None), ~stands.exists())
    for key, study, stage, number in connection.execute(lost):
        yield f"trial {key}: planned for proposal {number} of study {study}, stage {stage}, which does not stand"


def _name(study: str, stage: str, method: str, label_fraction: float) -> str:
    return f"study {study}, stage {stage}, {method} at {label_fraction:g}"
