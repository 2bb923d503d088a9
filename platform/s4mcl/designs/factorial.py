"""A factorial: components on or off and hyperparameters at levels, in all combinations or in a fraction of them."""

import math
from collections.abc import Hashable, Iterator, Mapping
from itertools import product
from typing import Annotated, Any, ClassVar

from pydantic import Field

from s4mcl.config import expected
from s4mcl.config.hyperparameters import check_values
from s4mcl.designs.arm import Arm
from s4mcl.designs.arrangement import Arrangement, configuration, whole
from s4mcl.designs.component_choice import Components, check_components, in_order, sorted_out, switched_off
from s4mcl.designs.design import Best, MethodDesign
from s4mcl.designs.fraction import MOST_FACTORS, aliases, fraction, generators
from s4mcl.designs.leave_one_out import OFF, ON
from s4mcl.designs.level_text import level_text
from s4mcl_trainables.methods import Method
from s4mcl_trainables.problems import InputError, Problems

ON_OFF = (ON, OFF)
Levels = Annotated[tuple[Any, ...], expected.several("[0.1, 1.0]")]


class Factorial(MethodDesign):
    """Main effects and interactions. The reference has every component on and every hyperparameter at its first level.

    Attributes:
        components: factors that are on or off.
        hyperparameters: factors with two or more levels, by name.
        resolution: None: all combinations. Else as few as this resolution allows, for factors of two levels: III tells
            main effects apart, IV also from interactions of two factors, V these from each other.
    """

    kind: ClassVar[str] = "factorial"

    components: Components | None = None
    hyperparameters: dict[str, Levels] = Field(default={}, validate_default=False)
    resolution: Annotated[int, expected.whole(3)] | None = None

    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note unknown factors and levels, and factors that a fraction cannot have."""
        check_components(f"{where}.components", self.components or (), method, problems)
        for name, levels in self.hyperparameters.items():
            for level in levels:
                check_values(f"{where}.hyperparameters", {name: level}, method, problems)
            if len(levels) < 2:
                problems.add(f"{where}.hyperparameters.{name}: expected two levels or more, found {list(levels)!r}")
            if self.resolution is not None and len(levels) != 2:
                problems.add(
                    f"{where}.hyperparameters.{name}: a resolution asks for two levels, found {len(levels)}; "
                    "leave resolution out for all combinations"
                )
        factors = len(self.components or ()) + len(self.hyperparameters)
        if factors < 2:
            problems.add(f"{where}: expected two factors or more under components and hyperparameters, found {factors}")
        if self.resolution is not None and factors > MOST_FACTORS:
            problems.add(f"{where}: expected at most {MOST_FACTORS} factors with a resolution, found {factors}")
        problems.extend(f"{where}.hyperparameters.{name}: {text}" for name, text in self._twice(method))

    def most_arms(self) -> int:
        """The combinations."""
        components = len(self.components or ())
        if self.resolution is not None:
            factors = components + len(self.hyperparameters)
            return 1 << factors - len(generators(factors, self.resolution))
        return math.prod(len(levels) for levels in self.hyperparameters.values()) << components

    def block(self, fraction: float, best: Best) -> Arrangement:
        """The combinations, the reference first; components that the base does not have are no factors."""
        base = self.base(fraction, best)
        levels_of = {
            name: tuple(whole(self.method, base, {name: level})[name] for level in levels)
            for name, levels in self.hyperparameters.items()
        }
        first = {name: levels[0] for name, levels in levels_of.items()}
        present, notes = sorted_out(in_order(self.found, self.components or ()), {**base, **first})
        factors: dict[str, tuple[Any, ...]] = {component.name: ON_OFF for component in present} | levels_of
        arms: list[Arm] = []
        for levels in self._runs(factors, notes):
            given = {name: levels[name] for name in self.hyperparameters}
            off = [component for component in present if levels[component.name] == OFF]
            values = switched_off(off, {**base, **given})
            arms.append(self.arm(_name(levels, factors), fraction, values, levels))
        notes += [f"{one.name}: is the same configuration as {other.name}" for one, other in _twins(arms)]
        return Arrangement(tuple(arms), tuple(notes))

    def _runs(self, factors: Mapping[str, tuple[Any, ...]], notes: list[str]) -> Iterator[dict[str, Any]]:
        """The levels of each run; notes on what a fraction cannot tell apart are added."""
        names = list(factors)
        if self.resolution is None or not names:
            yield from (dict(zip(names, levels, strict=True)) for levels in product(*factors.values()))
            return
        matrix = fraction(len(names), self.resolution)
        notes += [f"cannot be told apart: {', '.join(found)}" for found in aliases(matrix, names)]
        for row in matrix:
            yield {name: factors[name][0 if sign > 0 else 1] for name, sign in zip(names, row, strict=True)}

    def _twice(self, method: Method) -> Iterator[tuple[str, str]]:
        """Hyperparameters that a component of this design sets as well."""
        for name in self.components or ():
            try:
                changed = method.component(name).off(method.defaults)
            except InputError:
                continue
            yield from (
                (key, f"is set by switching {name} off, too; leave one of them out")
                for key in changed
                if key in self.hyperparameters
            )


def _name(levels: Mapping[str, Any], factors: Mapping[str, tuple[Any, ...]]) -> str:
    """What of a run differs from the reference."""
    off = [name for name, level in levels.items() if factors[name] is ON_OFF and level == OFF]
    moved = [
        f"{name}={level_text(level)}"
        for name, level in levels.items()
        if factors[name] is not ON_OFF and level != factors[name][0]
    ]
    parts = [f"without {', '.join(off)}"] if off else []
    return "; ".join(parts + moved) or "reference"


def _twins(arms: list[Arm]) -> Iterator[tuple[Arm, Arm]]:
    """Arms that are one configuration, each with the first of its kind."""
    first: dict[Hashable, Arm] = {}
    for arm in arms:
        twin = first.setdefault(configuration(arm), arm)
        if twin is not arm:
            yield arm, twin
