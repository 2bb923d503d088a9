"""The few places where databases speak differently: the clock, and an insert that leaves existing rows alone."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

CLOCK = {
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp()"),
}


def now(connection: Connection) -> datetime:
    """The database's clock, in UTC, to the millisecond.

    Leases are judged by it alone, so that drivers on machines with different clocks agree.
    """
    found: Any = connection.execute(CLOCK[connection.dialect.name]).scalar_one()
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found.astimezone(UTC)


def insert_new(connection: Connection, table: Table) -> Insert:
    """An insert that passes over rows whose primary or unique key already stands."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
