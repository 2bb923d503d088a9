"""Free space where a study writes: a full disk makes it pause, and it goes on when there is room."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

PAUSE_SECONDS = 60.0  # where there seems to be room all the same, as with a quota, before it is tried again
LEAST = 16 * 2**20  # bytes; what the ledger and the log may want besides

logger = logging.getLogger(__name__)


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write under a folder."""
    return shutil.disk_usage(folder).free


class Room:
    """Whether there is room to go on.

    Attributes:
        wanted: bytes that must be free before more is begun; 0 while all is well.
    """

    def __init__(
        self,
        storage: Path,
        free: Callable[[Path], int] = free_bytes,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.storage, self.wanted = storage, 0
        self._free, self._clock = free, clock
        self._until = 0.0

    def ran_out(self, needed: int) -> str:
        """Note that `needed` bytes could not be written; a sentence that tells of it."""
        self.wanted, free = max(LEAST, needed), self._free(self.storage)
        text = f"paused: {self.storage} has {free / 2**20:.0f} MiB free, {self.wanted / 2**20:.0f} MiB are needed. "
        if free < self.wanted:
            return text + "It goes on when there is room"
        self._until = self._clock() + PAUSE_SECONDS
        return text + f"Yet nothing could be written (a quota?); it tries again in {PAUSE_SECONDS:.0f} s"

    def is_there(self) -> bool:
        """Whether more may be begun; once there is room, nothing is wanted any more."""
        if self.wanted and self._clock() >= self._until and self._free(self.storage) >= self.wanted:
            self.wanted = 0
        return not self.wanted


def wait_for_room(room: Room, error: str, tell: Callable[[str], None], *, seconds: float = 1.0) -> None:
    """Wait until there is room again; Ctrl-C ends it (KeyboardInterrupt).

    Args:
        room: of the disk that is full.
        error: what could not be written.
        tell: shows a person what is waited for.
        seconds: between two looks.
    """
    text = f"{room.ran_out(0)} ({error.splitlines()[0]})"
    logger.warning(text)
    tell(text)
    while not room.is_there():
        time.sleep(seconds)
    logger.warning("there is room again")
    tell("there is room again, the study goes on")
