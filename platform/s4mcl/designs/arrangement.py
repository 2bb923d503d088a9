"""An arrangement: the arms of a design, and what of it was left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from s4mcl.designs.arm import Arm
from s4mcl.stages.keying import resolved_hyperparameters


@dataclass(frozen=True)
class Arrangement:
    """Arms in the order in which they are trained, the reference first; notes say what was left out, and why."""

    arms: tuple[Arm, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def without_twins(cls, arms: Iterable[Arm], notes: Sequence[str]) -> "Arrangement":
        """The arms, without those that are the same configuration as an earlier one; a note tells of each."""
        kept: list[Arm] = []
        told = list(notes)
        for arm in arms:
            twin = next((other for other in kept if same(other, arm)), None)
            if twin is None:
                kept.append(arm)
            else:
                told.append(f"{arm.name}: left out, since it is the same configuration as {twin.name}")
        return cls(tuple(kept), tuple(told))

    def at(self, fraction: float) -> "Arrangement":
        """The same with the label fraction in every name and note."""
        arms = tuple(replace(arm, name=f"{arm.name} at {fraction:g}") for arm in self.arms)
        return Arrangement(arms, tuple(f"at {fraction:g}: {note}" for note in self.notes))


def same(one: Arm, other: Arm) -> bool:
    """Whether two arms are one configuration of one method at one label fraction."""
    if (one.method, one.label_fraction) != (other.method, other.label_fraction):
        return False
    return one.hyperparameters == other.hyperparameters


def whole(method: str, *given: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of a method in their one form, later values over earlier ones.

    Raises:
        InputError: the method refuses a value.
    """
    return resolved_hyperparameters(method, {name: value for values in given for name, value in values.items()})
