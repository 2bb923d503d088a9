"""What a ledger's database must offer beyond SQL, and its errors in words that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from s4mcl_trainables.problems import InputError


class ConnectionLostError(InputError):
    """The database was there and is not any more; nothing of the interrupted step was kept."""


class DiskFullError(InputError):
    """There is no room for what was to be written; nothing of the interrupted step was kept."""


class Backend(Protocol):
    """A ledger's database: SQLite's file or a database of a PostgreSQL server.

    Its engine begins a transaction as `transactions.WRITE` among the connection's options says. One that writes waits
    for every other that writes: two drivers never see the same trial free. One that reads sees one state.
    """

    @property
    def place(self) -> str:
        """What messages call it: a path, or a URL without password."""
        ...

    @property
    def engine(self) -> Engine:
        """Its connections."""
        ...

    def meaning(self, error: Exception) -> InputError | None:
        """What an error of the database means to a person; None when it is an error of this program."""
        ...

    def hold(self, key: str) -> bool:
        """Hold a trial until it is let go, or this process ends; False while another process holds it."""
        ...

    def let_go(self, key: str) -> None:
        """Hold a trial no longer."""
        ...

    def dispose(self) -> None:
        """Close all connections."""
        ...


@contextmanager
def explained(backend: Backend) -> Iterator[None]:
    """Turn the database's errors that a person can mend into `InputError`; let the others pass."""
    try:
        yield
    except Exception as error:
        said = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, Exception) else error
        meant = None if isinstance(error, InputError) else backend.meaning(said)
        if meant is None:
            raise
        raise meant from error
