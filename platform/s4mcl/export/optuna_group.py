"""A group of proposals as it is exported to Optuna: with their times, and the trials that scored them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from s4mcl.ledger import Ledger, Proposal
from s4mcl.ledger.schema import planned, proposals, trials


@dataclass(frozen=True)
class OptunaGroup:
    """The proposals of one stage, method and label fraction, by number.

    Attributes:
        times: number to when it was proposed, and when it ended (None: it has not).
        keys: number to the keys of the trials that scored it.
    """

    study: str
    stage: str
    method: str
    label_fraction: float
    proposals: list[Proposal] = field(default_factory=list)
    times: dict[int, tuple[datetime, datetime | None]] = field(default_factory=dict)
    keys: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def name(self) -> str:
        """What Optuna calls the group."""
        return f"{self.study}/{self.stage}/{self.method}/{self.label_fraction:g}"

    @property
    def objectives(self) -> int:
        """How many values a proposal has: those of a Pareto search, else the score alone."""
        return max((len(found.objectives) for found in self.proposals if found.objectives), default=1)


def optuna_groups(ledger: Ledger, study: str) -> list[OptunaGroup]:
    """All groups of a study that have proposals, by stage, method and label fraction."""
    groups: dict[tuple[str, str, float], OptunaGroup] = {}
    for found in ledger.proposals(study):
        place = (found.stage, found.method, found.label_fraction)
        groups.setdefault(place, OptunaGroup(study, *place)).proposals.append(found)
    p, t, q = planned.c, trials.c, proposals.c
    scored = select(p.stage, t.method, t.label_fraction, p.proposal, t.key).join(trials, t.id == p.trial_id)
    timed = select(q.stage, q.method, q.label_fraction, q.number, q.created_at, q.finished_at)
    with ledger.connection() as connection:
        for stage, method, fraction, number, begun, ended in connection.execute(timed.where(q.study == study)):
            groups[stage, method, fraction].times[number] = (begun, ended)
        wanted = scored.where(p.study == study, p.proposal.is_not(None)).order_by(p.id)
        for stage, method, fraction, number, key in connection.execute(wanted):
            group = groups.get((stage, method, fraction))
            if group is not None:
                group.keys[number].append(key)
    return list(groups.values())
