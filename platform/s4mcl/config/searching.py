"""Whether what `search` asks for fits together: its sampler, objective, constraints, starting points and budget."""

from collections.abc import Mapping
from typing import Any

from s4mcl.config.hyperparameters import check_values, known_method
from s4mcl.search.constraint import read_constraints
from s4mcl.search.sampler import sampler_named, sampler_names
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError, Problems


def check_search(plain: Mapping[str, Any], problems: Problems) -> None:
    """Note what does not fit in `search` of plain configuration values; wrong forms are left to the model.

    Numbers of float hyperparameters in `search.start` become floats, in place.
    """
    search = plain.get("search")
    if not isinstance(search, Mapping):
        return
    _check_sampler(search, problems)
    constraints = search.get("constraints")
    if isinstance(constraints, list) and all(isinstance(text, str) for text in constraints):
        read_constraints(constraints, problems)
    start = search.get("start")
    for method, points in start.items() if isinstance(start, dict) else ():
        if known_method(f"search.start.{method}", method, problems) and isinstance(points, list):
            for place, values in enumerate(points):
                if isinstance(values, dict):
                    check_values(f"search.start.{method}[{place}]", values, method_named(method), problems)
    _check_iterations(plain, search, problems)


def _check_sampler(search: Mapping[str, Any], problems: Problems) -> None:
    name = search.get("sampler")
    if search.get("objective") == "pareto" and name in sampler_names():
        try:
            sampler_named(str(name), objectives=2)
        except InputError as error:
            problems.add(str(error).replace(".\nCure: ", "; "))


def _check_iterations(plain: Mapping[str, Any], search: Mapping[str, Any], problems: Problems) -> None:
    """A group whose iterations do not suffice for one proposal would be searched by none."""
    budget, bound = plain.get("budget"), search.get("max_iterations")
    each = budget.get("iterations") if isinstance(budget, Mapping) else None
    fractions, seeds = search.get("label_fractions"), search.get("seeds", 1)
    count = len(seeds) if isinstance(seeds, list) else seeds
    known = all(isinstance(value, int | float) and value > 0 for value in (bound, each, count))
    if not known or not isinstance(fractions, list) or not search.get("trials"):
        return
    least = int(each * count * len(fractions))  # type: ignore[operator]  # numbers, as was just seen
    if bound < least:  # type: ignore[operator]
        problems.add(
            f"search.max_iterations: expected at least {least}, one proposal for each of the {len(fractions)} "
            f"search.label_fractions with all its seeds, found {bound}"
        )
