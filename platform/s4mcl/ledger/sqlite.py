"""A ledger in a file: SQLite's connection, and what its errors mean."""

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from s4mcl.ledger.backend import DiskFullError
from s4mcl.ledger.transactions import WRITE
from s4mcl_trainables.problems import InputError

BUSY_SECONDS = 60
FILE_NAME = "ledger.sqlite"
FIRST_BYTES = b"SQLite format 3\x00"

DISK_FULL = "database or disk is full"

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
        (DISK_FULL,),
        "could not be written: the disk is full",
        "make room on the disk, then repeat the command; nothing of the interrupted step was kept",
    ),
    (
        ("disk I/O error",),
        "could not be written: the disk is full or failing",
        "make room on the disk, then repeat the command; nothing of the interrupted step was kept",
    ),
    (
        ("malformed", "file is not a database", "file is encrypted"),
        "is damaged or is no ledger (truncated, or overwritten by something else)",
        "put back a copy of the file, or move it away so that a new ledger is made; trained files under trials/ stay",
    ),
)


class SqliteFile:
    """A ledger in a file of its storage."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)
        self.engine = sqlite_engine(path)

    def meaning(self, error: Exception) -> InputError | None:
        """What an error of SQLite means to a person; None when it is an error of this program."""
        if isinstance(error, sqlite3.Error):
            for signs, meaning, cure in MEANINGS:
                if any(sign in str(error) for sign in signs):
                    kind = DiskFullError if DISK_FULL in signs else InputError
                    return kind(f"{self.place} {meaning} (SQLite: {error}).\nCure: {cure}")
        return None

    def hold(self, key: str) -> bool:
        """Hold a trial that is judged: nobody else would, since a study in a file has one driver."""
        return True

    def let_go(self, key: str) -> None:
        """Hold a trial no longer."""

    def dispose(self) -> None:
        """Close all connections. The ledger is then one file, without a log beside it, if nobody else has it open."""
        self.engine.dispose()


def sqlite_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """An engine for a SQLite file: WAL, every commit on the disk before it returns, foreign keys checked.

    Transactions are begun by hand. Writers take the write lock at once (`BEGIN IMMEDIATE`): a reader that becomes
    a writer later can be refused without waiting, whatever the timeout.
    """
    url = URL.create("sqlite", database=str(path))  # a path in a URL's text could not hold "?" or "#"
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        checked = "ON" if foreign_keys else "OFF"
        for pragma in ("synchronous = FULL", f"foreign_keys = {checked}", "temp_store = MEMORY", "cache_size = -65536"):
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


def check_file(storage: Path, path: Path, *, create: bool) -> None:
    """Make the storage folder when asked to; refuse what can be no ledger before a database touches it."""
    try:
        if create:
            storage.mkdir(parents=True, exist_ok=True)
        found = path.is_file()
        first = path.open("rb").read(len(FIRST_BYTES)) if found else b""
    except OSError as error:
        cure = "choose a storage folder that this user may write"
        raise InputError(f"{path} cannot be opened: {error.strerror or error}.\nCure: {cure}") from error
    if not found and path.exists():
        raise InputError(f"{path} is not a file.\nCure: move it away, or choose another storage")
    if not found and not create:
        cure = "name a study folder as <storage>/<name>, or begin a study with: s4mcl run storage=... name=..."
        raise InputError(f"{storage} holds no ledger: there is no {FILE_NAME} in it.\nCure: {cure}")
    if first and first != FIRST_BYTES:
        cure = "put back a copy of the ledger, or move the file away so that a new one is made"
        raise InputError(f"{path} is not a ledger: it is no SQLite database, or was cut short.\nCure: {cure}")
