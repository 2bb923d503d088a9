"""The connection to a ledger's database, and its errors in words that a person can act on."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from s4mcl_trainables.problems import InputError

BUSY_SECONDS = 60
FIRST_BYTES = b"SQLite format 3\x00"
WRITE = "s4mcl_write"

# What SQLite says, what it means, and what to do about it.
MEANINGS = (
    (
        ("database is locked", "database table is locked", "database schema is locked"),
        f"was locked by another process for {BUSY_SECONDS} s",
        "end the process that holds it (another driver, a backup, a database browser), then repeat the command",
    ),
    (
        ("readonly", "unable to open database file", "authorization denied"),
        "cannot be opened for writing",
        "give this user write permission on the file and its folder, or choose another storage",
    ),
    (
        ("database or disk is full", "disk I/O error"),
        "could not be written: the disk is full or failing",
        "make room on the disk, then repeat the command; nothing of the interrupted step was kept",
    ),
    (
        ("malformed", "file is not a database", "file is encrypted"),
        "is damaged or is no ledger (truncated, or overwritten by something else)",
        "put back a copy of the file, or move it away so that a new ledger is made; trained files under trials/ stay",
    ),
)


def sqlite_engine(path: Path) -> Engine:
    """An engine for a SQLite file: WAL, every commit on the disk before it returns, foreign keys checked.

    Transactions are begun by hand. Writers take the write lock at once (`BEGIN IMMEDIATE`): a reader that becomes
    a writer later can be refused without waiting, whatever the timeout.
    """
    url = URL.create("sqlite", database=str(path))  # a path in a URL's text could not hold "?" or "#"
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def use_wal(engine: Engine) -> None:
    """Set write-ahead logging, which the file then remembers.

    SQLite does not wait for its lock here, so two processes that make a ledger at once are made to wait.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        connection = engine.raw_connection()
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the database's errors that a person can mend into `InputError`; let the others pass."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        for signs, meaning, cure in MEANINGS:
            if any(sign in said for sign in signs):
                raise InputError(f"{path} {meaning} (SQLite: {said}).\nCure: {cure}") from error
        raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the ledger and writes nothing."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the write lock; all of it is kept, or after an error none of it."""
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        yield connection
