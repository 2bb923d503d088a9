"""A rule of early stopping: who goes on at a rung."""

from typing import Protocol


class Rule(Protocol):
    """Judges scores in the order in which it is given them; each (number, rung) once, a proposal's rungs ascending.

    Attributes:
        rungs: where it judges, ascending; the end of the budget is none of them.
    """

    rungs: tuple[int, ...]

    def goes_on(self, number: int, rung: int, score: float) -> bool:
        """Whether proposal `number` trains on after it scored `score` (higher is better) at `rung`."""
        ...
