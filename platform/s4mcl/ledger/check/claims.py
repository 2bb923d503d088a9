"""Claims: whatever runs is held by a driver that lives, as far as its lease or this machine can tell."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, select

from s4mcl.ledger.dialect import now
from s4mcl.ledger.owner import Owner
from s4mcl.ledger.schema import trials


def findings(connection: Connection, _storage: Path) -> Iterator[str]:
    """Trials that run under a driver that is gone, told once a driver."""
    c = trials.c
    at = now(connection)
    columns = (c.trained_for_study, c.owner_host, c.owner_pid, c.owner_started, c.lease_until)
    held: Counter[tuple[str, str, int, str]] = Counter()
    for study, host, pid, started, until in connection.execute(select(*columns).where(c.state == "running")):
        ended = "has ended" if Owner(host, pid, started).is_dead() else ""
        if ended or until <= at:
            held[(study, host, pid, ended or "has not renewed its lease")] += 1
    for (study, host, pid, why), count in sorted(held.items()):
        yield (
            f"study {study}: {count} trials run for the driver {pid} on {host}, which {why}; "
            "s4mcl run goes on with the study"
        )
