"""A pack: what one task trains, and for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Worker
from s4mcl.stages.cohort import KeyedTrial
from s4mcl_trainables.label_fraction import LabelFraction
from s4mcl_trainables.training.assignment import Assignment


@dataclass
class Pack:
    """Trials under way in one worker.

    Attributes:
        parts: the cohorts and the sources that want them.
        assignments: of those that have not ended, by key.
        claimed: keys that this driver holds; of the others, which are trained, only the test part is left.
        seconds: training seconds since the start of a trial, by key, as the worker told them, or the ledger before.
        before: what these were at the claim.
        name: no other pack under way has it.
        left_it: keys that ended before their worker said so, of which it is yet to be told.
        reached: iterations that its trials have reached, by key, as the worker told them.
        worker: who trains it; None before its first report.
        gpus: GPUs that it reserves, a share of one too.
        program: whether its trials train as one program.
        measure: numbers of trials of which it is to measure a step.
        size: trials that it began with.
        peak_bytes: the largest memory of its device that it has told.
        micro_batch: rows that its networks take at once, by key, where memory had not room for all.
    """

    parts: tuple[Waiting, ...]
    assignments: dict[str, Assignment]
    claimed: frozenset[str]
    seconds: dict[str, float] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    worker: Worker | None = None
    gpus: float = 0.0
    program: bool = False
    measure: Sequence[int] = ()
    peak_bytes: int = 0
    micro_batch: dict[str, float | None] = field(default_factory=dict)
    left_it: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.size = len(self.assignments)
        self.before = dict(self.seconds)
        self.name = self.parts[0].name

    def join(self, other: "Pack") -> None:
        """Take in what another one has, before either has begun."""
        self.parts += other.parts
        self.assignments |= other.assignments
        self.claimed |= other.claimed
        self.seconds |= other.seconds
        self.before |= other.before
        self.size += other.size

    @property
    def key(self) -> str:
        """Of its first trial."""
        return self.parts[0].members[0].key

    @property
    def method(self) -> str:
        """Of all its trials."""
        return self.parts[0].cohort.method

    @property
    def label_fraction(self) -> LabelFraction:
        """Of its first trial."""
        return self.parts[0].members[0].trial.label_fraction

    @property
    def attempts(self) -> dict[str, int]:
        """Attempt numbers of what this driver holds of it."""
        return {key: given.attempt for key, given in self.assignments.items() if key in self.claimed}

    def trained(self) -> list[tuple[str, Assignment]]:
        """What of it has not ended and is trained, not only judged."""
        return [(key, given) for key, given in self.assignments.items() if key in self.claimed]

    def heard(self, member: Mapping[str, Any]) -> None:
        """Note how far a trial has come, and how long that took."""
        key = member["key"]
        self.seconds[key] = max(float(member.get("seconds") or 0.0), self.seconds.get(key, 0.0))
        if member["reports"]:
            self.reached[key] = int(member["reports"][-1]["iteration"])

    def ran_short(self, member: Mapping[str, Any]) -> bool:
        """Whether a trial has gone on with fewer rows at once since it was last heard of: its memory ran out.

        One that was resumed tells first what it had come to in another share.
        """
        if not member["reports"]:
            return False
        key, rows = member["key"], member["reports"][-1]["values"].get("micro_batch")
        before = self.micro_batch.get(key, rows if self.assignments[key].attempt > 1 else None)
        self.micro_batch[key] = rows
        return rows is not None and (before is None or rows < before)

    def waiting_of(self, key: str) -> Waiting:
        """For whom a trial is trained."""
        return next(part for part in self.parts if any(member.key == key for member in part.members))

    def member(self, key: str) -> KeyedTrial:
        """The trial of a key."""
        return next(member for member in self.waiting_of(key).members if member.key == key)

    def only(self, key: str) -> Waiting:
        """One trial, to wait again."""
        return self.waiting_of(key).with_members([self.member(key)])

    def left(self) -> list[Waiting]:
        """What has not ended, to wait again."""
        found = [(part, [each for each in part.members if each.key in self.assignments]) for part in self.parts]
        return [part.with_members(members) for part, members in found if members]

    def described(self, key: str) -> str:
        """Which trial this is, for the log."""
        return self.waiting_of(key).described(key)
