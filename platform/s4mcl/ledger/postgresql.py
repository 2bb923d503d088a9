"""A ledger in a database of a PostgreSQL server: its connection.

Writers wait for one another at an advisory lock of the database, which is taken when a transaction begins and which
the server itself gives back when the transaction or its connection ends. So every writer sees what those before it
wrote, two drivers never find one trial free, and no transaction ever has to be undone for another's sake. A ledger's
transactions take milliseconds. Readers wait for nobody: they see one state (REPEATABLE READ).
"""

import re
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from s4mcl.ledger.held_keys import HeldKeys
from s4mcl.ledger.postgresql_errors import LOCK_SECONDS, meaning_of
from s4mcl.ledger.transactions import WRITE
from s4mcl_trainables.problems import InputError

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
EXPECTED = "postgresql://USER@HOST/DATABASE"
PASSWORD = "put it into the environment variable PGPASSWORD or into ~/.pgpass, which libpq reads"
WRITERS = 7_310_419_462  # the number of the writers' lock; one database holds one ledger
IDLE_SECONDS = 45  # a driver that is stopped inside a transaction loses it before the others give up waiting
CONNECTING = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "s4mcl",
}
SESSION = (f"SET lock_timeout = '{LOCK_SECONDS}s'", "SET synchronous_commit = on", "SET timezone = 'UTC'")
BEGIN_WRITE = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true), "
    f"pg_advisory_xact_lock({WRITERS})"
)
BEGIN_READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresDatabase:
    """A ledger in a PostgreSQL database. Its URL holds no password: libpq finds it (PGPASSWORD, ~/.pgpass)."""

    def __init__(self, url: URL) -> None:
        self.url, self.place = url, shown(url)
        self.engine = self._engine()
        self.reached = False  # once reached, a server that is gone is waited for
        self._judged = HeldKeys(self.engine)

    def meaning(self, error: Exception) -> InputError | None:
        """What an error of the server means to a person; None when it is an error of this program."""
        return meaning_of(error, self.place, reached=self.reached)

    def hold(self, key: str) -> bool:
        """Hold a trial that is judged; False while another driver does."""
        return self._judged.hold(key)

    def let_go(self, key: str) -> None:
        """Hold a trial no longer."""
        self._judged.let_go(key)

    def dispose(self) -> None:
        """Close all connections."""
        self._judged.close()
        self.engine.dispose()

    def _engine(self) -> Engine:
        given = {name: value for name, value in CONNECTING.items() if name not in self.url.query}
        try:
            engine = create_engine(self.url.set(drivername="postgresql+psycopg"), connect_args=given)
        except ModuleNotFoundError as error:
            cure = "install it: pip install 's4mcl[postgres]'"
            raise InputError(
                f"{self.place} needs the package psycopg, which is not installed.\nCure: {cure}"
            ) from error

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: Any) -> None:
            self.reached = True
            for setting in SESSION:
                connection.execute(setting)
            connection.commit()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            options = connection.get_execution_options()
            if options.get("isolation_level") != "AUTOCOMMIT":  # that of held keys has no transactions
                connection.exec_driver_sql(BEGIN_WRITE if options.get(WRITE, False) else BEGIN_READ)

        return engine


def read_url(text: str, where: str) -> URL:
    """A database's URL, as the configuration or the file ledger.url gives it.

    Raises:
        InputError: it is none of PostgreSQL's, names no database, or holds a password.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError) as error:
        hidden = re.sub(r".*@", "...@", text.strip())
        raise InputError(f"{where}: {hidden!r} is no URL.\nCure: write {EXPECTED}") from error
    if url.drivername not in SCHEMES or not url.database:
        found = f"{shown(url)!r}: a PostgreSQL database was expected"
        raise InputError(f"{where}: {found}.\nCure: write {EXPECTED}")
    if url.password is not None or "password" in url.query:
        raise InputError(f"{where}: the URL holds a password, which would be read by others.\nCure: {PASSWORD}")
    return url.set(drivername="postgresql")


def shown(url: URL) -> str:
    """A URL as messages show it."""
    plain = url.set(query={name: value for name, value in url.query.items() if name != "password"})
    return plain.render_as_string(hide_password=True)
