"""The ablate stage: the arms of each design around the best configurations, scored on validation data."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from s4mcl.config import StudyConfig, fixed_hyperparameters
from s4mcl.designs.arm import Arm
from s4mcl.designs.design import Best, Design
from s4mcl.designs.registry import read_designs
from s4mcl.designs.transform_sets import TransformSets
from s4mcl.ledger import Ledger
from s4mcl.stages.basis import STAGE, Basis
from s4mcl.stages.cohort import Cohort
from s4mcl.stages.keying import Keying
from s4mcl.stages.source import Source
from s4mcl.stages.subset_search import SubsetSearch

__all__ = ["STAGE", "DesignSource", "ablate_sources", "basis_of", "distinct_cohorts"]


class DesignSource(Source):
    """A source: the arms of one design, which are known once the search of every method that it compares is over."""

    stage = STAGE

    def __init__(self, basis: Basis, name: str, design: Design) -> None:
        self.basis, self.name, self.design = basis, name, design
        self._yielded = False
        self._open: set[Cohort] = set()

    @property
    def finished(self) -> bool:
        """Whether all cohorts have been yielded and have ended."""
        return self._yielded and not self._open

    def to_come(self) -> list[str]:
        """The method of one trial a seed of each arm, as many as there are at most."""
        if self._yielded:
            return []
        methods = self.design.compared
        each, rest = divmod(self.design.most_trials(), len(methods))
        return [*methods[:rest], *(method for method in methods for _ in range(each))]

    def due(self) -> Iterator[Cohort]:
        """The cohorts, each configuration once, as soon as the searches are over; the arms are recorded first."""
        if self._yielded or not all(self.basis.ready(method) for method in self.design.compared):
            return
        arranged = self.design.arrange(self.basis.best)
        self.basis.tell(self.name, arranged.notes)
        self.basis.record(self.name, self.design, arranged.arms)
        cohorts = distinct_cohorts(self.basis, self.design, arranged.arms)
        self._yielded = True
        self._open.update(cohorts)
        yield from cohorts

    def ended(self, cohort: Cohort) -> None:
        """One fewer is open."""
        self._open.discard(cohort)


def ablate_sources(
    config: StudyConfig, keying: Keying, ledger: Ledger, *, best: Best, ready: Callable[[str], bool]
) -> list[Source]:
    """One source a design. For the arguments see `basis_of`.

    Raises:
        InputError: a design does not fit, or is too large.
    """
    basis = basis_of(config, keying, ledger, best=best, ready=ready)
    return [_source(basis, name, design) for name, design in read_designs(config).items()]


def basis_of(config: StudyConfig, keying: Keying, ledger: Ledger, *, best: Best, ready: Callable[[str], bool]) -> Basis:
    """What the designs start from. A method that the study does not search starts from its fixed hyperparameters.

    Args:
        best: from one of the study's methods and a label fraction to its best hyperparameters, once it is ready.
        ready: whether the search of one of the study's methods is over.
    """

    def start(method: str, fraction: float) -> Mapping[str, Any]:
        return best(method, fraction) if method in config.methods else fixed_hyperparameters(config, method)

    def is_ready(method: str) -> bool:
        return method not in config.methods or ready(method)

    return Basis(config, keying, ledger, start, is_ready)


def distinct_cohorts(basis: Basis, design: Design, arms: Sequence[Arm]) -> list[Cohort]:
    """The cohorts of the arms; arms that are one configuration share one."""
    found: dict[str, Cohort] = {}
    for arm in arms:
        cohort = basis.cohort(design, arm)
        found.setdefault(cohort.trials[0].cohort, cohort)
    return list(found.values())


def _source(basis: Basis, name: str, design: Design) -> Source:
    if isinstance(design, TransformSets) and design.propose is not None:
        return SubsetSearch(basis, name, design)
    return DesignSource(basis, name, design)
