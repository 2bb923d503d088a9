"""What a configuration's `space` and `hyperparameters` say of a method, for all who read one: nothing heavy is imported
here."""

from collections.abc import Collection, Mapping
from typing import Any

EVERY = "every_method"  # in either: what holds for every method that has the hyperparameter


def specifications(space: Mapping[str, Any], method: str, kinds: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a configuration's `space` says of a method: its own specifications, then those of `every_method`.

    Of the latter a method gets those of the hyperparameters that it has and does not specify itself; a method without
    specifications of its own gets none, since it is not searched. Without `kinds`, its hyperparameters, all are given.
    """
    own, every = (given if isinstance(given := space.get(name), dict) else {} for name in (method, EVERY))
    if not own:
        return own
    return {
        **own,
        **{name: spec for name, spec in every.items() if name not in own and (kinds is None or name in kinds)},
    }


def fixed_values(
    hyperparameters: Mapping[str, Any], method: str, kinds: Collection[str] | None = None
) -> dict[str, Any]:
    """What a configuration's `hyperparameters` says of a method: its own values, beside them those of `every_method`.

    Of the latter a method gets those of the hyperparameters that it has, `kinds`, and is not given itself; without
    `kinds`, all.
    """
    every = hyperparameters.get(EVERY, {})
    return {
        **{name: value for name, value in every.items() if kinds is None or name in kinds},
        **hyperparameters.get(method, {}),
    }
