"""What each stage of a study wants: trials that are known by key, and how many more there will be at most."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s4mcl.config import StudyConfig
from s4mcl.designs.arm import Arm
from s4mcl.designs.design import Design
from s4mcl.designs.registry import read_designs
from s4mcl.designs.transform_sets import TransformSets
from s4mcl.ledger import Ledger
from s4mcl.stages import ablate, confirm, search
from s4mcl.stages.ablate import basis_of
from s4mcl.stages.basis import Basis
from s4mcl.stages.cohort import KeyedTrial
from s4mcl.stages.keying import Keying
from s4mcl.stages.method_fractions import method_fractions
from s4mcl.stages.search import SearchGroup, best_for
from s4mcl_trainables.label_fraction import LabelFraction


@dataclass(frozen=True)
class Wanted:
    """The trials that one stage wants of one method at one label fraction.

    Attributes:
        design: the design of the ablate stage, "" elsewhere.
        known: trials whose configuration is known.
        settled: keys of trials of proposals whose end is told: they are over, whatever came of them.
        cohorts: how many cohorts there are, at most.
        unknown: trials whose configuration a search has yet to find, at most.
        at_most: whether there may be fewer cohorts and trials than these.
    """

    stage: str
    design: str
    method: str
    label_fraction: LabelFraction
    known: tuple[KeyedTrial, ...]
    settled: tuple[str, ...]
    cohorts: int
    unknown: int
    at_most: bool


class Stages:
    """The stages of a study as the ledger holds them. Nothing is written.

    Attributes:
        notes: what designs leave out.
    """

    def __init__(self, config: StudyConfig, keying: Keying, ledger: Ledger, *, retrained: bool) -> None:
        """With `retrained`, a larger budget makes every proposal of the search be trained anew."""
        self.config, self.keying, self.ledger, self.retrained = config, keying, ledger, retrained
        self.notes: list[str] = []
        self._trained = ledger.trained_keys(config.name, search.STAGE)
        self._groups: dict[str, list[SearchGroup]] = defaultdict(list)
        for group in search.search_groups(config, keying, ledger):
            self._groups[group.method].append(group)

    def wanted(self) -> Iterator[Wanted]:
        """Stage by stage, method by method, label fraction by label fraction."""
        for groups in self._groups.values():
            for group in groups:
                if group.total:
                    yield self._of_search(group)
        for method in self._groups:
            for fraction in method_fractions(self.config.label_fractions, method):
                yield self._of_confirm(method, fraction)
        basis = basis_of(self.config, self.keying, self.ledger, best=self._best, ready=self._ready)
        for name, design in read_designs(self.config).items():
            if isinstance(design, TransformSets) and design.propose is not None:
                yield from self._of_proposals(basis, name, design)
            else:
                yield from self._of_design(basis, name, design)

    def _ready(self, method: str) -> bool:
        groups = self._groups[method]
        return not any(group.total and self.retrained for group in groups) and all(group.finished for group in groups)

    def _best(self, method: str, fraction: LabelFraction) -> Mapping[str, Any]:
        return best_for(self._groups[method], fraction)

    def _of_search(self, group: SearchGroup) -> Wanted:
        seeds, start = self.config.search.seeds, self.config.search.start.get(group.method, ())
        first: list[dict[str, Any]] = []
        for values in (group.defaults, *({**group.defaults, **given} for given in start)):
            if values not in first:
                first.append(values)
        recorded = self.ledger.proposals(
            self.config.name, search.STAGE, method=group.method, label_fraction=group.fraction
        )
        told = [found.hyperparameters for found in recorded if found.state != "running" and not self.retrained]
        running = [found.hyperparameters for found in recorded if found.state == "running" or self.retrained]
        proposals = self._proposals_of(group, told=len(told))
        due = running + [values for values in first if values not in told and values not in running]
        due = due[: proposals - len(told)]
        stopping = self.config.search.early_stopping.kind != "none"
        unknown = proposals - len(told) - len(due)
        return Wanted(
            search.STAGE,
            "",
            group.method,
            group.fraction,
            known=self._trials(group.method, group.fraction, seeds, due),
            settled=tuple(self._trained.get((group.method, group.fraction), ())) if told else (),
            cohorts=proposals,
            unknown=unknown * len(seeds),
            at_most=bool(unknown or due) and (stopping or self.config.search.max_iterations is not None),
        )

    def _proposals_of(self, group: SearchGroup, told: int) -> int:
        """How many proposals a group makes, at most: a bound of iterations counts in full what is not told yet."""
        if group.finished and not self.retrained:
            return told
        bound = self.config.search.max_iterations
        if bound is None:
            return group.total
        cost = self.config.budget.iterations * len(self.config.search.seeds)
        left = bound // len(self.config.search.label_fractions) - (0 if self.retrained else group.proposer.spent)
        return min(group.total, told + max(0, left // cost))

    def _of_confirm(self, method: str, fraction: LabelFraction) -> Wanted:
        seeds = self.config.seeds
        if not self._ready(method):
            return _unknown(confirm.STAGE, "", method, fraction, cohorts=1, seeds=len(seeds), at_most=False)
        known = self._trials(method, fraction, seeds, [self._best(method, fraction)])
        return Wanted(confirm.STAGE, "", method, fraction, known, (), 1, 0, at_most=False)

    def _of_design(self, basis: Basis, name: str, design: Design) -> Iterator[Wanted]:
        seeds, methods = design.seeds or (), design.compared
        if not all(basis.ready(method) for method in methods):
            each = design.most_arms() // len(methods)
            for fraction in design.label_fractions or ():
                for method in methods:
                    yield _unknown(ablate.STAGE, name, method, fraction, cohorts=each, seeds=len(seeds), at_most=True)
            return
        arranged = design.arrange(basis.best)
        self.notes += [f"{name}: {note}" for note in arranged.notes]
        by_place: dict[tuple[str, float], list[Arm]] = defaultdict(list)
        for arm in arranged.arms:
            by_place[arm.method, arm.label_fraction].append(arm)
        for (method, fraction), arms in by_place.items():
            known = self._trials(method, fraction, seeds, [arm.hyperparameters for arm in arms])
            yield Wanted(ablate.STAGE, name, method, fraction, known, (), len(known) // len(seeds), 0, at_most=False)

    def _of_proposals(self, basis: Basis, name: str, design: TransformSets) -> Iterator[Wanted]:
        seeds, method = design.seeds or (), design.method
        for fraction in design.label_fractions or ():
            recorded = self.ledger.proposals(
                self.config.name, f"{ablate.STAGE}/{name}", method=method, label_fraction=fraction
            )
            told = [found.hyperparameters for found in recorded if found.state != "running"]
            due = [found.hyperparameters for found in recorded if found.state == "running"]
            most = design.most_arms()
            if basis.ready(method):
                base = design.base(fraction, basis.best)
                due = due if recorded else [base]
                most = 1 if design.useless(base) else most
            unknown = most - len(told) - len(due)
            yield Wanted(
                ablate.STAGE,
                name,
                method,
                fraction,
                known=self._trials(method, fraction, seeds, due),
                settled=tuple(self.ledger.states(member.key for member in self._trials(method, fraction, seeds, told))),
                cohorts=most,
                unknown=unknown * len(seeds),
                at_most=unknown > 0,
            )

    def _trials(
        self, method: str, fraction: LabelFraction, seeds: tuple[int, ...], given: Sequence[Mapping[str, Any]]
    ) -> tuple[KeyedTrial, ...]:
        """The trials of several configurations, each once."""
        cohorts = [self.keying.cohort(method, values, fraction, seeds) for values in given]
        return tuple({member.key: member for trials in cohorts for member in trials}.values())


def _unknown(
    stage: str, design: str, method: str, fraction: LabelFraction, *, cohorts: int, seeds: int, at_most: bool
) -> Wanted:
    return Wanted(stage, design, method, fraction, (), (), cohorts, cohorts * seeds, at_most)
