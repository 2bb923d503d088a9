"""An open ledger: its connections, and the transactions in which everything is read and written."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from s4mcl.ledger.backend import Backend, ConnectionLostError, explained
from s4mcl.ledger.storage import kept_under, open_backend
from s4mcl.ledger.transactions import WAITS, Kind, begun, reading, writing

P = ParamSpec("P")
T = TypeVar("T")


class OpenLedger:
    """Opens a ledger, and calls functions in its transactions; what may be asked and told is `Ledger`'s."""

    def __init__(self, storage: Path, backend: Backend) -> None:
        self.storage = storage
        self._backend = backend
        self._engine = backend.engine
        self._current = threading.local()

    @classmethod
    def open(
        cls, storage: Path | str, create: bool = True, url: str | None = None, *, artifacts: str | None = None
    ) -> Self:
        """Open the ledger of a storage folder; with `create` make folder and ledger if they are missing.

        Args:
            storage: the folder. Its ledger is the file ledger.sqlite in it, or the database that its ledger.url names.
            create: whether a missing ledger is made.
            url: postgresql://USER@HOST/DATABASE, where the ledger of a new storage is to be kept; without password.
            artifacts: the URI under which the trials' files are kept. A new storage may share the database of others
                that keep them there.

        Raises:
            InputError: there is no ledger, or it is damaged, locked, not writable, of a newer version or none at all;
                the storage has another one than `url`; the server refuses.
        """
        absolute = Path(storage).absolute()
        return cls(absolute, open_backend(absolute, create=create, url=url, artifacts=artifacts))

    @property
    def place(self) -> str:
        """What messages call this ledger: its file, or its URL without password."""
        return self._backend.place

    @property
    def artifacts(self) -> str | None:
        """The URI under which the files of all trials are kept; None where the ledger names none."""
        return self._read(kept_under)

    def close(self) -> None:
        """Close all connections. A file is then one file, without a log beside it, if nobody else has it open."""
        self._backend.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let the calls of this thread inside the block share one commit: all are kept, or after an error none."""
        with self._writing():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let the reading calls of this thread inside the block see one state; others may go on writing."""
        with self._reading():
            yield

    @contextmanager
    def connection(self, *, writes: bool = False) -> Iterator[Connection]:
        """The connection of the block's transaction or snapshot, for whoever copies or counts rows as they are."""
        with self._writing() if writes else self._reading() as connection:
            yield connection

    def _write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a writing transaction; once more when the connection was lost before its commit."""
        for wait in WAITS:
            returned = False
            try:
                with self._writing() as connection:
                    result = function(connection, *args, **kwargs)
                    returned = True
                return result
            except ConnectionLostError:
                if returned:  # whether the commit was heard is unknown: what is not idempotent is not said twice
                    raise
            time.sleep(wait)
        with self._writing() as connection:
            return function(connection, *args, **kwargs)

    def _read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a reading transaction; once more when the connection was lost."""
        for wait in WAITS:
            try:
                with self._reading() as connection:
                    return function(connection, *args, **kwargs)
            except ConnectionLostError:
                time.sleep(wait)
        with self._reading() as connection:
            return function(connection, *args, **kwargs)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._current, "connection", None)
        if outer is not None and not self._current.writes:
            raise RuntimeError("a snapshot of the ledger cannot be written: leave its block first")
        with nullcontext(outer) if outer is not None else self._begin(writing, writes=True) as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._current, "connection", None)
        with nullcontext(outer) if outer is not None else self._begin(reading, writes=False) as connection:
            yield connection

    @contextmanager
    def _begin(self, kind: Kind, *, writes: bool) -> Iterator[Connection]:
        with explained(self._backend), begun(self._backend, kind) as connection:
            self._current.connection, self._current.writes = connection, writes
            try:
                yield connection
            finally:
                self._current.connection = None
