"""A budget of training iterations for one group's search."""

from dataclasses import dataclass


@dataclass
class IterationBudget:
    """Counts what proposals spent, and what those under way may still spend.

    Whether one more proposal is made depends on what all earlier ones spent, not on the order in which they end: each
    counts as its full cost until its end is known and never as more afterwards, so room only grows.

    Attributes:
        most: iterations that all proposals together may spend; None: no bound.
        cost: iterations that one proposal spends at most, its seeds taken together.
    """

    most: int | None
    cost: int
    spent: int = 0

    def end(self, iterations: int) -> None:
        """Note what a proposal spent; work that was done twice is not counted."""
        self.spent += min(iterations, self.cost)

    def room(self, pending: int) -> bool:
        """Whether one more fits beside so many whose end is not known."""
        return self.most is None or self.spent + (pending + 1) * self.cost <= self.most

    @property
    def used_up(self) -> bool:
        """Whether no further one will fit, whatever those under way spend."""
        return not self.room(pending=0)
