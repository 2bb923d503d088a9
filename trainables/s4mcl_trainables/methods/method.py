"""A method: a named way to train, with its hyperparameters. The platform knows methods by this alone."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from s4mcl_trainables.label_fraction import TASKS
from s4mcl_trainables.methods.component import Component
from s4mcl_trainables.methods.generic import ALL_OFF, COMPONENTS, Generic
from s4mcl_trainables.problems import InputError

CLASSIFICATION, SEGMENTATION = TASKS


@dataclass(frozen=True)
class Method:
    """A named way to train.

    Attributes:
        name: how configurations, ledger and report call it.
        tasks: classification, segmentation or both.
        hyperparameters: a frozen dataclass value; its fields are what the method can be given of its own, its values
            the defaults, which are the first proposal of every search.
        module: where the method's numbers are made; the root of its code revision.
        uses_unlabelled: whether unlabelled images change its numbers.
        label: how figures call it.
        components: its parts that an ablation can switch off, in the order in which they are switched off: a part that
            others need comes before them. Those of the generic parts are added at the end.
        generic: the defaults of the parts that any method can be given (`methods.generic`), which are further
            hyperparameters; None: it takes none of them, as where its training is not `training.run.Run`.
        space: what is searched of its hyperparameters unless a study says otherwise, each as in
            search_spaces/space/default.yaml, where the methods of this package have theirs.
    """

    name: str
    tasks: frozenset[str]
    hyperparameters: Any
    module: str
    uses_unlabelled: bool
    label: str
    components: tuple[Component, ...] = ()
    generic: Generic | None = ALL_OFF
    space: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Add the components of the generic parts.

        Raises:
            ValueError: a hyperparameter has the name of a generic one.
        """
        own = tuple(component for component in self.components if component not in COMPONENTS)
        if self.generic is not None:
            if twice := _names(self.hyperparameters) & _names(self.generic):
                raise ValueError(f"method {self.name}: {', '.join(sorted(twice))} would be hyperparameters twice")
            own += COMPONENTS
        object.__setattr__(self, "components", own)

    @property
    def defaults(self) -> dict[str, Any]:
        """Hyperparameters and their defaults, the generic ones last, plain values."""
        return _plain(self._values)

    def describe(self) -> dict[str, str]:
        """The kind of each hyperparameter: float, int, bool, str or subset."""
        return dict(self._kinds)

    def component(self, name: str) -> Component:
        """The component of this name.

        Raises:
            InputError: the method has none; the message gives the nearest name.
        """
        known = {component.name: component for component in self.components}
        if name not in known:
            near = get_close_matches(name, known, n=1)
            has = f"it has {', '.join(known)}" if known else "it has none"
            cure = f"did you mean {near[0]}?" if near else has
            raise InputError(f"method {self.name} has no component {name!r}.\nCure: {cure}")
        return known[name]

    def resolve(self, given: Mapping[str, Any]) -> Any:
        """The method's own hyperparameters with `given` values in place of defaults; `parts` gives the generic ones.

        Raises:
            InputError: an unknown name or a value of another type or range, of the generic ones too.
        """
        return self._resolved(given)[0]

    def parts(self, given: Mapping[str, Any]) -> Generic:
        """The generic parts with `given` values in place of defaults; all off where the method takes none.

        Raises:
            InputError: as `resolve`.
        """
        return self._resolved(given)[1] or ALL_OFF

    def all_of(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All hyperparameters, plain values in their one canonical form.

        Raises:
            InputError: as `resolve`.
        """
        own, generic = self._resolved(given)
        return _plain({**vars(own), **(vars(generic) if generic else {})})

    @cached_property
    def _kinds(self) -> dict[str, str]:
        kinds = {float: "float", int: "int", bool: "bool", str: "str", tuple: "subset", list: "subset"}
        return {name: kinds[type(value)] for name, value in self._values.items()}

    @cached_property
    def _values(self) -> dict[str, Any]:
        return {**asdict(self.hyperparameters), **(asdict(self.generic) if self.generic else {})}

    def _resolved(self, given: Mapping[str, Any]) -> tuple[Any, Generic | None]:
        values = self._fitting(given)
        generic = _names(self.generic) if self.generic else set()
        own = {name: value for name, value in values.items() if name not in generic}
        parts = {name: value for name, value in values.items() if name in generic}
        resolved = type(self.hyperparameters)(**{**asdict(self.hyperparameters), **own})
        return resolved, replace(self.generic, **parts) if self.generic else None

    def _fitting(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The values, each of the type of its hyperparameter."""
        kinds, wrong = self._kinds, []
        values: dict[str, Any] = {}
        for name, value in given.items():
            if name not in kinds:
                near = get_close_matches(name, kinds, n=1)
                hint = f", did you mean {near[0]}?" if near else ""
                wrong.append(f"{name} is not one of {', '.join(kinds)}{hint}")
            elif not _fits(value, kinds[name]):
                wrong.append(f"{name}: expected {kinds[name]}, found {value!r}")
            else:
                values[name] = (
                    tuple(value) if kinds[name] == "subset" else float(value) if kinds[name] == "float" else value
                )
        if wrong:
            raise InputError(
                f"hyperparameters of method {self.name}: {'; '.join(wrong)}.\nCure: mend or leave them out"
            )
        return values


def check_values(owner: str, rules: Mapping[str, tuple[bool, str]]) -> None:
    """Refuse hyperparameters by rules: name to (whether it holds, what was found and what was expected).

    Raises:
        InputError: naming every rule that does not hold.
    """
    broken = [f"{name}: {text}" for name, (holds, text) in rules.items() if not holds]
    if broken:
        raise InputError(f"{owner}: {'; '.join(broken)}.\nCure: give values that fit")


def one_of(value: str, known: tuple[str, ...]) -> tuple[bool, str]:
    """A rule for `check_values`: the value is one of those known; else the nearest is named."""
    near = get_close_matches(value, known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return value in known, f"expected one of {', '.join(known)}, found {value!r}{hint}"


def not_negative(value: float) -> tuple[bool, str]:
    """A rule for `check_values`: the value is finite and 0 or more."""
    return 0 <= value < math.inf, f"expected 0 or more, found {value!r}"


def in_range(value: float, low: float, high: float) -> tuple[bool, str]:
    """A rule for `check_values`: the value lies in [low, high]."""
    return low <= value <= high, f"expected {low:g} to {high:g}, found {value!r}"


def _fits(value: Any, kind: str) -> bool:
    if kind == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "subset":
        return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
    return isinstance(value, bool if kind == "bool" else str)


def _names(hyperparameters: Any) -> set[str]:
    return {item.name for item in fields(hyperparameters)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
