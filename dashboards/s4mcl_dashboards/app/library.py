"""The ledger of a storage, as the app sees it: opened when it is there, let go when it is not, never migrated."""

import threading
from pathlib import Path

from s4mcl.ledger import Ledger
from s4mcl.ledger.sqlite import FILE_NAME
from s4mcl.ledger.storage import URL_NAME, open_backend
from s4mcl_trainables.problems import InputError


class Library:
    """Opens the ledger of a storage once for all threads, and again after it was away or another was put in its place.

    The tables of an earlier version are not migrated: a study may be running with that version.
    """

    def __init__(self, storage: Path) -> None:
        self.storage = storage.absolute()
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._identity: tuple[int, ...] = ()

    def ledger(self) -> Ledger:
        """The ledger as it lies there now.

        Raises:
            InputError: there is none (any more), or it cannot be used.
        """
        with self._lock:
            found = self._found()
            if self._ledger is not None and found == self._identity:
                return self._ledger
            self._let_go()
            if not found:
                cure = "bring it back; this page goes on by itself"
                raise InputError(f"{self.storage} holds no ledger: neither {FILE_NAME} nor {URL_NAME}.\nCure: {cure}")
            self._ledger = Ledger(self.storage, open_backend(self.storage, create=False, url=None, migrate=False))
            self._identity = found
            return self._ledger

    def close(self) -> None:
        """Close the ledger."""
        with self._lock:
            self._let_go()

    def _found(self) -> tuple[int, ...]:
        """What tells the file that holds or names the ledger from another one; nothing where there is none."""
        for name in (FILE_NAME, URL_NAME):
            try:
                about = (self.storage / name).stat()
            except OSError:
                continue
            return (about.st_dev, about.st_ino)
        return ()

    def _let_go(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
        self._ledger, self._identity = None, ()
