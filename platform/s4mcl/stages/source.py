"""Where cohorts come from: a search group, the confirmation of a method, a design of the ablate stage."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from s4mcl.stages.cohort import Cohort


class Source(Protocol):
    """Yields cohorts as they become possible, and hears how each ended."""

    @property
    def stage(self) -> str:
        """search, confirm or ablate."""
        ...

    @property
    def finished(self) -> bool:
        """Whether nothing more will come from it, and all that came has ended."""
        ...

    def to_come(self) -> list[str]:
        """The method of each trial that may still come from it, those that were yielded left out."""
        ...

    def due(self) -> Iterator[Cohort]:
        """Cohorts that may begin now and were not yielded before. It may take its time, so no transaction is open."""
        ...

    def opened(self, cohorts: Sequence[Cohort]) -> None:
        """Write down what the ledger must hold of these cohorts before their trials are planned."""
        ...

    def ended(self, cohort: Cohort) -> None:
        """Hear that a cohort of this source has ended."""
        ...
