"""Independent uniform draws, on a logarithmic scale where the space says so."""

from typing import ClassVar

import optuna
from optuna.samplers import BaseSampler

from s4mcl.search.samplers.sampler import Sampler


class RandomSampler(Sampler):
    """Looks at no outcome, so that proposals are never held back."""

    name: ClassVar[str] = "random"
    needs_outcomes: ClassVar[bool] = False
    best: ClassVar[int] = 0
    last: ClassVar[int] = 0

    def build(self, number: int, seed: int) -> BaseSampler:
        """Optuna's."""
        return optuna.samplers.RandomSampler(seed=seed)
