"""Cohorts, and the trials that make one."""

from dataclasses import dataclass, field

from s4mcl_trainables.trial import Trial


@dataclass(frozen=True)
class KeyedTrial:
    """A trial with its content key and that of its cohort."""

    key: str
    cohort: str
    trial: Trial


@dataclass
class Cohort:
    """Trials that differ in the seed alone, wanted by one stage.

    Attributes:
        stage: search or confirm.
        test: whether the best checkpoint is judged on the test part.
        proposal: number of the proposal that these trials score, None where there is none.
        scores: key to validation score of the trials that have ended; None for a failed one.
    """

    stage: str
    trials: tuple[KeyedTrial, ...]
    test: bool = False
    proposal: int | None = None
    scores: dict[str, float | None] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method that all trials share."""
        return self.trials[0].trial.method

    @property
    def label_fraction(self) -> float:
        """The label fraction that all trials share."""
        return self.trials[0].trial.label_fraction

    @property
    def ended(self) -> bool:
        """Whether every trial has ended."""
        return all(member.key in self.scores for member in self.trials)

    @property
    def score(self) -> float | None:
        """The mean over the seeds; None when one of them failed: the mean is never taken over the survivors."""
        found = [self.scores.get(member.key) for member in self.trials]
        known = [value for value in found if value is not None]
        return sum(known) / len(known) if len(known) == len(found) else None
