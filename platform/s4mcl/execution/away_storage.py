"""A storage of the trials' files that workers do not reach: is it away, or is it a node's own fault?"""

from collections import Counter
from collections.abc import Callable

TRIES = 3  # packs that one node could not keep files of, before it is taken for one that never will


class AwayStorage:
    """What nodes told of it.

    A node's network may fail for a moment, and the trial goes on from its checkpoint, here or elsewhere. Where the
    driver cannot reach the storage either, or one node never does, nobody should wait for it.
    """

    def __init__(self, is_reached: Callable[[], bool]) -> None:
        """Begin with nothing.

        Args:
            is_reached: whether the driver reaches the storage now.
        """
        self._is_reached = is_reached
        self._failures: Counter[str] = Counter()

    def stops(self, host: str) -> bool:
        """Note that a host could not keep the files of a pack; whether the study must stop."""
        self._failures[host] += 1
        return self._failures[host] >= TRIES or not self._is_reached()

    def reached(self, host: str) -> None:
        """A trial of a host came to its end: what failed there before was of a moment."""
        self._failures.pop(host, None)
