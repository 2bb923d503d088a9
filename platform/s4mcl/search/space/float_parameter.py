"""A real number between two bounds, both included, searched on a linear or a logarithmic scale."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from optuna import Trial
from optuna.distributions import BaseDistribution, FloatDistribution

from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields
from s4mcl.search.space.parameter import Parameter


@dataclass(frozen=True)
class FloatParameter(Parameter):
    """Low and high are in the hyperparameter's own unit, also when `log` is set."""

    low: float
    high: float
    log: bool

    kind: ClassVar[str] = "float"
    suits: ClassVar[tuple[str, ...]] = ("float",)
    known: ClassVar[tuple[str, ...]] = ("low", "high", "log")

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """One float distribution."""
        return {self.name: FloatDistribution(self.low, self.high, log=self.log)}

    @property
    def extremes(self) -> list[Any]:
        """Both bounds."""
        return [self.low, self.high]

    def encode(self, value: Any) -> dict[str, Any] | None:
        """The value itself, when inside the bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            return None
        return {self.name: float(value)}

    def suggest(self, proposal: Trial) -> float:
        """A float, with all its digits."""
        return float(proposal.suggest_float(self.name, self.low, self.high, log=self.log))

    @classmethod
    def read(cls, name: str, of_kind: str, when: Condition | None, fields: Fields) -> Self | None:
        """From the fields of the YAML; None when they are wrong, which is noted."""
        low, high, log = fields.number("low"), fields.number("high"), fields.flag("log")
        if low is None or high is None or not fields.range(low, high, log):
            return None
        return cls(name, when, low, high, log)
