"""What a configuration's `space` says of a method, for all who read one: nothing heavy is imported here."""

from collections.abc import Mapping
from typing import Any

EVERY = "every_method"  # in `space`: what is searched for every method that has it


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
