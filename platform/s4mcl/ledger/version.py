"""Opening the ledger's file: is it one, is it whole, and does this version of the program know its tables?"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select

from s4mcl.ledger.engine import FIRST_BYTES, explained, reading, sqlite_engine, use_wal, writing
from s4mcl.ledger.schema import SCHEMA_VERSION, meta, tables
from s4mcl_trainables.problems import InputError

FILE_NAME = "ledger.sqlite"


def open_engine(storage: Path, *, create: bool) -> Engine:
    """The engine of the ledger under a storage folder, its tables made if they are missing and `create` is set.

    Raises:
        InputError: there is no ledger and none is to be made; the file is no ledger, is damaged, locked, not
            writable or of a newer version.
    """
    path = storage / FILE_NAME
    check_file(storage, path, create=create)
    engine = sqlite_engine(path)
    try:
        with explained(path):
            if create and not is_made(engine):  # looked at first: a ledger that exists opens while others write
                use_wal(engine)
                with writing(engine) as connection:
                    make_tables(connection, path)
            with reading(engine) as connection:
                check_version(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


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


def is_made(engine: Engine) -> bool:
    """Whether the file has a ledger's tables. They are made in one transaction: all of them or none."""
    with reading(engine) as connection:
        return inspect(connection).has_table(meta.name)


def make_tables(connection: Connection, path: Path) -> None:
    """Make the tables of a new ledger. An existing ledger is left as it is.

    Raises:
        InputError: the database holds other tables.
    """
    names = set(inspect(connection).get_table_names())
    if meta.name in names:
        return
    if names:
        raise InputError(
            f"{path} is not a ledger: it is a database of something else, with the tables "
            f"{', '.join(sorted(names)[:5])}.\nCure: move it away, or choose another storage"
        )
    tables.create_all(connection)
    connection.execute(meta.insert().values(name="schema_version", value=str(SCHEMA_VERSION)))


def check_version(connection: Connection, path: Path) -> None:
    """Raise `InputError` unless the ledger's tables are of the version that this program knows."""
    known = inspect(connection).has_table(meta.name)
    value = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version")) if known else None
    if value is None:
        cure = "put back a copy of the ledger, or move the file away so that a new one is made"
        raise InputError(f"{path} is not a ledger: it says no schema version.\nCure: {cure}")
    if int(value) != SCHEMA_VERSION:
        cure = "install the version of s4mcl that wrote it, or a later one"
        raise InputError(
            f"{path} is of schema version {value}; this version of s4mcl knows {SCHEMA_VERSION}.\nCure: {cure}"
        )
