"""Ray Tune's schedulers as rules: they decide, and nothing else of Tune is there."""

from dataclasses import dataclass
from typing import Any

RUNG, SCORE = "rung", "score"


@dataclass(frozen=True)
class Judged:
    """As much of one of Tune's tasks as its schedulers look at."""

    trial_id: str


class Nobody:
    """As much of Tune's controller as its schedulers look at: no other task waits for a turn."""

    def get_live_trials(self) -> list[Any]:
        """None: a scheduler that yields time to others has nobody to yield to."""
        return []


class TuneRule:
    """One of Tune's schedulers, shown scores at rungs; it is rebuilt by showing them again."""

    def __init__(self, scheduler: Any, rungs: tuple[int, ...]) -> None:
        """Take a scheduler whose time is RUNG and whose metric is SCORE, to be maximised."""
        self.rungs = rungs
        self._scheduler = scheduler
        self._judged: dict[int, Judged] = {}

    def goes_on(self, number: int, rung: int, score: float) -> bool:
        """Whether the scheduler lets the proposal continue."""
        if number not in self._judged:
            self._judged[number] = Judged(str(number))
            self._scheduler.on_trial_add(Nobody(), self._judged[number])
        decision = self._scheduler.on_trial_result(Nobody(), self._judged[number], {RUNG: rung, SCORE: score})
        return bool(decision != self._scheduler.STOP)
