"""A scrambled Sobol sequence: points that cover the space more evenly than chance."""

from typing import ClassVar

import optuna
from optuna.samplers import BaseSampler

from s4mcl.search.samplers.planned import PlannedSampler
from s4mcl.search.samplers.sampler import Sampler
from s4mcl.search.samplers.unit_interval import from_unit


class QmcSampler(Sampler):
    """Proposal k is point k of the group's sequence (Owen's scrambling, SciPy), each parameter one coordinate.

    A parameter whose condition does not hold leaves its coordinate unused. Looks at no outcome, so that proposals are
    never held back.
    """

    name: ClassVar[str] = "qmc"
    needs_outcomes: ClassVar[bool] = False
    best: ClassVar[int] = 0
    last: ClassVar[int] = 0

    def build(self, number: int, seed: int) -> BaseSampler:
        """The point, planned."""
        from scipy.stats.qmc import Sobol  # noqa: PLC0415  # SciPy's statistics take a second to import

        space = {
            name: distribution
            for parameter in self.beginning.space.parameters
            for name, distribution in sorted(parameter.distributions.items())
        }
        engine = Sobol(len(space), scramble=True, rng=self.beginning.seed)
        if number:
            engine.fast_forward(number)
        point = engine.random(1)[0]
        values = {name: from_unit(space[name], float(place)) for name, place in zip(space, point, strict=True)}
        return PlannedSampler(space, values, optuna.samplers.RandomSampler(seed=seed))
