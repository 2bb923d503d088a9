"""A sampler of Optuna's with some parameters decided beforehand, and another sampler for the rest."""

from collections.abc import Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState


class PlannedSampler(BaseSampler):
    """Gives each parameter its planned value; those without one come from `rest`, each alone."""

    def __init__(self, space: dict[str, BaseDistribution], values: dict[str, Any], rest: BaseSampler) -> None:
        self._space, self._values, self._rest = space, values, rest

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The planned parameters."""
        return dict(self._space)

    def sample_relative(self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]) -> Any:
        """The planned values."""
        return dict(self._values)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """What the other sampler says."""
        return self._rest.sample_independent(study, trial, param_name, param_distribution)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Nothing is kept."""
        self._rest.before_trial(study, trial)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Nothing is kept."""
