"""Trials that one driver judges on the test part and no other meanwhile: locks of a session of a PostgreSQL server.

A claim says that a trial trains; one that is trained and only judged stays as it is in the ledger. The server gives
the locks back when the driver's connection ends, however it ends. A file's study has one driver, which needs none.
"""

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

HOLD = text("SELECT pg_try_advisory_lock(:number)")
LET_GO = text("SELECT pg_advisory_unlock(:number)")
DIGITS = 15  # of a key, as many as fit into the 64 bits of a lock's number


class HeldKeys:
    """The keys that this process holds, on a connection of their own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._held: set[str] = set()

    def hold(self, key: str) -> bool:
        """Whether this process holds a key now; False while another one does."""
        if key in self._held:
            return True
        try:
            found = self._open().scalar(HOLD, _number(key))
        except DBAPIError:  # the connection was lost, and what it held with it
            self.close()
            found = self._open().scalar(HOLD, _number(key))
        if found:
            self._held.add(key)
        return bool(found)

    def let_go(self, key: str) -> None:
        """Hold a key no longer; where the connection is lost, nothing is held any more."""
        if key in self._held:
            self._held.discard(key)
            try:
                self._open().scalar(LET_GO, _number(key))
            except DBAPIError:
                self.close()

    def close(self) -> None:
        """Let go of all."""
        self._held.clear()
        if self._connection is not None:
            self._connection.invalidate()  # a connection that went back into the pool would hold on
            self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection


def _number(key: str) -> dict[str, int]:
    """The lock of a key."""
    return {"number": int(key[:DIGITS], 16)}
