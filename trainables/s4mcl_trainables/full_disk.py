"""A node whose disk is full: its worker keeps its place there, and takes no trial until there is room."""

import time
from collections.abc import Callable
from pathlib import Path

from s4mcl_trainables.training.whole_file import NoSpace, free_at

LEAST = 16 * 2**20  # bytes; the next file may be larger than the one that did not fit
QUOTA_SECONDS = 60.0  # where there seems to be room all the same, as with a quota, before it is tried again
WAIT_SECONDS = 2.0  # that a worker waits between two reports of waiting
LOOK_SECONDS = 0.2


class FullDisk:
    """What could not be written here.

    Attributes:
        text: what to tell of it.
    """

    def __init__(self, met: NoSpace, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to look.

        Args:
            met: what was raised.
            clock: seconds that only grow.
        """
        self.folder: Path = met.folder
        self.needed = max(LEAST, met.needed)
        self.text = str(NoSpace(met.folder, self.needed, met.free))
        self._clock = clock
        self._until = clock() + QUOTA_SECONDS if free_at(self.folder) >= self.needed else 0.0

    def has_room(self) -> bool:
        """Whether it may be tried again."""
        return self._clock() >= self._until and free_at(self.folder) >= self.needed

    def wait(self, enough: Callable[[], bool]) -> bool:
        """Wait for room, two seconds at most; whether there is any, or it is `enough` for another reason."""
        until = time.monotonic() + WAIT_SECONDS
        while not (found := self.has_room() or enough()) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        return found
