"""A parameter: one searched hyperparameter, seen as values on one side and as Optuna's parameters on the other."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from optuna import Trial
from optuna.distributions import BaseDistribution

from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields


@dataclass(frozen=True)
class Parameter(ABC):
    """One searched hyperparameter: its name and the condition under which it is searched (None: always).

    A class is one kind of parameter: `kind` is its name in YAML, `suits` the kinds of hyperparameters that it can be
    used for, `known` its fields in YAML beside kind and when.
    """

    kind: ClassVar[str]
    suits: ClassVar[tuple[str, ...]]
    known: ClassVar[tuple[str, ...]]

    name: str
    when: Condition | None

    @classmethod
    @abstractmethod
    def read(cls, name: str, of_kind: str, when: Condition | None, fields: Fields) -> Self | None:
        """From the fields of its YAML; None when they are wrong, which is noted.

        Args:
            name: the hyperparameter.
            of_kind: the hyperparameter's own kind: float, int, bool, str or subset.
            when: the condition, read already.
            fields: the YAML.
        """

    @property
    @abstractmethod
    def distributions(self) -> dict[str, BaseDistribution]:
        """Optuna's parameters that stand for this one, by their names."""

    @property
    @abstractmethod
    def extremes(self) -> list[Any]:
        """Values that, if the method takes them, let it take all others."""

    @abstractmethod
    def encode(self, value: Any) -> dict[str, Any] | None:
        """Optuna's parameter values for a value of this parameter; None when it lies outside of what is searched."""

    @abstractmethod
    def suggest(self, proposal: Trial) -> Any:
        """Ask Optuna for a value; it is plain Python, ready for JSON."""

    def admits(self, value: Any) -> bool:
        """Whether a condition on this parameter may name this value."""
        return self.encode(value) is not None
