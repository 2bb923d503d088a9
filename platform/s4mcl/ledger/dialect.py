"""The few places where databases speak differently: the clock, and an insert that leaves existing rows alone."""

from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

MOMENT = "s4mcl moment"
CLOCK = text("SELECT clock_timestamp()")


def now(connection: Connection) -> datetime:
    """The database's clock, in UTC, to the millisecond; asked once a transaction, which has one moment.

    Leases are judged by it alone, so that drivers on machines with different clocks agree.
    """
    known: tuple[object, datetime] | None = connection.info.get(MOMENT)
    if known is None or known[0] is not connection.get_transaction():
        known = connection.info[MOMENT] = (connection.get_transaction(), _asked(connection))
    return known[1]


def _asked(connection: Connection) -> datetime:
    if connection.dialect.name == "sqlite":  # a library of this process: its clock is this machine's
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    found: datetime = connection.execute(CLOCK).scalar_one()
    return found.astimezone(UTC)


def insert_new(connection: Connection, table: Table) -> Insert:
    """An insert that passes over rows whose primary or unique key already stands."""
    return _insert_new(connection.dialect.name, table)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    # Building a statement costs more than running it, so those of every trial are built once.
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
