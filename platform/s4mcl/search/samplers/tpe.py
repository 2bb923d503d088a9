"""Tree-structured Parzen estimators: multivariate for one objective, parameter by parameter for several."""

from typing import Any, ClassVar

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial

from s4mcl.search.samplers.sampler import Sampler, unconditional


class TpeSampler(Sampler):
    """The default. Draws at random until 10 trials, those of other studies included, are completed or pruned.

    Pending proposals count as bad ones (Optuna's constant liar), so that a point under way is not proposed again.
    """

    name: ClassVar[str] = "tpe"

    def build(self, number: int, seed: int) -> BaseSampler:
        """Optuna's, which looks at all trials shown."""
        return KnownTpe(unconditional(self.beginning), seed)


class KnownTpe(TPESampler):
    """Optuna's TPE that is told which parameters every trial has, instead of looking through all trials for them."""

    def __init__(self, every: dict[str, BaseDistribution], seed: int) -> None:
        super().__init__(seed=seed)
        self._every = every

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, Any]:
        """Those parameters; none for several objectives, where Optuna samples each alone."""
        return dict(self._every) if len(study.directions) == 1 else {}
