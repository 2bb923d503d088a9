"""Cohorts, and the trials that make one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from s4mcl_trainables.label_fraction import LabelFraction
from s4mcl_trainables.trial import Trial


@dataclass(frozen=True)
class KeyedTrial:
    """A trial with its content key, that of its cohort, and the digest that leaves code and numeric profile out."""

    key: str
    cohort: str
    trial: Trial
    same_config: str | None = None


@dataclass(frozen=True)
class Result:
    """What came out of a trial: its validation score (None: it failed), its metrics, and the iterations it spent."""

    score: float | None
    summary: Mapping[str, Any] = field(default_factory=dict)
    iterations: int = 0


FAILED = Result(None)


@dataclass(eq=False)
class Cohort:
    """Trials that differ in the seed alone, wanted by one stage.

    Attributes:
        stage: search, confirm or ablate.
        test: whether the best checkpoint is judged on the test part.
        proposal: number of the proposal that these trials score, None where there is none.
        together: whether early stopping judges the mean over the seeds, so that they train in one pack.
        one_by_one: whether each further seed is earned, so that only one is trained at a time.
        results: key to result of the trials that have ended.
        rungs: key to the scores at the rungs that it has reached.
        stopped_at: the rung at which early stopping ended it.
    """

    stage: str
    trials: tuple[KeyedTrial, ...]
    test: bool = False
    proposal: int | None = None
    together: bool = False
    one_by_one: bool = False
    results: dict[str, Result] = field(default_factory=dict)
    rungs: dict[str, dict[int, float]] = field(default_factory=dict)
    stopped_at: int | None = None

    @property
    def method(self) -> str:
        """The method that all trials share."""
        return self.trials[0].trial.method

    @property
    def label_fraction(self) -> LabelFraction:
        """The label fraction that all trials share."""
        return self.trials[0].trial.label_fraction

    @property
    def first_wave(self) -> tuple[KeyedTrial, ...]:
        """The trials that are wanted from the start."""
        return self.trials[:1] if self.one_by_one else self.trials

    @property
    def failed(self) -> bool:
        """Whether a trial has failed."""
        return any(result.score is None for result in self.results.values())

    @property
    def ended(self) -> bool:
        """Whether early stopping or a failure ended it, or every trial has ended.

        Together, a failure counts once all seeds have come to the last rung before it: in one pack they always have,
        and the verdict there comes first, whatever else the ledger knew of one of them.
        """
        if self.stopped_at is not None or (self.one_by_one and self.failed):
            return True
        if self.together and any(self._caught_up(key) for key, result in self.results.items() if result.score is None):
            return True
        return all(member.key in self.results for member in self.trials)

    def _caught_up(self, key: str) -> bool:
        """Whether every seed has come to the last rung that one has reached."""
        last = max(self.rungs.get(key, ()), default=None)
        return last is None or self.reached(last) is not None

    @property
    def spent(self) -> int:
        """Training iterations of all seeds; those that train together have all come as far as the one that ended it."""
        if self.together and self.stopped_at is not None:
            return self.stopped_at * len(self.trials)
        if self.together and self.failed:
            return min(r.iterations for r in self.results.values() if r.score is None) * len(self.trials)
        return sum(result.iterations for result in self.results.values())

    @property
    def score(self) -> float | None:
        """The mean over the seeds; None when one of them failed: the mean is never taken over the survivors."""
        return self.mean_of([result.score for result in self._in_order()])

    def metric(self, name: str) -> float | None:
        """The mean of a validation metric over the seeds; None when one of them lacks it."""
        return self.mean_of([result.summary.get(name) for result in self._in_order()])

    def _in_order(self) -> list[Result]:
        """Results in the order of the seeds: the last digit of a sum depends on it, and who ends first is chance."""
        return [self.results[member.key] for member in self.trials if member.key in self.results]

    def mean_of(self, found: list[float | None]) -> float | None:
        """The mean of one value a trial; None unless every trial has one."""
        known = [value for value in found if value is not None]
        return sum(known) / len(known) if len(known) == len(self.trials) else None

    def reached(self, rung: int) -> float | None:
        """The mean score at a rung; None until every seed has come so far."""
        return self.mean_of([self.rungs.get(member.key, {}).get(rung) for member in self.trials])
