"""Sensitivity: the base with one hyperparameter varied over a grid around its value."""

import math
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar

import numpy as np

from s4mcl.config import expected
from s4mcl.config.hyperparameters import check_values
from s4mcl.designs.arrangement import Arrangement, whole
from s4mcl.designs.design import Best, MethodDesign, Word
from s4mcl.designs.level_text import level_text
from s4mcl_trainables.methods import Method
from s4mcl_trainables.problems import InputError, Problems

DIGITS = 4  # that a computed value has: enough for a grid, and a name that can be read


class Sensitivity(MethodDesign):
    """How the score depends on one hyperparameter.

    Attributes:
        parameter: the hyperparameter.
        values: the grid; None: `points` values between two factors of the base's own value.
        points: how many; those that equal the base's value are not trained twice.
        between: the two factors.
        scale: log or linear.
    """

    kind: ClassVar[str] = "sensitivity"

    parameter: Word
    values: Annotated[tuple[Any, ...], expected.several("[0.0, 0.5, 1.0]")] | None = None
    points: Annotated[int, expected.whole(2)] = 5
    between: Annotated[tuple[float, float], expected.two_numbers("[0.1, 10]")] = (0.1, 10.0)
    scale: Annotated[str, expected.one_of(("log", "linear"))] = "log"

    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note an unknown hyperparameter, values that it does not take, and a grid that cannot be made."""
        kinds, grid = method.describe(), self.model_fields_set & {"points", "between", "scale"}
        if self.values is not None and grid:
            problems.add(f"{where}: expected values, or a grid by {', '.join(sorted(grid))}; found both")
        if self.scale == "log" and min(self.between) <= 0:
            problems.add(f"{where}.between: expected factors above 0 on a log scale, found {list(self.between)}")
        if self.parameter not in kinds:
            near = get_close_matches(self.parameter, kinds, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(kinds)}"
            problems.add(f"{where}.parameter: {method.name} has no hyperparameter {self.parameter!r}; {hint}")
        elif self.values is not None:
            for value in self.values:
                check_values(f"{where}.values", {self.parameter: value}, method, problems)
        elif kinds[self.parameter] not in ("float", "int"):
            problems.add(
                f"{where}.values: is missing; {self.parameter} is of kind {kinds[self.parameter]}, not a number"
            )

    def most_arms(self) -> int:
        """The base and the grid."""
        return 1 + (self.points if self.values is None else len(self.values))

    def block(self, fraction: float, best: Best) -> Arrangement:
        """The base, then the other values in rising order, or in the order given."""
        base = self.base(fraction, best)
        arms = [self.arm("base", fraction, base, {self.parameter: base[self.parameter]})]
        notes = []
        for value in self._grid(base[self.parameter]):
            try:
                values = whole(self.method, base, {self.parameter: value})
            except InputError as error:
                notes.append(f"{self.parameter}={level_text(value)}: left out, {' '.join(str(error).split())}")
                continue
            found = values[self.parameter]
            if not _equal(found, base[self.parameter]):
                name = f"{self.parameter}={level_text(found)}"
                arms.append(self.arm(name, fraction, values, {self.parameter: found}))
        if len(arms) == 1:
            notes.append(
                f"{self.parameter}: no other value than the base's {level_text(base[self.parameter])}; give values"
            )
        return Arrangement.without_twins(arms, notes)

    def _grid(self, centre: Any) -> list[Any]:
        if self.values is not None:
            return list(self.values)
        low, high = sorted(self.between)
        spaced = np.geomspace if self.scale == "log" else np.linspace
        grid = [float(f"{factor * centre:.{DIGITS}g}") for factor in spaced(low, high, self.points)]
        whole_numbers = isinstance(centre, int)
        return list(dict.fromkeys(round(value) if whole_numbers else value for value in grid))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=10.0 ** (1 - DIGITS))
    return bool(one == other)
