"""Which rows of a study are wanted: a filter that the database applies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

Texts = str | Sequence[str] | None
Numbers = float | Sequence[float] | None


@dataclass(frozen=True)
class Where:
    """Each of these is one value, several of which any may hold, or None for all; an empty list is for nothing.

    Of arms and proposals only what they have is looked at: an arm has neither stage, state nor key.
    """

    stage: Texts = None
    method: Texts = None
    label_fraction: Numbers = None
    state: Texts = None
    key: Texts = None

    def conditions(self, columns: Mapping[str, ColumnElement[object]]) -> list[ColumnElement[bool]]:
        """A condition for each name that is asked for and has a column."""
        asked = {name: getattr(self, name) for name in columns if hasattr(self, name)}
        return [columns[name].in_(_listed(value)) for name, value in asked.items() if value is not None]


def _listed(value: str | float | Sequence[str] | Sequence[float]) -> list[str | float]:
    return [value] if isinstance(value, str | int | float) else list(value)


EVERYTHING = Where()
