"""Hyperparameters as programs that keep runs take them: one value a name."""

from collections.abc import Iterator, Mapping
from typing import Any


def flat(hyperparameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every hyperparameter under a name of its own: lists as their elements with commas, nothing as "none"."""
    for name, value in hyperparameters.items():
        if isinstance(value, Mapping):
            yield from flat({f"{name}.{inner}": content for inner, content in value.items()})
        elif isinstance(value, list):
            yield name, ", ".join(str(item) for item in value)
        else:
            yield name, "none" if value is None else value
