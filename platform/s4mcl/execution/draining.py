"""Nodes that are about to go: a spot instance that was called back, a machine that is to be mended.

Tune knows nothing of it. The packs there are asked to keep what they have reached and to end as `moved`, and their
actors are not used again.
"""

import time
from collections.abc import Callable, Collection
from typing import Any
from weakref import WeakKeyDictionary

LOOK_SECONDS = 2.0


class Draining:
    """Which nodes are about to go, and which of Tune's actors live there."""

    def __init__(self, draining: Callable[[], Collection[str]], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to look.

        Args:
            draining: the nodes that are about to go, as Ray knows them now.
            clock: seconds that only grow.
        """
        self.nodes: frozenset[str] = frozenset()
        self._draining, self._clock = draining, clock
        self._looked_at = -LOOK_SECONDS
        self._homes: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self._asked: set[str] = set()

    def look(self) -> frozenset[str]:
        """The nodes that are about to go; Ray is asked from time to time."""
        if self._clock() - self._looked_at >= LOOK_SECONDS:
            self._looked_at, self.nodes = self._clock(), frozenset(self._draining())
        return self.nodes

    def lives(self, actor: Any, node: str) -> None:
        """An actor has reported from a node; None: Tune has ended it by then."""
        if actor is not None:
            self._homes[actor] = node

    def is_leaving(self, actor: Any) -> bool:
        """Whether an actor is on a node that is about to go."""
        return self._homes.get(actor) in self.nodes

    def to_ask(self, task: str, node: str | None) -> bool:
        """Whether a task's worker is to be asked to leave; once a task."""
        if node not in self.nodes or task in self._asked:
            return False
        self._asked.add(task)
        return True
