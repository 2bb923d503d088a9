"""Transform sets: the base with every set of transforms, or with those that a search over the sets proposes."""

from itertools import combinations
from math import comb
from typing import Annotated, Any, ClassVar

from s4mcl.config import expected
from s4mcl.designs.arm import Arm
from s4mcl.designs.arrangement import Arrangement
from s4mcl.designs.design import Best, MethodDesign
from s4mcl.designs.leave_one_out import OFF, ON
from s4mcl.designs.level_text import level_text
from s4mcl.search.space.space import Space
from s4mcl.search.space.subset_parameter import SubsetParameter
from s4mcl_trainables.methods import Method
from s4mcl_trainables.methods.component import Component
from s4mcl_trainables.problems import Problems

PARAMETER, IDENTITY, PREFIX = "transforms", "identity", "transform."
Size = Annotated[int, expected.whole(2)]


class TransformSets(MethodDesign):
    """Which flips and rotations are worth telling apart. Every set holds the identity.

    Attributes:
        smallest: how many transforms a set holds at least, the identity counted.
        largest: how many at most; None: all.
        propose: None: every set. Else how many sets a search proposes, the base's first, with the sampler of the study.
    """

    kind: ClassVar[str] = "transform_sets"

    smallest: Size = 2
    largest: Size | None = None
    propose: Annotated[int, expected.whole(1)] | None = None

    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note a method without transforms, and sizes that no set has."""
        if method.describe().get(PARAMETER) != "subset" or not self._optional():
            problems.add(f"{where}.method: {method.name} has no transforms")
            return
        most = len(self._elements())
        largest = most if self.largest is None else self.largest
        if largest > most:
            problems.add(f"{where}.largest: expected at most {most}, the number of transforms, found {largest}")
        if self.smallest > min(largest, most):
            problems.add(f"{where}.smallest: expected at most {min(largest, most)}, found {self.smallest}")
        if self.propose is not None and largest < most:
            problems.add(f"{where}.largest: a search has no bound from above; leave largest or propose out")
        if self.propose is not None and self.smallest == most:
            problems.add(f"{where}.smallest: one set alone has {most} transforms; leave propose out")

    def most_arms(self) -> int:
        """The sets and the base, or the proposals, of which the base is one."""
        if self.propose is not None:
            return self.propose
        count = len(self._optional())
        return 1 + sum(comb(count, size - 1) for size in range(self.smallest, self._largest() + 1))

    def block(self, fraction: float, best: Best) -> Arrangement:
        """The base, then every other set, small ones first; the base alone where sets are proposed or without use."""
        base = self.base(fraction, best)
        arms = [self.arm("base", fraction, base, self._factors(base))]
        if why := self.useless(base):
            return Arrangement(tuple(arms), (f"no other sets, since in the base {why}",))
        if self.propose is None:
            for size in range(self.smallest, self._largest() + 1):
                for chosen in combinations(self._optional(), size - 1):
                    arms.append(self.set_arm(fraction, base, [IDENTITY, *chosen]))
        others = [arm for arm in arms[1:] if arm.hyperparameters != arms[0].hyperparameters]
        return Arrangement((arms[0], *others))

    def set_arm(self, fraction: float, base: dict[str, Any], transforms: list[str]) -> Arm:
        """The base with this set."""
        values = {**base, PARAMETER: transforms}
        return self.arm(level_text(transforms), fraction, values, self._factors(values))

    def useless(self, base: dict[str, Any]) -> str | None:
        """Why the base makes no use of transforms; None when it does."""
        wholes = {component.part_of for component in self._components()} - {""}
        return next((why for name in sorted(wholes) if (why := self.found.component(name).idle(base))), None)

    def space(self) -> Space:
        """The space whose only parameter is the set."""
        parameter = SubsetParameter(PARAMETER, None, tuple(self._elements()), (IDENTITY,), self.smallest)
        return Space((parameter,))

    def _largest(self) -> int:
        return len(self._elements()) if self.largest is None else self.largest

    def _components(self) -> list[Component]:
        return [component for component in self.found.components if component.name.startswith(PREFIX)]

    def _optional(self) -> list[str]:
        return [component.name.removeprefix(PREFIX) for component in self._components()]

    def _elements(self) -> list[str]:
        return [IDENTITY, *self._optional()]

    def _factors(self, values: dict[str, Any]) -> dict[str, Any]:
        return {f"{PREFIX}{name}": ON if name in values[PARAMETER] else OFF for name in self._optional()}
