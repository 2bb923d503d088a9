"""How an outcome is told to Optuna: which state, which values."""

import math
from dataclasses import dataclass
from typing import Any

from optuna.trial import TrialState

from s4mcl.search.constraint import UNMEASURED
from s4mcl.search.proposal import Outcome


@dataclass(frozen=True)
class Told:
    """What every outcome of a group must carry: so many objectives (1: the score), so many violations."""

    objectives: int
    constraints: int

    @property
    def several(self) -> bool:
        """Whether there is more than one objective."""
        return self.objectives > 1

    def values(self, outcome: Outcome) -> tuple[float, ...] | None:
        """The finite values that are searched for; None where one is missing."""
        if self.several:
            found = outcome.finite_objectives
            return found if found is not None and len(found) == self.objectives else None
        return None if outcome.scored is None else (outcome.scored,)

    def fields(self, outcome: Outcome) -> dict[str, Any]:
        """State, values, intermediate values and constraints for `optuna.trial.create_trial`.

        COMPLETE needs finite values and all violations measured; without them it is FAIL. PRUNED keeps its scores by
        iteration, by which TPE ranks it: behind all completed ones, the longer it ran the better, then by its last
        score. With several objectives Optuna takes no intermediate values, and PRUNED is told without any.
        """
        violations = self._violations(outcome)
        if outcome.state == "completed":
            values = self.values(outcome)
            if values is not None and violations is not None:
                return {"state": TrialState.COMPLETE, "values": values, "constraints": violations}
        elif outcome.state == "pruned":
            scores = {} if self.several else _scores(outcome)
            return {"state": TrialState.PRUNED, "intermediate_values": scores, "constraints": violations or {}}
        return {"state": TrialState.FAIL}

    def _violations(self, outcome: Outcome) -> dict[str, float] | None:
        """Constraint's place to violation; None where one was not measured."""
        found = outcome.violations if self.constraints else ()
        known = len(found) == self.constraints and all(math.isfinite(value) and value < UNMEASURED for value in found)
        return {str(place): value for place, value in enumerate(found)} if known else None


def _scores(outcome: Outcome) -> dict[int, float]:
    finite = {iteration: score for iteration, score in outcome.intermediate.items() if math.isfinite(score)}
    if finite or outcome.scored is None:
        return finite
    return {outcome.iterations: outcome.scored}
