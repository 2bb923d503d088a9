"""The confirm stage: each method's best configuration at every label fraction, every seed, on the test labels."""

from collections.abc import Iterator

from s4mcl.config import StudyConfig
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying
from s4mcl.stages.method_fractions import method_fractions
from s4mcl.stages.search import SearchGroup, best_for
from s4mcl.stages.source import Source

STAGE = "confirm"


class Confirmation(Source):
    """A source: the cohorts of one method, which are known once all of its search groups are finished."""

    stage = STAGE

    def __init__(self, config: StudyConfig, keying: Keying, groups: list[SearchGroup]) -> None:
        self.config, self.keying, self.groups = config, keying, groups
        self.method = groups[0].method
        self.fractions = method_fractions(config.label_fractions, self.method)
        self._yielded = self._open = 0

    @property
    def finished(self) -> bool:
        """Whether all cohorts have been yielded and have ended."""
        return self._yielded == len(self.fractions) and not self._open

    def to_come(self) -> list[str]:
        """One trial a label fraction and seed."""
        return [self.method] * ((len(self.fractions) - self._yielded) * len(self.config.seeds))

    def due(self) -> Iterator[Cohort]:
        """The cohorts, as soon as the search is over."""
        if self._yielded or not all(group.finished for group in self.groups):
            return
        for fraction in self.fractions:
            self._yielded += 1
            self._open += 1
            trials = self.keying.cohort(self.method, best_for(self.groups, fraction), fraction, self.config.seeds)
            yield Cohort(STAGE, trials, test=self.config.test == "open")

    def ended(self, cohort: Cohort) -> None:
        """One fewer is open."""
        self._open -= 1
