"""The line in which trials wait for a worker."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from s4mcl.stages import search
from s4mcl.stages.cohort import Cohort, KeyedTrial
from s4mcl.stages.source import Source


@dataclass(frozen=True, eq=False)
class Waiting:
    """Trials of one cohort that go into one pack, neither running nor ended; and the source that wants them."""

    source: Source
    cohort: Cohort
    members: tuple[KeyedTrial, ...]

    @property
    def name(self) -> str:
        """What its pack is called; each stage trains a key once."""
        return f"{self.cohort.stage}/{self.members[0].key}"

    def described(self, key: str) -> str:
        """Which of its trials this is, for the log."""
        trial = next(member.trial for member in self.members if member.key == key)
        stage = self.cohort.stage
        return f"{stage} {trial.method} fraction {trial.label_fraction:g} seed {trial.seed} ({key[:8]})"

    def with_members(self, members: Sequence[KeyedTrial]) -> "Waiting":
        """The same with these trials."""
        return replace(self, members=tuple(members))

    def each(self) -> "list[Waiting]":
        """Packs of one trial, unless the seeds train together."""
        return [self] if self.cohort.together else [self.with_members([member]) for member in self.members]


class WaitingLine:
    """Search first, since confirmation waits for it; then the method that takes longest, so that no long trial is left
    alone at the end; then first come, first served. Methods of which nothing is known yet go before the others.
    """

    def __init__(self) -> None:
        self._queues: dict[tuple[bool, str], deque[Waiting]] = defaultdict(deque)
        self._blocked: deque[Waiting] = deque()
        self._costs: dict[str, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._blocked) + sum(len(queue) for queue in self._queues.values())

    def put(self, waiting: Waiting) -> None:
        """Join the end of the line."""
        self._queues[waiting.cohort.stage != search.STAGE, waiting.cohort.method].append(waiting)

    def put_first(self, waiting: Waiting) -> None:
        """Stand again where it was taken from."""
        self._queues[waiting.cohort.stage != search.STAGE, waiting.cohort.method].appendleft(waiting)

    def block(self, waiting: Waiting) -> None:
        """Stand aside: another driver has this trial."""
        self._blocked.append(waiting)

    def unblock(self, count: int) -> None:
        """Let those that have stood aside for longest join again, up to `count`."""
        for _ in range(min(count, len(self._blocked))):
            self.put(self._blocked.popleft())

    def pop(self) -> Waiting | None:
        """The next one; None when nobody waits, or all stand aside."""
        filled = [name for name, queue in self._queues.items() if queue]
        return self._queues[min(filled, key=self._urgency)].popleft() if filled else None

    def take(self, first: Waiting, most: int, goes_with: Callable[[Waiting, Waiting], bool]) -> list[Waiting]:
        """Up to `most` trials that go with one that was taken before, out of the same queue, those in front first."""
        queue = self._queues[first.cohort.stage != search.STAGE, first.cohort.method]
        taken: list[Waiting] = []
        for waiting in list(queue) if most > 0 else ():
            if len(taken) == most:
                break
            if len(waiting.members) == 1 and goes_with(waiting, first):
                queue.remove(waiting)
                taken.append(waiting)
        return taken

    def keep(self, wanted: Callable[[Sequence[Waiting]], Collection[Waiting]]) -> None:
        """Leave only those in the line that `wanted` picks out of all; who stands aside stays there."""
        kept = set(wanted([waiting for queue in self._queues.values() for waiting in queue]))
        for name, queue in self._queues.items():
            self._queues[name] = deque(waiting for waiting in queue if waiting in kept)

    def note_cost(self, method: str, seconds: float) -> None:
        """Learn how long a trial of a method took."""
        total, count = self._costs.get(method, (0.0, 0))
        self._costs[method] = (total + seconds, count + 1)

    def seconds_done(self) -> float:
        """What all trials noted so far took together."""
        return sum(total for total, _ in self._costs.values())

    def seconds_of(self, method: str) -> float | None:
        """What a trial of a method takes on average, or one of any method; None when nothing is known."""
        total, count = self._costs.get(method, (0.0, 0))
        if not count:
            total, count = self.seconds_done(), sum(number for _, number in self._costs.values())
        return total / count if count else None

    def everyone(self) -> list[Waiting]:
        """All that wait, those that stand aside too."""
        return [*(waiting for queue in self._queues.values() for waiting in queue), *self._blocked]

    def methods(self) -> list[str]:
        """The method of every trial that waits."""
        return [waiting.cohort.method for waiting in self.everyone() for _ in waiting.members]

    def _urgency(self, name: tuple[bool, str]) -> tuple[bool, float]:
        later, method = name
        known = self.seconds_of(method) if method in self._costs else None
        return later, -float("inf") if known is None else -known
