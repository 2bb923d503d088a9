"""Free space where a study writes: a full disk makes it pause, and it goes on when there is room."""

import shutil
from collections.abc import Callable
from pathlib import Path

LEAST = 16 * 2**20  # bytes; what the ledger and the log may want besides


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write under a folder."""
    return shutil.disk_usage(folder).free


class Room:
    """Whether there is room to go on.

    Attributes:
        wanted: bytes that must be free before more is begun; 0 while all is well.
    """

    def __init__(self, storage: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self.storage, self.wanted = storage, 0
        self._free = free

    def ran_out(self, needed: int) -> str:
        """Note that `needed` bytes could not be written; a sentence that tells of it."""
        self.wanted = max(LEAST, needed)
        return (
            f"paused: {self.storage} has {self._free(self.storage) / 2**20:.0f} MiB free, "
            f"{self.wanted / 2**20:.0f} MiB are needed. It goes on when there is room"
        )

    def is_there(self) -> bool:
        """Whether more may be begun; once there is room, nothing is wanted any more."""
        if self.wanted and self._free(self.storage) >= self.wanted:
            self.wanted = 0
        return not self.wanted
