"""One driver a study: the lock that a driver holds on its study folder."""

import fcntl
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from s4mcl_trainables.problems import InputError
from s4mcl_trainables.processes import this_host

FILE_NAME = "lock"
TRIES = 5


@dataclass(frozen=True)
class Holder:
    """The process that holds a study: its host, number, and since when (ISO 8601, UTC)."""

    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class StudyLock:
    """Holds STUDY_DIR/lock while its block runs. The operating system frees it when the process dies, however it dies.

    The file stays: removing it could let a second driver lock a file that a third can no longer see.
    """

    def __init__(self, study_dir: Path) -> None:
        self.path = study_dir.absolute() / FILE_NAME
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            InputError: another driver holds it, or the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("a+", encoding="utf-8")
        except OSError as error:
            cure = "choose a storage folder that this user may write"
            raise InputError(f"{self.path} cannot be opened: {error.strerror}.\nCure: {cure}") from error
        if not _taken(file):
            held = _read(file) or "another process"
            file.close()
            raise InputError(
                f"study {self.path.parent} is already being run by {held} (its lock is {self.path}).\n"
                "Cure: let it finish or stop it, or give this study another name"
            )
        me = Holder(this_host(), os.getpid(), datetime.now(UTC).isoformat(timespec="seconds"))
        _write(file, json.dumps(vars(me)) + "\n")
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            _write(self._file, "")
            self._file.close()
            self._file = None


def holder(study_dir: Path) -> Holder | None:
    """Who holds a study now; None when no driver runs it, or there is no lock to look at."""
    try:
        with (study_dir / FILE_NAME).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(file) or Holder("an unknown host", 0, "an unknown time")
    except OSError:
        return None
    return None


def _taken(file: IO[str]) -> bool:
    """Lock the file. Whoever only looks at the lock holds it for an instant, so a few tries are made."""
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def _read(file: IO[str]) -> Holder | None:
    """The holder that a lock names; None in the instant between taking and naming."""
    file.seek(0)
    try:
        found = json.loads(file.read())
        return Holder(str(found["host"]), int(found["pid"]), str(found["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def _write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
