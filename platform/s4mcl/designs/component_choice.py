"""Which components of a method a design is about."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from s4mcl.config import expected
from s4mcl.designs.design import Word
from s4mcl_trainables.methods import Method
from s4mcl_trainables.methods.component import Component
from s4mcl_trainables.problems import InputError, Problems

Components = Annotated[tuple[Word, ...], expected.several("[self_supervision, adversarial_term]")]


def check_components(where: str, names: Sequence[str], method: Method, problems: Problems) -> None:
    """Note components that the method does not have."""
    for place, name in enumerate(names):
        try:
            method.component(name)
        except InputError as error:
            problems.add(f"{where}[{place}]: {' '.join(str(error).split())}")


def in_order(method: Method, names: Sequence[str]) -> list[Component]:
    """The named components in the order in which they are switched off."""
    return [component for component in method.components if component.name in names]


def sorted_out(components: Sequence[Component], base: Mapping[str, Any]) -> tuple[list[Component], list[str]]:
    """The components that the base has, and a note on each that is off in it already."""
    idle = {component.name: component.idle(base) for component in components}
    notes = [f"{name}: left out, since in the base {why}" for name, why in idle.items() if why]
    return [component for component in components if not idle[component.name]], notes


def switched_off(components: Sequence[Component], base: Mapping[str, Any]) -> dict[str, Any]:
    """The base without these components, which stand in the order in which they are switched off."""
    values = dict(base)
    for component in components:
        values = component.switched_off(values)
    return values


def come_with(name: str, components: Sequence[Component]) -> set[str]:
    """The component, its parts, and all that it cannot do without."""
    known = {component.name: component for component in components}
    kept = {name} | {component.name for component in components if component.part_of == name}
    waiting = [name]
    while waiting:
        component = known[waiting.pop()]
        wanted = {*component.needs, component.part_of} - {""} - kept
        kept |= wanted
        waiting += sorted(wanted)
    return kept
