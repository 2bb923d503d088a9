"""The few places where databases speak differently: the clock, and an insert that leaves existing rows alone."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

MOMENT = "s4mcl moment"
CLOCK = {
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp()"),
}


def now(connection: Connection) -> datetime:
    """The database's clock, in UTC, to the millisecond; asked once a transaction, which has one moment.

    Leases are judged by it alone, so that drivers on machines with different clocks agree.
    """
    known: tuple[object, datetime] | None = connection.info.get(MOMENT)
    if known is None or known[0] is not connection.get_transaction():
        known = connection.info[MOMENT] = (connection.get_transaction(), _asked(connection))
    return known[1]


def _asked(connection: Connection) -> datetime:
    found: Any = connection.execute(CLOCK[connection.dialect.name]).scalar_one()
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if isinstance(found, str) else found.astimezone(UTC)


def insert_new(connection: Connection, table: Table) -> Insert:
    """An insert that passes over rows whose primary or unique key already stands."""
    return _insert_new(connection.dialect.name, table)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    # Building a statement costs more than running it, so those of every trial are built once.
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
