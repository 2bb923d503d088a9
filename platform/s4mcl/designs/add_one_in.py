"""Add one component in: the base without all components, and that with each of them in turn."""

from typing import Any, ClassVar

from s4mcl.designs.arrangement import Arrangement
from s4mcl.designs.component_choice import (
    Components,
    check_components,
    come_with,
    in_order,
    sorted_out,
    switched_off,
)
from s4mcl.designs.design import Best, MethodDesign
from s4mcl.designs.leave_one_out import OFF, ON
from s4mcl_trainables.methods import Method
from s4mcl_trainables.methods.component import Component
from s4mcl_trainables.problems import Problems


class AddOneIn(MethodDesign):
    """How much each component brings where none of the others is.

    A component comes with its parts and with what it cannot do without, which a note tells: self-supervision, say, with
    the unlabelled branch. The reference, called `bare`, is the base with all components off.

    Attributes:
        components: which ones, by name; None: all that are no part of another and that the base has.
    """

    kind: ClassVar[str] = "add_one_in"

    components: Components | None = None

    def check_method(self, where: str, method: Method, problems: Problems) -> None:
        """Note unknown components, or a method without any."""
        check_components(f"{where}.components", self.components or (), method, problems)
        if not method.components:
            problems.add(f"{where}.method: {method.name} names no components that could be added")

    def most_arms(self) -> int:
        """The bare base and one arm a component."""
        return 1 + len(self._names())

    def block(self, fraction: float, best: Best) -> Arrangement:
        """The bare base, then that with each component."""
        base = self.base(fraction, best)
        present, notes = sorted_out(in_order(self.found, self._names()), base)
        arms = [self.arm("bare", fraction, switched_off(present, base), {component.name: OFF for component in present})]
        for component in present:
            kept = come_with(component.name, self.found.components)
            values = switched_off([other for other in present if other.name not in kept], base)
            if why := component.idle(values):
                notes.append(f"{component.name}: left out, since alone it does nothing: {why}")
                continue
            notes += _company(component, kept, present)
            arms.append(self.arm(f"with {component.name}", fraction, values, _levels(present, kept)))
        return Arrangement.without_twins(arms, notes)

    def _names(self) -> list[str]:
        known = [component.name for component in self.found.components if not component.part_of]
        return list(self.components or known)


def _levels(present: list[Component], kept: set[str]) -> dict[str, Any]:
    return {component.name: ON if component.name in kept else OFF for component in present}


def _company(component: Component, kept: set[str], present: list[Component]) -> list[str]:
    """A note on what else is on."""
    others = [other.name for other in present if other.name in kept - {component.name}]
    return [f"with {component.name}: comes with {', '.join(others)}"] if others else []
