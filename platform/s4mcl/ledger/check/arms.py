"""Arms: each has its trials, and a design's arms are counted from 0."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import arms, planned, trials


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Arms without trials, seeds without a trial, designs with a hole."""
    c = arms.c
    columns = (c.study, c.design, c.name, c.cohort, c.seeds)
    for study, design, name, cohort, text in connection.execute(select(*columns).order_by(c.design, c.position)).all():
        of_arm = select(trials.c.seed).join(planned, planned.c.trial_id == trials.c.id)
        found = set(connection.scalars(of_arm.where(trials.c.cohort == cohort, planned.c.study == study)))
        missing = [str(seed) for seed in decode(text) if seed not in found]
        if not found:
            yield f"study {study}, design {design}, arm {name!r}: its cohort has no trials"
        elif missing:
            yield f"study {study}, design {design}, arm {name!r}: no trial has seed {', '.join(missing)}"
    counted = select(c.study, c.design, func.count(), func.max(c.position)).group_by(c.study, c.design)
    for study, design, count, last in connection.execute(counted):
        if count != last + 1:
            yield f"study {study}, design {design}: {count} arms are there, the last stands at place {last}"
