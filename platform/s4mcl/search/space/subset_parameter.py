"""A subset of named elements. Optuna sees one yes or no for each optional element."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from optuna import Trial
from optuna.distributions import BaseDistribution, CategoricalDistribution

from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields
from s4mcl.search.space.parameter import Parameter


@dataclass(frozen=True)
class SubsetParameter(Parameter):
    """Subsets of `of` that hold every element of `always` and at least `at_least` elements; kept in the order of `of`.

    A suggestion with too few elements is repaired by turning on the first missing ones in the order of `of`. The
    sampler is told the repaired one, since that is what was trained.
    """

    of: tuple[str, ...]
    always: tuple[str, ...]
    at_least: int

    kind: ClassVar[str] = "subset"
    suits: ClassVar[tuple[str, ...]] = ("subset",)
    known: ClassVar[tuple[str, ...]] = ("of", "always", "at_least")

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """A yes or no for each optional element, called `<name>.<element>`."""
        return {self._switch(element): CategoricalDistribution((False, True)) for element in self._optional}

    @property
    def extremes(self) -> list[Any]:
        """All elements together."""
        return [list(self.of)]

    def encode(self, value: Any) -> dict[str, Any] | None:
        """The switches, when the value is a subset that can be suggested."""
        if not isinstance(value, list | tuple) or len(set(value)) != len(value) or len(value) < self.at_least:
            return None
        if not set(self.always) <= set(value) <= set(self.of):
            return None
        return {self._switch(element): element in value for element in self._optional}

    def suggest(self, proposal: Trial) -> list[str]:
        """The elements, in the order of `of`."""
        chosen = set(self.always)
        for element in self._optional:
            if proposal.suggest_categorical(self._switch(element), (False, True)):
                chosen.add(element)
        return self._repaired(chosen)

    def admits(self, value: Any) -> bool:
        """Whether it is one of the elements."""
        return value in self.of

    @property
    def _optional(self) -> list[str]:
        return [element for element in self.of if element not in self.always]

    def _switch(self, element: str) -> str:
        return f"{self.name}.{element}"

    def _repaired(self, chosen: Container[str]) -> list[str]:
        kept = [element for element in self.of if element in chosen]
        missing = [element for element in self.of if element not in kept]
        kept += missing[: max(0, self.at_least - len(kept))]
        return [element for element in self.of if element in kept]

    @classmethod
    def read(cls, name: str, of_kind: str, when: Condition | None, fields: Fields) -> Self | None:
        """From the fields of the YAML; None when they are wrong, which is noted."""
        of, always, at_least = fields.several("of"), fields.several("always", []), fields.whole("at_least", 0)
        if of is None or always is None or at_least is None:
            return None
        wrong = [item for item in of if not isinstance(item, str)]
        if wrong:
            fields.refuse(f"expected names, found {wrong[0]!r}", "of")
            return None
        strange = [item for item in always if item not in of]
        if strange:
            fields.refuse(f"expected elements of `of`, found {strange[0]!r}", "always")
            return None
        if len(of) <= len(always):
            fields.refuse("nothing is left to choose; name more elements or fewer under always", "of")
            return None
        if not 0 <= at_least < len(of):
            fields.refuse(f"expected 0 to {len(of) - 1}, found {at_least}", "at_least")
            return None
        return cls(name, when, tuple(of), tuple(always), at_least)
