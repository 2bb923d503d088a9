"""Reads a method's search space from the plain values that YAML gives, and refuses what does not fit the method."""

from collections.abc import Mapping
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Any

from s4mcl.search.space.categorical_parameter import CategoricalParameter
from s4mcl.search.space.condition import Condition
from s4mcl.search.space.fields import Fields
from s4mcl.search.space.float_parameter import FloatParameter
from s4mcl.search.space.integer_parameter import IntegerParameter
from s4mcl.search.space.parameter import Parameter
from s4mcl.search.space.space import Space
from s4mcl.search.space.subset_parameter import SubsetParameter
from s4mcl_trainables.problems import Problems


def read_space(where: str, specs: Any, kinds: Mapping[str, str], problems: Problems) -> Space | None:
    """The space of one method, or None when a problem was found; all problems of the space are noted.

    Args:
        where: how messages call the place, such as `space.s4mcl`.
        specs: hyperparameter to specification, as YAML gives it. Each has `kind` and the fields of its kind: float
            (low, high, log), integer (low, high, log, step), categorical (choices), subset (of, always, at_least);
            and optionally `when: {hyperparameter: value or [values]}`.
        kinds: the method's hyperparameters and their kinds (`Method.describe`).
        problems: where problems go.
    """
    before = len(problems.found)
    if not isinstance(specs, Mapping):
        problems.add(f"{where}: expected hyperparameters with their ranges, found {specs!r}")
        return None
    parameters: dict[str, Parameter | None] = {}
    for name, spec in specs.items():
        parameters[name] = _parameter(f"{where}.{name}", str(name), spec, kinds, problems)
    order = _ordered(where, parameters, problems)
    if len(problems.found) > before:
        return None
    return Space(tuple(found for name in order if (found := parameters[name]) is not None))


def _parameter(where: str, name: str, spec: Any, kinds: Mapping[str, str], problems: Problems) -> Parameter | None:
    if name not in kinds:
        near = get_close_matches(name, kinds, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(kinds) or 'none'}"
        problems.add(f"{where}: the method has no such hyperparameter; {hint}")
        return None
    if not isinstance(spec, Mapping):
        problems.add(f"{where}: expected a mapping with kind and range, found {spec!r}")
        return None
    fields = Fields(where, spec, problems)
    kind = spec.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        near = get_close_matches(str(kind), _KINDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        fields.refuse(f"expected one of {', '.join(_KINDS)}, found {kind!r}{hint}", "kind")
        return None
    fields.refuse_others(["kind", "when", *_KINDS[kind].known])
    if kinds[name] not in _KINDS[kind].suits:
        fields.refuse(f"the hyperparameter is of kind {kinds[name]}, which {kind} does not fit", "kind")
        return None
    return _KINDS[kind].read(name, kinds[name], _condition(spec.get("when"), fields), fields)


def _condition(when: Any, fields: Fields) -> Condition | None:
    if when is None:
        return None
    if not isinstance(when, Mapping) or not when:
        fields.refuse(f"expected a mapping of hyperparameter to value or values, found {when!r}", "when")
        return None
    wanted = [(str(name), tuple(value) if isinstance(value, list) else (value,)) for name, value in when.items()]
    return Condition(tuple(wanted))


def _ordered(where: str, parameters: Mapping[str, Parameter | None], problems: Problems) -> list[str]:
    """Names with every parameter after those that its condition looks at; otherwise in the order given."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, parameter in parameters.items():
        sorter.add(name)
        if parameter is None or parameter.when is None:
            continue
        for other, values in parameter.when.wanted:
            if other not in parameters:
                near = get_close_matches(other, parameters, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                problems.add(f"{where}.{name}.when: {other!r} is not searched{hint}")
                continue
            sorter.add(name, other)
            looked_at = parameters[other]
            never = [value for value in values if looked_at is not None and not looked_at.admits(value)]
            if never:
                problems.add(f"{where}.{name}.when.{other}: {never[0]!r} is never proposed for it")
    try:
        return list(sorter.static_order())
    except CycleError as cycle:
        problems.add(f"{where}: conditions go round in a circle: {' -> '.join(cycle.args[1])}")
        return []


_KINDS: dict[str, type[Parameter]] = {
    kind.kind: kind for kind in (FloatParameter, IntegerParameter, CategoricalParameter, SubsetParameter)
}
