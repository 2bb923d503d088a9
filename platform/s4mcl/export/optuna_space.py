"""The space that an exported group shows: the configured one, widened to hold what was proposed outside of it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from optuna.distributions import BaseDistribution

from s4mcl.config import StudyConfig, search_space
from s4mcl.ledger import Proposal
from s4mcl.method_spaces import given_to, specifications
from s4mcl.search.space import Space, read_space
from s4mcl.search.space.categorical_parameter import CategoricalParameter
from s4mcl.search.space.float_parameter import FloatParameter
from s4mcl.search.space.integer_parameter import IntegerParameter
from s4mcl.search.space.parameter import Parameter
from s4mcl_trainables.methods import method_names
from s4mcl_trainables.problems import Problems

Encoded = tuple[dict[str, Any], dict[str, BaseDistribution]]
KINDS: dict[type, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "subset"}


def configured_space(config: StudyConfig, method: str, proposals: Iterable[Proposal]) -> Space:
    """The space that the study searched. Where the method is not installed, the values tell what kinds they are of.

    Raises:
        InputError: the space does not fit the method.
    """
    if method in method_names():
        return search_space(config, method)
    kinds = {
        name: KINDS[type(value)] for found in proposals for name, value in found.hyperparameters.items() if value != []
    }
    problems = Problems("the search space cannot be used")
    space = read_space(f"space.{method}", specifications(config.space, method, kinds), kinds, problems)
    problems.raise_if_any(f"install the package that brings method {method}")
    assert space is not None
    return space.without(given_to(config.hyperparameters, method, kinds))


def widened(space: Space, proposals: Iterable[Proposal]) -> Space:
    """The space with bounds and choices that hold every proposal, as far as Optuna can express it.

    The defaults, which are always proposed first, may lie outside of what is searched. Optuna's analyses pass over a
    parameter whose distribution differs between two trials, so all trials of the group are given the wider one.
    """
    every = list(proposals)
    parameters = []
    for parameter in space.parameters:
        values = [found.hyperparameters[parameter.name] for found in every if searched(parameter, found)]
        outside = [value for value in values if parameter.encode(value) is None]
        parameters.append(_widened(parameter, outside) if outside else parameter)
    return Space(tuple(parameters))


def encoded(space: Space, proposal: Proposal) -> Encoded:
    """Optuna's parameters and distributions of a proposal; one that no distribution can hold is left out."""
    values: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    for parameter in space.parameters:
        if searched(parameter, proposal):
            found = parameter.encode(proposal.hyperparameters[parameter.name])
            values |= found or {}
            distributions |= parameter.distributions if found is not None else {}
    return values, distributions


def searched(parameter: Parameter, proposal: Proposal) -> bool:
    """Whether the proposal has this parameter, and the parameter's condition holds for it."""
    given, condition = proposal.hyperparameters, parameter.when
    if parameter.name not in given:
        return False
    return condition is None or (all(name in given for name in condition.names) and condition.holds(given))


def _widened(parameter: Parameter, outside: list[Any]) -> Parameter:
    if isinstance(parameter, FloatParameter | IntegerParameter):
        numbers = [value for value in outside if isinstance(value, int | float) and (value > 0 or not parameter.log)]
        if not numbers:
            return parameter
        low, high = min(parameter.low, *numbers), max(parameter.high, *numbers)
        if isinstance(parameter, FloatParameter):
            return replace(parameter, low=float(low), high=float(high))
        return replace(parameter, low=int(low), high=int(high), step=1)
    if isinstance(parameter, CategoricalParameter):
        extra = [value for value in dict.fromkeys(map(_hashable, outside)) if value is not None]
        return replace(parameter, choices=(*parameter.choices, *extra))
    return parameter


def _hashable(value: Any) -> Any:
    return None if isinstance(value, list | dict) else value
