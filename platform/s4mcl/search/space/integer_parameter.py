"""A whole number between two bounds, both included, by steps or on a logarithmic scale."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from optuna import Trial
from optuna.distributions import BaseDistribution, IntDistribution

from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields
from s4mcl.search.space.parameter import Parameter


@dataclass(frozen=True)
class IntegerParameter(Parameter):
    """`high` is reached by steps from `low`; steps other than 1 do not go with `log`."""

    low: int
    high: int
    log: bool
    step: int

    kind: ClassVar[str] = "integer"
    suits: ClassVar[tuple[str, ...]] = ("int",)
    known: ClassVar[tuple[str, ...]] = ("low", "high", "log", "step")

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """One integer distribution."""
        return {self.name: IntDistribution(self.low, self.high, log=self.log, step=self.step)}

    @property
    def extremes(self) -> list[Any]:
        """Both bounds."""
        return [self.low, self.high]

    def encode(self, value: Any) -> dict[str, Any] | None:
        """The value itself, when inside the bounds and on a step."""
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        inside = self.low <= value <= self.high and (value - self.low) % self.step == 0
        return {self.name: value} if inside else None

    def suggest(self, proposal: Trial) -> int:
        """An int."""
        return int(proposal.suggest_int(self.name, self.low, self.high, log=self.log, step=self.step))

    @classmethod
    def read(cls, name: str, of_kind: str, when: Condition | None, fields: Fields) -> Self | None:
        """From the fields of the YAML; None when they are wrong, which is noted."""
        low, high, log, step = fields.whole("low"), fields.whole("high"), fields.flag("log"), fields.whole("step", 1)
        if low is None or high is None or step is None or not fields.range(low, high, log):
            return None
        if step < 1 or step > high - low:
            fields.refuse(f"expected 1 to {high - low}, found {step}", "step")
            return None
        if log and step != 1:
            fields.refuse("steps do not go with log; leave one of them out", "step")
            return None
        return cls(name, when, low, low + (high - low) // step * step, log, step)
