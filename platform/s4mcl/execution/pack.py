"""A pack: what one task trains, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s4mcl.execution.waiting_line import Waiting
from s4mcl.ledger import Worker
from s4mcl.stages.cohort import KeyedTrial
from s4mcl_trainables.training.assignment import Assignment


@dataclass
class Pack:
    """Trials under way in one worker.

    Attributes:
        waiting: the cohort and the source that want them.
        assignments: of those that have not ended, by key.
        claimed: keys that this driver holds; of the others, which are trained, only the test part is left.
        seconds: training seconds since the start of a trial, by key, as the worker told them, or the ledger before.
        before: what these were at the claim.
        name: no other pack under way has it.
        reached: iterations that its trials have reached, by key, as the worker told them.
        worker: who trains it; None before its first report.
        gpus: GPUs that it reserves, a share of one too.
        size: trials that it began with.
        peak_bytes: the largest memory of its device that it has told.
        micro_batch: rows that its networks take at once, by key, where memory had not room for all.
    """

    waiting: Waiting
    assignments: dict[str, Assignment]
    claimed: frozenset[str]
    seconds: dict[str, float] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    worker: Worker | None = None
    gpus: float = 0.0
    peak_bytes: int = 0
    micro_batch: dict[str, float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.size = len(self.assignments)
        self.before = dict(self.seconds)
        self.name = self.waiting.name

    @property
    def key(self) -> str:
        """Of its first trial."""
        return self.waiting.members[0].key

    @property
    def label_fraction(self) -> float:
        """Of all its trials."""
        return self.waiting.members[0].trial.label_fraction

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

    def member(self, key: str) -> KeyedTrial:
        """The trial of a key."""
        return next(member for member in self.waiting.members if member.key == key)

    def left(self) -> Waiting:
        """What has not ended, to wait again."""
        members = [member for member in self.waiting.members if member.key in self.assignments]
        return self.waiting.with_members(members)

    def described(self, key: str) -> str:
        """Which trial this is, for the log."""
        return self.waiting.described(key)
