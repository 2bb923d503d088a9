"""An arrangement: the arms of a design, and what of it was left out."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
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
        kept: dict[Hashable, Arm] = {}
        told = list(notes)
        for arm in arms:
            twin = kept.setdefault(configuration(arm), arm)
            if twin is not arm:
                told.append(f"{arm.name}: left out, since it is the same configuration as {twin.name}")
        return cls(tuple(kept.values()), tuple(told))

    def at(self, fraction: float) -> "Arrangement":
        """The same with the label fraction in every name and note."""
        arms = tuple(replace(arm, name=f"{arm.name} at {fraction:g}") for arm in self.arms)
        return Arrangement(arms, tuple(f"at {fraction:g}: {note}" for note in self.notes))


def configuration(arm: Arm) -> Hashable:
    """What two arms share that are one configuration of one method at one label fraction."""
    return arm.method, arm.label_fraction, _frozen(arm.hyperparameters)


def _frozen(value: Any) -> Hashable:
    """A plain value as one that can be looked up; equal ones stay equal."""
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(_frozen(each) for each in value)
    plain: Hashable = value
    return plain


def whole(method: str, *given: Mapping[str, Any]) -> dict[str, Any]:
    """All hyperparameters of a method in their one form, later values over earlier ones.

    Raises:
        InputError: the method refuses a value.
    """
    return resolved_hyperparameters(method, {name: value for values in given for name, value in values.items()})
