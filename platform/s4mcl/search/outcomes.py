"""The outcomes of a group, and which of its proposals are the best."""

from s4mcl.search.pareto import front
from s4mcl.search.proposal import STATES, Outcome
from s4mcl.search.told import Told


class Outcomes:
    """Outcomes by the number of their proposal.

    Attributes:
        prefix: how many proposals, from the first, are known without a gap.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._known: dict[int, Outcome] = {}
        self._best: int | None = None
        self.prefix = 0

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, number: int) -> bool:
        return number in self._known

    def __getitem__(self, number: int) -> Outcome:
        return self._known[number]

    def add(self, number: int, outcome: Outcome) -> bool:
        """Note an outcome; whether it is new.

        Raises:
            ValueError: the state is unknown, or another outcome is known.
        """
        if outcome.state not in STATES:
            raise ValueError(f"proposal {number}: expected one of {', '.join(STATES)}, found {outcome.state!r}")
        known = self._known.get(number)
        if known is not None:
            if _essence(known) != _essence(outcome):
                raise ValueError(f"proposal {number} was told as {known}, now as {outcome}")
            return False
        self._known[number] = outcome
        if _completed(outcome) and (self._best is None or self._rank(number) < self._rank(self._best)):
            self._best = number
        while self.prefix in self._known:
            self.prefix += 1
        return True

    def best(self) -> int | None:
        """The completed one with a score that violates the least, then scores highest, then is the earliest."""
        return self._best

    def pareto(self) -> list[int]:
        """The completed ones, feasible if any is, that none dominates, by falling first objective."""
        if not self._told.several:
            best = self.best()
            return [] if best is None else [best]
        points = {
            number: values
            for number, outcome in sorted(self._known.items())
            if outcome.state == "completed" and (values := self._told.values(outcome)) is not None
        }
        feasible = [number for number in points if self._known[number].feasible]
        chosen = feasible or list(points)
        places = front([(points[number][0], points[number][1]) for number in chosen])
        return [chosen[place] for place in places]

    def _rank(self, number: int) -> tuple[float, float, int]:
        outcome = self._known[number]
        return _violation(outcome), -(outcome.scored or 0.0), number


def _completed(outcome: Outcome) -> bool:
    return outcome.state == "completed" and outcome.scored is not None


def _violation(outcome: Outcome) -> float:
    """0 when all constraints are met; a violation that is not a number counts as infinite."""
    return sum(value if value > 0 else 0.0 if value <= 0 else float("inf") for value in outcome.violations)


def _essence(outcome: Outcome) -> tuple[object, ...]:
    return outcome.state, outcome.scored, outcome.finite_objectives
