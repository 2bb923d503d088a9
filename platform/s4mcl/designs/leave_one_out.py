"""Leave one component out: the base, and the base without each component in turn."""

from typing import ClassVar

from s4mcl.designs.arrangement import Arrangement
from s4mcl.designs.component_choice import Components, check_components, in_order, sorted_out
from s4mcl.designs.design import Best, MethodDesign
from s4mcl_trainables.methods import Method
from s4mcl_trainables.problems import Problems

ON, OFF = "on", "off"


class LeaveOneOut(MethodDesign):
    """How much is lost without each component.

    Attributes:
        components: which ones, by name; None: all that the base has.
    """

    kind: ClassVar[str] = "leave_one_out"

    components: Components | None = None

    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note unknown components, or a method without any."""
        check_components(f"{where}.components", self.components or (), method, problems)
        if not method.components:
            problems.add(f"{where}.method: {method.name} names no components that could be left out")

    def most_arms(self) -> int:
        """The base and one arm a component."""
        return 1 + len(self.components or self.found.components)

    def block(self, fraction: float, best: Best) -> Arrangement:
        """The base, then the base without each component that it has."""
        base = self.base(fraction, best)
        names = self.components or [component.name for component in self.found.components]
        present, notes = sorted_out(in_order(self.found, names), base)
        factors = {component.name: ON for component in present}
        arms = [self.arm("base", fraction, base, factors)]
        for component in present:
            off = factors | {component.name: OFF}
            arms.append(self.arm(f"without {component.name}", fraction, component.switched_off(base), off))
        return Arrangement.without_twins(arms, notes)
