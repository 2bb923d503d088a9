"""What a configuration's `space` and `hyperparameters` say of a method, for all who read one: nothing heavy is imported
here."""

from collections.abc import Collection, Mapping
from typing import Any

EVERY = "every_method"  # in either: what holds for every method that has the hyperparameter


def specifications(space: Mapping[str, Any], method: str, kinds: Collection[str] | None = None) -> dict[str, Any]:
    """What a configuration's `space` says of a method, as `given_to`; a method without specifications of its own gets
    none, since it is not searched.
    """
    return given_to(space, method, kinds) if space.get(method) else {}


def given_to(part: Mapping[str, Any], method: str, kinds: Collection[str] | None = None) -> dict[str, Any]:
    """What `space` or `hyperparameters` says of a method: what is said of itself, then what is said of `every_method`.

    Of the latter a method gets what is about hyperparameters that it has, `kinds`, and is not given itself; without
    `kinds`, all.
    """
    own, every = (given if isinstance(given := part.get(name), dict) else {} for name in (method, EVERY))
    return {
        **own,
        **{name: given for name, given in every.items() if name not in own and (kinds is None or name in kinds)},
    }
