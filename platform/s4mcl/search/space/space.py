"""A search space: the parameters of one method that are searched."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from optuna import Trial
from optuna.distributions import BaseDistribution

from s4mcl.search.space.parameter import Parameter


@dataclass(frozen=True)
class Space:
    """Parameters in an order in which each comes after those that its condition looks at."""

    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> list[str]:
        """The searched hyperparameters."""
        return [parameter.name for parameter in self.parameters]

    def without(self, names: Collection[str]) -> "Space":
        """The space with these hyperparameters held fixed; conditions on them look at the fixed value."""
        return Space(tuple(parameter for parameter in self.parameters if parameter.name not in names))

    def suggest(self, proposal: Trial, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """Defaults with a suggestion for every parameter whose condition holds."""
        values = dict(defaults)
        for parameter in self.parameters:
            if parameter.when is None or parameter.when.holds(values):
                values[parameter.name] = parameter.suggest(proposal)
        return values

    def encode(self, hyperparameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, BaseDistribution]] | None:
        """What Optuna is told of these hyperparameters: parameter values and distributions.

        None when a value lies outside of what is searched, as the paper's settings may (Optuna takes no such value), or
        is missing.
        """
        if any(parameter.name not in hyperparameters for parameter in self.parameters):
            return None
        values: dict[str, Any] = {}
        distributions: dict[str, BaseDistribution] = {}
        for parameter in self.parameters:
            if parameter.when is not None and not parameter.when.holds(hyperparameters):
                continue
            encoded = parameter.encode(hyperparameters[parameter.name])
            if encoded is None:
                return None
            values |= encoded
            distributions |= parameter.distributions
        return values, distributions
