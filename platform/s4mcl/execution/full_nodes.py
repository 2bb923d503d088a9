"""Tasks that hold their place on a node whose disk is full, so that nobody is sent there until it has room."""

import time
from collections.abc import Callable, Collection

STOP_SECONDS = 60.0  # with nothing but such tasks; then the study stops, since it might pay for idle machines
CURE = "make room there, or set TMPDIR to another disk where Ray is started"


class FullNodes:
    """Which of Tune's tasks wait for room.

    Attributes:
        waiting: what the worker of each said, by the name of the task.
    """

    def __init__(self, tell: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none.

        Args:
            tell: is given a sentence when a task begins to wait.
            clock: seconds that only grow.
        """
        self.waiting: dict[str, str] = {}
        self._tell, self._clock = tell, clock
        self._since: float | None = None

    def waits(self, task_id: str, text: str) -> str:
        """Note that a task waits; a name for it that no pack has."""
        name = f"waits for room: {task_id}"
        if name not in self.waiting:
            self._tell(f"{text}. Nothing is trained there until there is room")
        self.waiting[name] = text
        return name

    def over(self, name: str) -> None:
        """A task waits no longer."""
        self.waiting.pop(name, None)

    def stuck(self, running: Collection[str]) -> str | None:
        """Why the study cannot go on: for a minute nothing has run but tasks that wait. None: it can.

        Args:
            running: names of the tasks that have a worker.
        """
        if not running or not self.waiting.keys() >= set(running):
            self._since = None
            return None
        if self._since is None:
            self._since = self._clock()
        if self._clock() - self._since < STOP_SECONDS:
            return None
        return "; ".join(dict.fromkeys(self.waiting[name] for name in running)) + f"\nCure: {CURE}"
