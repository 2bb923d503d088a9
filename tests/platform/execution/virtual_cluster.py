"""A cluster whose clock is a number: hours of trainings pass in seconds, and every decision is the engine's own."""

import heapq
import itertools
import random
from collections.abc import Callable

from stub_study import Member, as_it_is

from s4mcl.execution.engine import Engine


class VirtualCluster:
    """As many slots as the study's concurrency; each report of a pack takes its time, drawn by `seconds`.

    Attributes:
        now: seconds since the start.
        busy: seconds of all slots together in which something was trained.
        iterations: of training that were spent, whatever became of them.
    """

    def __init__(self, engine: Engine, seconds: Callable[[Member], float], seed: int = 0) -> None:
        self.engine, self.seconds = engine, seconds
        self.slots = engine.config.cluster.concurrency or 1
        self.draws = random.Random(seed)
        self.now = self.busy = 0.0
        self.iterations = 0
        self.begun = 0
        self._packs: dict[str, list[Member]] = {}
        self._due: list[tuple[float, float, int, str]] = []
        self._counter = itertools.count()

    def run(self, at_most: int | None = None) -> None:
        """Until the study is done, or so many reports were made."""
        for count in itertools.count():
            self._fill()
            if not self._due or count == at_most:
                break
            self._report()
        assert at_most is not None or self.engine.finished

    def _fill(self) -> None:
        while len(self._packs) < self.slots:
            found = self.engine.next_pack()
            if found is None:
                return
            name, assignments = found
            self._packs[name] = [Member(assignment) for assignment in assignments]
            self.begun += 1
            self._schedule(name)

    def _schedule(self, name: str) -> None:
        took = max(self.seconds(member) for member in self._packs[name] if not member.ended)
        self.busy += took
        heapq.heappush(self._due, (self.now + took, self.draws.random(), next(self._counter), name))

    def _report(self) -> None:
        self.now, _, _, name = heapq.heappop(self._due)
        members = [member for member in self._packs[name] if not member.ended]
        before = [member.training.iteration for member in members]
        told = [member.advance(as_it_is) for member in members]
        self.iterations += sum(member.training.iteration - old for member, old in zip(members, before, strict=True))
        goes_on = self.engine.record(name, told)
        if goes_on and not all(member.ended for member in self._packs[name]):
            self._schedule(name)
        else:
            self.engine.close(name, None)
            del self._packs[name]
