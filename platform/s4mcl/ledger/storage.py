"""Which ledger a storage has: the file ledger.sqlite in it, or the database that the one line of its ledger.url names.

One database holds one ledger, and that belongs to one storage: the ledger names files relative to its storage, which
another folder does not have. Both hold the same identifier, the folder in its file ledger.id, so that a storage may be
moved (with its files) and is never mistaken for another. Where the trials' files are kept under a URI, the ledger holds
that too, and a storage elsewhere, of another cluster, that keeps its files there may share it.
"""

import os
import uuid
from pathlib import Path

from sqlalchemy import URL, Connection, func, select

from s4mcl.ledger.backend import Backend, explained
from s4mcl.ledger.file_system import refuse_network
from s4mcl.ledger.postgresql import PostgresDatabase, read_url, shown
from s4mcl.ledger.schema import meta, studies
from s4mcl.ledger.sqlite import FILE_NAME, SqliteFile, check_file, use_wal
from s4mcl.ledger.transactions import reading, writing
from s4mcl.ledger.version import bring_up_to_date, is_made, make_tables
from s4mcl_trainables.problems import InputError

URL_NAME = "ledger.url"
ID_NAME = "ledger.id"
STORAGE_ID = "storage_id"  # its row in the table meta
ARTIFACTS = "artifacts"  # the row with the URI under which the trials' files are kept


def open_backend(
    storage: Path, *, create: bool, url: str | None, migrate: bool = True, artifacts: str | None = None
) -> Backend:
    """The database of a storage's ledger, its tables made if they are missing and `create` is set.

    Those of an earlier version are brought up to date, or without `migrate` refused. `artifacts`: where the trials'
    files are kept, so that a new storage may share the ledger of others that keep them there.

    Raises:
        InputError: there is no ledger and none is to be made; the storage has another one than `url`; the file is no
            ledger, is damaged, locked, not writable, of a newer version or on a network file system; the server
            cannot be reached or refuses; the database is another storage's.
    """
    path = storage / FILE_NAME
    address = _address(storage, path, url)
    if address is None:
        return _opened_file(storage, path, create=create, migrate=migrate)
    return _opened_database(storage, address, create=create, migrate=migrate, artifacts=artifacts)


def _address(storage: Path, path: Path, given: str | None) -> URL | None:
    """The URL of the storage's database; None when its ledger is a file."""
    asked = None if given is None else read_url(given, "ledger")
    file = storage / URL_NAME
    try:
        known = read_url(file.read_text(encoding="utf-8"), str(file)) if file.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        cure = "let it hold one line, postgresql://USER@HOST/DATABASE, or give this user permission to read it"
        raise InputError(f"{file} cannot be read: {error}.\nCure: {cure}") from error
    if known is not None and path.exists():
        cure = f"move away the one that is not the storage's: {URL_NAME} and {ID_NAME}, or {FILE_NAME}"
        raise InputError(f"{storage} has two ledgers: {path.name} and {shown(known)} in {URL_NAME}.\nCure: {cure}")
    if asked is not None and (path.exists() or (known is not None and known != asked)):
        has = path.name if known is None else f"{shown(known)}, as its {URL_NAME} says"
        cure = "leave the key ledger out, or name another storage"
        raise InputError(f"{storage} already has a ledger, {has}; {shown(asked)} was asked for.\nCure: {cure}")
    return known or asked


def _opened_file(storage: Path, path: Path, *, create: bool, migrate: bool) -> Backend:
    refuse_network(storage)
    check_file(storage, path, create=create)
    backend = SqliteFile(path)
    try:
        with explained(backend):
            if create and not is_made(backend):  # looked at first: a ledger that exists opens while others write
                use_wal(backend.engine)
                with writing(backend.engine) as connection:
                    make_tables(connection, backend.place)
            bring_up_to_date(backend, migrates=migrate)
    except BaseException:
        backend.dispose()
        raise
    return backend


def _opened_database(storage: Path, url: URL, *, create: bool, migrate: bool, artifacts: str | None) -> Backend:
    backend = PostgresDatabase(url)
    try:
        with explained(backend):
            if create and not is_made(backend):
                with writing(backend.engine) as connection:
                    if make_tables(connection, backend.place):
                        connection.execute(meta.insert().values(name=STORAGE_ID, value=uuid.uuid4().hex))
                        if artifacts is not None:
                            connection.execute(meta.insert().values(name=ARTIFACTS, value=artifacts))
            bring_up_to_date(backend, migrates=migrate)
            with reading(backend.engine) as connection:
                identity = _identity(connection, storage, backend.place, artifacts)
        if create:
            _write_address(storage, identity, url)
    except BaseException:
        backend.dispose()
        raise
    return backend


def kept_under(connection: Connection) -> str | None:
    """The URI under which the files of all trials of this ledger are kept; None where it names none."""
    return connection.scalar(select(meta.c.value).where(meta.c.name == ARTIFACTS))


def _identity(connection: Connection, storage: Path, place: str, artifacts: str | None) -> str:
    """The identifier that storage and database share.

    A folder without one takes that of an empty ledger, or of one whose files are kept where this folder's will be.

    Raises:
        InputError: they are not each other's.
    """
    known, kept = connection.scalar(select(meta.c.value).where(meta.c.name == STORAGE_ID)) or "", kept_under(connection)
    file = storage / ID_NAME
    own = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    empty = connection.scalar(select(func.count()).select_from(studies)) == 0
    shares = empty or (kept is not None and kept == artifacts)
    if known and (own == known or (shares and not own)):
        return known
    share = "" if kept is None or own else f"; or share it, as its files are kept elsewhere: artifacts={kept}"
    raise InputError(
        f"{place} holds the ledger of another storage: its identifier is {known or 'none'}, {file} says "
        f"{own or 'nothing'}.\nCure: name a database of this storage's own (createdb makes one), or work in the "
        f"storage that has the trials of this ledger; only if {storage} is that one and lost its {ID_NAME}, write "
        f"{known} into it{share}"
    )


def _write_address(storage: Path, identity: str, url: URL) -> None:
    """Let the storage name its database from now on; the URL comes last, when all else stands."""
    for name, line in ((ID_NAME, identity), (URL_NAME, shown(url))):
        file = storage / name
        if file.is_file():
            continue
        new = file.with_name(f".{name}.{os.getpid()}")
        try:
            storage.mkdir(parents=True, exist_ok=True)
            new.write_text(f"{line}\n", encoding="utf-8")
            new.replace(file)
        except OSError as error:
            cure = "choose a storage folder that this user may write"
            raise InputError(f"{file} cannot be written: {error.strerror or error}.\nCure: {cure}") from error
