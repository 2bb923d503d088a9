"""One of several values without an order: words, flags or numbers."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from optuna import Trial
from optuna.distributions import BaseDistribution, CategoricalDistribution

from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields
from s4mcl.search.space.parameter import Parameter

_TYPES: dict[str, tuple[type, ...]] = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}


@dataclass(frozen=True)
class CategoricalParameter(Parameter):
    """The choices are all of the hyperparameter's own type."""

    choices: tuple[bool | int | float | str, ...]

    kind: ClassVar[str] = "categorical"
    suits: ClassVar[tuple[str, ...]] = ("float", "int", "bool", "str")
    known: ClassVar[tuple[str, ...]] = ("choices",)

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """One categorical distribution."""
        return {self.name: CategoricalDistribution(self.choices)}

    @property
    def extremes(self) -> list[Any]:
        """All choices."""
        return list(self.choices)

    def encode(self, value: Any) -> dict[str, Any] | None:
        """The value itself, when it is one of the choices."""
        return {self.name: value} if not isinstance(value, list | tuple) and value in self.choices else None

    def suggest(self, proposal: Trial) -> Any:
        """One of the choices."""
        return proposal.suggest_categorical(self.name, self.choices)

    @classmethod
    def read(cls, name: str, of_kind: str, when: Condition | None, fields: Fields) -> Self | None:
        """From the fields of the YAML; None when they are wrong, which is noted."""
        choices = fields.several("choices")
        if choices is None:
            return None
        if len(choices) < 2:
            fields.refuse(f"expected at least two, found {choices!r}; fix one under hyperparameters", "choices")
            return None
        wrong = [item for item in choices if type(item) not in _TYPES[of_kind]]
        if wrong:
            fields.refuse(f"expected values of kind {of_kind}, found {wrong[0]!r}", "choices")
            return None
        return cls(name, when, tuple(float(item) if of_kind == "float" else item for item in choices))
