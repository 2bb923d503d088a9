"""NSGA-II: generations of parents, crossover and mutation (Deb et al. 2002)."""

from collections.abc import Sequence
from typing import Any, ClassVar

import optuna
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, NSGAIISampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from s4mcl.search.samplers.sampler import Beginning, Sampler, unconditional

POPULATION = 20
"""Optuna's 50 leaves a search of 100 proposals with one generation of chance and one other."""


class Nsga2Sampler(Sampler):
    """Completed trials alone become parents. Those of other studies are part of generation 0.

    A generation ends when `POPULATION` of its proposals are known to have completed; its parents are the best of it
    and of its own parents. Optuna keeps generations in attributes of its trials; here they are counted again.
    """

    name: ClassVar[str] = "nsga2"
    best: ClassVar[int] = 0  # it is handed its parents, and looks at nothing else
    last: ClassVar[int] = 0

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(beginning)
        self._space = unconditional(beginning)
        self._generations: dict[int, int] = {}  # by proposal
        self._current = 0
        self._population = [trial for trial in beginning.warm if trial.state == TrialState.COMPLETE]
        self._parents: list[FrozenTrial] = []

    def follow(self, number: int, news: Sequence[tuple[int, FrozenTrial]]) -> None:
        """Count the generations on."""
        for proposal, trial in news:
            if trial.state == TrialState.COMPLETE and self._generations[proposal] == self._current:
                self._population.append(trial)
        if len(self._population) >= POPULATION:
            self._parents = self._selected()
            self._population = []
            self._current += 1
        self._generations[number] = self._current

    def build(self, number: int, seed: int) -> BaseSampler:
        """Optuna's, with the parents handed in."""
        return _Generation(self._space, self._current, [], self._parents, seed)

    def _selected(self) -> list[FrozenTrial]:
        study = optuna.create_study(directions=[StudyDirection.MAXIMIZE] * self.beginning.objectives)
        judge = _Generation(self._space, self._current, self._population, self._parents, 0)
        return judge.select_parent(study, self._current + 1)


class _Generation(NSGAIISampler):
    """Optuna's sampler for one child, or for one selection of parents, which it would look up in its trials."""

    def __init__(
        self,
        space: dict[str, BaseDistribution],
        generation: int,
        population: list[FrozenTrial],
        parents: list[FrozenTrial],
        seed: int,
    ) -> None:
        super().__init__(population_size=POPULATION, seed=seed)
        self._known, self._generation = space, generation
        self._of, self._from = population, parents

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, Any]:
        return dict(self._known)

    def get_trial_generation(self, study: Study, trial: FrozenTrial) -> int:
        return self._generation

    def get_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        return self._of

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        return self._from
