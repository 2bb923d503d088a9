"""A component: a named part of a method that an ablation can switch off."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Component:
    """How a part of a method is switched off, as a change of its hyperparameters.

    Attributes:
        name: unique within the method: "self_supervision", "transform.hflip".
        removes: what is gone when it is off, for a reader.
        off: from all hyperparameters to those that change, with their new values.
        idle: from all hyperparameters to why the component adds nothing to any loss or input; None when it does.
        needs: components without which it adds nothing.
        part_of: a component that is made of this one and others, which it needs, too; "" if there is none.
    """

    name: str
    removes: str
    off: Callable[[Values], Values]
    idle: Callable[[Values], str | None]
    needs: tuple[str, ...] = ()
    part_of: str = ""

    def switched_off(self, values: Values) -> dict[str, Any]:
        """All hyperparameters with this component off; as they are where it is idle already."""
        return dict(values) if self.idle(values) else {**values, **self.off(values)}


def setting(name: str, removes: str, off: Values, **more: Any) -> Component:
    """A component that is off when certain hyperparameters have certain values; `more` are further fields."""

    def idle(values: Values) -> str | None:
        held = all(values[key] == value for key, value in off.items())
        return f"{' and '.join(f'{key} is {value}' for key, value in off.items())} already" if held else None

    return Component(name, removes, lambda values: off, idle, **more)
