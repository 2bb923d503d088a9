"""Opening a ledger's database: does it hold one, and does this version of the program know its tables?"""

from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import IntegrityError

from s4mcl.ledger.backend import Backend
from s4mcl.ledger.schema import SCHEMA_VERSION, meta, migration, tables
from s4mcl.ledger.transactions import reading, writing
from s4mcl_trainables.problems import InputError


def is_made(backend: Backend) -> bool:
    """Whether the database has a ledger's tables. They are made in one transaction: all of them or none."""
    with reading(backend.engine) as connection:
        return inspect(connection).has_table(meta.name)


def make_tables(connection: Connection, place: str) -> bool:
    """Make the tables of a new ledger, and say so. An existing ledger is left as it is.

    Raises:
        InputError: the database holds other tables.
    """
    names = set(inspect(connection).get_table_names())
    if meta.name in names:
        return False
    if names:
        raise InputError(
            f"{place} is not a ledger: it is a database of something else, with the tables "
            f"{', '.join(sorted(names)[:5])}.\nCure: move it away, or choose another storage"
        )
    tables.create_all(connection)
    connection.execute(meta.insert().values(name="schema_version", value=str(SCHEMA_VERSION)))
    connection.execute(migration.insert().values(version_num=revision(SCHEMA_VERSION)))
    return True


def revision(version: int) -> str:
    """Alembic's name for a version of the schema."""
    return f"{version:04d}"


def bring_up_to_date(backend: Backend, *, migrates: bool = True) -> None:
    """Migrate the tables of an earlier version, all steps in one transaction; refuse those of a later one.

    Raises:
        InputError: the database is no ledger, or is of a later version, or of an earlier one and nothing `migrates`.
    """
    with reading(backend.engine) as connection:
        found = schema_version(connection, backend.place)
    if found == SCHEMA_VERSION:
        return
    if not migrates:
        cure = "end what an earlier version of s4mcl runs in this storage, then: s4mcl ledger check STORAGE"
        known = f"this version of s4mcl shows {SCHEMA_VERSION}"
        raise InputError(f"{backend.place} is of schema version {found}; {known}.\nCure: {cure}")
    from s4mcl.ledger.migrations.migrate import migrate  # noqa: PLC0415  # Alembic is loaded by those who need it

    try:
        with writing(backend.engine) as connection:
            if schema_version(connection, backend.place) != SCHEMA_VERSION:  # no other process was faster
                migrate(connection)
    except IntegrityError as error:
        cure = "put back a copy of the ledger, or open it with the version of s4mcl that wrote it and look for the row"
        refused = f"holds what version {SCHEMA_VERSION} refuses ({error.orig}), and was left as it is"
        raise InputError(f"{backend.place} {refused}.\nCure: {cure}") from error


def schema_version(connection: Connection, place: str) -> int:
    """The version of the ledger's tables, at most the one that this program knows.

    Raises:
        InputError: the database says none, something else, or a later one.
    """
    known = inspect(connection).has_table(meta.name)
    value = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version")) if known else None
    if value is None or not value.isdecimal():
        cure = "put back a copy of the ledger, or move the file away so that a new one is made"
        says = "says no schema version" if value is None else f"gives {value[:40]!r} as its schema version"
        raise InputError(f"{place} is not a ledger: it {says}.\nCure: {cure}")
    if int(value) > SCHEMA_VERSION:
        cure = "install the version of s4mcl that wrote it, or a later one"
        known_one = f"this version of s4mcl knows {SCHEMA_VERSION}"
        raise InputError(f"{place} is of schema version {value}; {known_one}.\nCure: {cure}")
    return int(value)
