"""A proposal: hyperparameters that are suggested for a trial, and what came of them."""

import math
from dataclasses import dataclass
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
    """How a proposal ended, and its score (higher is better; None or not finite: it has none)."""

    state: State
    score: float | None

    @property
    def scored(self) -> float | None:
        """The score, None when there is none or it is not a finite number."""
        return self.score if self.score is not None and math.isfinite(self.score) else None
