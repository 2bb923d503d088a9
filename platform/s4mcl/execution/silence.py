"""Packs that say nothing for too long: their worker hangs, and is killed so that another goes on."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from statistics import median

LEAST_SECONDS = 60.0  # shorter silences are a busy machine
FIRST = 10  # before its first report a worker imports torch and loads the data: so many times longer
KEPT = 101  # of the latest intervals of a method


class Silence:
    """Learns how long reports take, a method at a time, and names the packs that have been silent for too long."""

    def __init__(
        self, times: float, *, least: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin to listen.

        Args:
            times: how many times the median report time is too long; 0: never.
            least: seconds of silence that are always allowed (LEAST_SECONDS).
            clock: seconds that only grow.
        """
        self.times, self.least = times, LEAST_SECONDS if least is None else least
        self._clock = clock
        self._since: dict[str, tuple[float, str, bool]] = {}
        self._intervals: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    def begun(self, name: str, method: str) -> None:
        """A pack was handed to a worker, for the first time or again."""
        self._since[name] = (self._clock(), method, False)

    def heard(self, name: str) -> None:
        """A pack has reported."""
        if name in self._since:
            since, method, reported = self._since[name]
            now = self._clock()
            if reported:  # the first report has the start of the worker in it
                self._intervals[method].append(now - since)
            self._since[name] = (now, method, True)

    def over(self, name: str) -> None:
        """A pack has ended."""
        self._since.pop(name, None)

    def too_long(self) -> list[tuple[str, float]]:
        """The packs that have been silent for too long, each with its seconds."""
        if not self.times:
            return []
        now = self._clock()
        silent = [(name, now - since) for name, (since, _, _) in self._since.items() if now - since > self.least]
        return [(name, seconds) for name, seconds in silent if seconds > self.allowed(name)]

    def allowed(self, name: str) -> float:
        """Seconds that a pack may be silent; infinite as long as nothing is known of its method."""
        _, method, reported = self._since[name]
        known = self._intervals[method]
        if not known:
            return float("inf")
        return max(self.times * median(known), self.least) * (1 if reported else FIRST)
