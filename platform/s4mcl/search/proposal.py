"""A proposal: hyperparameters that are suggested for a trial, and what came of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

State = Literal["completed", "pruned", "failed"]
STATES: tuple[str, ...] = get_args(State)


@dataclass(frozen=True)
class Proposal:
    """The number counts from 0 within its group; number 0 is the method's defaults."""

    number: int
    hyperparameters: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a proposal ended.

    Attributes:
        score: validation score, higher is better; None or not finite: it has none.
        objectives: the values of a Pareto search (balanced accuracy, Dice), higher is better.
        intermediate: iteration to the score reported there.
        violations: one number a constraint, at most 0 where it is met.
        iterations: training iterations that all seeds of the proposal spent.
    """

    state: State
    score: float | None
    objectives: tuple[float, ...] | None = None
    intermediate: Mapping[int, float] = field(default_factory=dict)
    violations: tuple[float, ...] = ()
    iterations: int = 0

    @property
    def scored(self) -> float | None:
        """The score, None when there is none or it is not a finite number."""
        return self.score if self.score is not None and math.isfinite(self.score) else None

    @property
    def finite_objectives(self) -> tuple[float, ...] | None:
        """The objectives, None when there are none or one is not a finite number."""
        known = self.objectives
        return tuple(known) if known and all(math.isfinite(value) for value in known) else None

    @property
    def feasible(self) -> bool:
        """Whether every constraint is met; a violation that is not a number is one."""
        return all(value <= 0 for value in self.violations)
