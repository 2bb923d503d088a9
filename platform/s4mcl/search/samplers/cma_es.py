"""CMA-ES (Hansen 2016, by the package `cmaes`) for numbers, TPE for everything else."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState

from s4mcl.search.samplers.planned import PlannedSampler
from s4mcl.search.samplers.sampler import Beginning, Sampler, unconditional
from s4mcl.search.samplers.tpe import KnownTpe
from s4mcl.search.samplers.unit_interval import from_unit, to_unit

SIGMA = 1 / 6
LEAST_WARM = 20

Point = NDArray[np.float64]


class CmaEsSampler(Sampler):
    """Numbers without a condition are adapted together; choices, subsets and conditional parameters come from TPE.

    A space without such numbers is searched by TPE alone. The first mean is the defaults where they lie inside the
    space (else its middle), or the best tenth of at least 20 trials of other studies (Nomura et al. 2021). CMA-ES looks
    at ranks alone: feasible completed trials by score, then pruned ones, then infeasible ones by their violations.
    Failed ones are left out. A generation ends when its size (4 + 3 ln dimension) is known.
    """

    name: ClassVar[str] = "cmaes"
    several_objectives: ClassVar[bool] = False

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(beginning)
        self._every = unconditional(beginning)
        self._numbers = {
            name: distribution
            for name, distribution in self._every.items()
            if isinstance(distribution, FloatDistribution | IntDistribution)
        }
        self._optimiser = self._first() if self._numbers else None
        self._generations: dict[int, int] = {}  # by proposal
        self._waiting: list[FrozenTrial] = []

    def follow(self, number: int, news: Sequence[tuple[int, FrozenTrial]]) -> None:
        """Adapt once a generation is complete."""
        optimiser = self._optimiser
        if optimiser is None:
            return
        for proposal, trial in news:
            if trial.state != TrialState.FAIL and self._generations[proposal] == optimiser.generation:
                self._waiting.append(trial)
        if len(self._waiting) >= optimiser.population_size:
            optimiser.tell(self._ranked(self._waiting[: optimiser.population_size]))
            self._waiting = []
        self._generations[number] = optimiser.generation

    def build(self, number: int, seed: int) -> BaseSampler:
        """One point of the present generation, planned; a copy is asked, so that asking leaves no trace."""
        rest = KnownTpe(self._every, seed)
        if self._optimiser is None:
            return rest
        optimiser = deepcopy(self._optimiser)
        optimiser.reseed_rng(seed)
        point = optimiser.ask()
        values = {
            name: from_unit(distribution, float(place))
            for (name, distribution), place in zip(self._numbers.items(), point, strict=True)
        }
        return PlannedSampler(dict(self._numbers), values, rest)

    def _first(self) -> Any:
        """The optimiser of generation 0."""
        from cmaes import CMA, get_warm_start_mgd  # noqa: PLC0415  # it imports SciPy's statistics, which take a second

        dimension = len(self._numbers)
        warm = [trial for trial in self.beginning.warm if trial.state != TrialState.FAIL]
        mean, sigma, covariance = self._middle(), SIGMA, None
        if len(warm) >= LEAST_WARM:
            mean, sigma, covariance = get_warm_start_mgd(self._ranked(warm))
        bounds = np.tile([0.0, 1.0], (dimension, 1))
        return CMA(mean=mean, sigma=sigma, cov=covariance, bounds=bounds, n_max_resampling=10 * dimension, seed=0)

    def _middle(self) -> Point:
        encoded = self.beginning.space.encode(self.beginning.defaults)
        return np.full(len(self._numbers), 0.5) if encoded is None else self._point(encoded[0])

    def _point(self, params: dict[str, Any]) -> Point:
        return np.array([to_unit(distribution, params[name]) for name, distribution in self._numbers.items()])

    def _ranked(self, trials: list[FrozenTrial]) -> list[tuple[Point, float]]:
        ordered = sorted(trials, key=lambda trial: (*_badness(trial), trial.number))
        return [(self._point(trial.params), float(rank)) for rank, trial in enumerate(ordered)]


def _badness(trial: FrozenTrial) -> tuple[float, float, float]:
    """Sorts trials from the best to the worst, as TPE does."""
    violated = sum(max(0.0, value) for value in trial.constraints.values())
    if violated > 0:
        return 2, violated, 0
    if trial.state == TrialState.COMPLETE:
        return 0, -trial.values[0], 0
    iteration, score = max(trial.intermediate_values.items(), default=(-1, 0.0))
    return 1, -iteration, -score
