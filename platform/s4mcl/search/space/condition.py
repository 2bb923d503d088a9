"""A condition: a parameter is searched only while others have certain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """Holds when every named hyperparameter has one of its values; a subset has a value when it contains it."""

    wanted: tuple[tuple[str, tuple[Any, ...]], ...]

    def holds(self, hyperparameters: Mapping[str, Any]) -> bool:
        """Whether these hyperparameters meet the condition."""
        return all(_meets(hyperparameters[name], values) for name, values in self.wanted)

    @property
    def names(self) -> list[str]:
        """The hyperparameters it looks at."""
        return [name for name, _ in self.wanted]


def _meets(found: Any, values: tuple[Any, ...]) -> bool:
    present = found if isinstance(found, list | tuple) else (found,)
    return any(value in present for value in values)
