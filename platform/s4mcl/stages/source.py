"""Where cohorts come from: a search group, the confirmation of a method, a design of the ablate stage."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from s4mcl.search.early_stopping import Verdict
from s4mcl.stages.cohort import Cohort


class Source(ABC):
    """Yields cohorts as they become possible, and hears how each ended. Unless it says otherwise all train to the end.

    Attributes:
        stage: search, confirm or ablate.
    """

    stage: str

    @property
    @abstractmethod
    def finished(self) -> bool:
        """Whether nothing more will come from it, and all that came has ended."""

    @abstractmethod
    def to_come(self) -> list[str]:
        """The method of each trial that may still come from it, those that were yielded left out."""

    @abstractmethod
    def due(self) -> Iterator[Cohort]:
        """Cohorts that may begin now and were not yielded before. It may take its time, so no transaction is open."""

    @abstractmethod
    def ended(self, cohort: Cohort) -> None:
        """Hear that a cohort of this source has ended."""

    def opened(self, cohorts: Sequence[Cohort]) -> None:  # noqa: B027  # most have nothing to write
        """Write down what the ledger must hold of these cohorts before their trials are planned."""

    @property
    def rungs(self) -> tuple[int, ...]:
        """Iterations at which it is decided who trains on; empty where all train to their end."""
        return ()

    def hear(self, cohort: Cohort, key: str, rung: int, score: float | None) -> None:  # noqa: B027
        """Hear what a trial of a cohort that trains together scored at an iteration."""

    def seed_done(self, cohort: Cohort) -> None:  # noqa: B027
        """Hear that a seed of a cohort that trains one by one has ended."""

    def verdict(self, cohort: Cohort) -> Verdict:
        """What becomes of a cohort by the rungs that it has reached; one that is stopped is told so."""
        return Verdict.GO_ON
