"""The completed proposals of one search, with what each was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.search import hyperparameters_of, searched


@dataclass(frozen=True)
class Completed:
    """Those of one method and label fraction that have a score, in their order. All of them, however many.

    Attributes:
        numbers, scores: of the proposals.
        given: their hyperparameters.
    """

    numbers: Sequence[int]
    scores: Sequence[float]
    given: Sequence[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters that vary, in the order of their first appearance. The order of a list does not count."""
        first: dict[str, Any] = {}
        varied: dict[str, bool] = {}
        for place, values in enumerate(self.given):
            for name, value in values.items():
                plain = _plain(value)
                if name not in first:
                    first[name], varied[name] = plain, place > 0  # it was missing before
                varied[name] = varied[name] or first[name] != plain
            for name in first.keys() - values.keys():
                varied[name] = True
        return tuple(name for name in first if varied[name])

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        """Those that are a number in every proposal."""
        return tuple(name for name in self.names if all(is_number(values.get(name)) for values in self.given))

    @cached_property
    def subsets(self) -> tuple[str, ...]:
        """Those that are a list in every proposal which has them."""
        return tuple(
            name for name in self.names if all(isinstance(values.get(name, []), list) for values in self.given)
        )

    def column(self, name: str) -> list[Any]:
        """The values of a hyperparameter, None where a proposal lacks it."""
        return [values.get(name) for values in self.given]

    @cached_property
    def ranked(self) -> list[int]:
        """Places from the best score to the worst; the earlier one of equals first."""
        return sorted(range(len(self)), key=lambda place: (-self.scores[place], place))


def completed_groups(proposals: pl.DataFrame, method: str) -> dict[float, Completed]:
    """The completed proposals of a method by label fraction, the smallest first; fractions without one are left out."""
    done = searched(proposals).filter((pl.col("method") == method) & (pl.col("state") == "completed"))
    found = {}
    for (fraction,), own in done.drop_nulls("score").group_by("label_fraction", maintain_order=True):
        given = [hyperparameters_of({"hyperparameters": text}) for text in own["hyperparameters"]]
        found[float(str(fraction))] = Completed(own["number"].to_list(), own["score"].to_list(), given)
    return found


def is_number(value: Any) -> bool:
    """Whether a value is a number; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    return sorted(str(item) for item in value) if isinstance(value, list) else value
