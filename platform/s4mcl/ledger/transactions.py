"""Transactions: one that reads, one that writes, and beginning them again when a connection was lost."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from s4mcl.ledger.backend import Backend, ConnectionLostError

WRITE = "s4mcl_write"
WAITS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each further try: a server that restarts is waited for

Kind = Callable[[Engine], AbstractContextManager[Connection]]


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger and writes nothing."""
    with engine.connect().execution_options(**{WRITE: False}) as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock; all of it is kept, or after an error none of it."""
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        yield connection


@contextmanager
def begun(backend: Backend, kind: Kind) -> Iterator[Connection]:
    """A transaction whose beginning is tried again, with growing pauses, when the connection is gone."""
    with ExitStack() as held:
        yield _entered(backend, kind, held)


def _entered(backend: Backend, kind: Kind, held: ExitStack) -> Connection:
    for wait in WAITS:
        try:
            return held.enter_context(kind(backend.engine))
        except DBAPIError as error:
            if not isinstance(error.orig, Exception) or not isinstance(
                backend.meaning(error.orig), ConnectionLostError
            ):
                raise
        time.sleep(wait)
    return held.enter_context(kind(backend.engine))
