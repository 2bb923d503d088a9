"""Test sets: every trial with test values has its opening counted, and no study that locked them has one."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, func, select

from s4mcl.ledger.documents import decode
from s4mcl.ledger.schema import studies, test_openings, trials


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Test values that nobody is known to have read, and openings by a study that locked its test part."""
    o, t = test_openings.c, trials.c
    uncounted = select(t.key).where(t.test.is_not(None), t.id.not_in(select(o.trial_id)))
    yield from (f"trial {key}: it has test values, and no opening is counted" for key in connection.scalars(uncounted))
    locked = [
        name
        for name, config in connection.execute(select(studies.c.name, studies.c.config))
        if decode(config).get("test") == "locked"
    ]
    counted = select(o.study, func.count()).where(o.study.in_(locked)).group_by(o.study)
    for study, count in connection.execute(counted):
        yield f"study {study}: its test part is locked, and was opened {count} times"
