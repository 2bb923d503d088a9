"""What a study gives each method: hyperparameters that are fixed, and the space of those that are searched."""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from s4mcl.config.study_config import StudyConfig
from s4mcl.method_spaces import EVERY, given_to, specifications
from s4mcl.search.space.reader import read_space
from s4mcl.search.space.space import Space
from s4mcl_trainables.methods import Method, method_named, method_names
from s4mcl_trainables.methods.generic import NAMES as GENERIC
from s4mcl_trainables.methods.registry import own_names
from s4mcl_trainables.problems import InputError, Problems

_TYPES: dict[str, tuple[str, tuple[type, ...]]] = {
    "float": ("a number", (int, float)),
    "int": ("a whole number", (int,)),
    "bool": ("true or false", (bool,)),
    "str": ("text", (str,)),
    "subset": ("a list of names", (list,)),
}


def fixed_hyperparameters(config: StudyConfig, method: str) -> dict[str, Any]:
    """The method's defaults with the user's values put in: proposal 0 of its search."""
    found = method_named(method)
    return {**found.defaults, **given_to(config.hyperparameters, method, found.describe())}


def search_space(config: StudyConfig, method: str) -> Space:
    """What is searched for a method: its space without what the user fixed; empty when it has none.

    Raises:
        InputError: the space does not fit the method.
    """
    problems = Problems("the search space cannot be used")
    kinds = method_named(method).describe()
    space = read_space(f"space.{method}", specifications(config.space, method, kinds), kinds, problems)
    problems.raise_if_any("mend the specifications")
    assert space is not None
    return space.without(given_to(config.hyperparameters, method, kinds))


def check_methods(plain: Mapping[str, Any], problems: Problems) -> None:
    """Note what does not fit the methods in `methods`, `hyperparameters` and `space` of plain configuration values.

    Values that are of the wrong form altogether are left to the model. Numbers of float hyperparameters become floats,
    so that 1 and 1.0 are the same trial.
    """
    for place, name in enumerate(_listed(plain.get("methods"))):
        if isinstance(name, str):
            known_method(f"methods[{place}]", name, problems)
    given = _mapped(plain.get("hyperparameters"))
    for method, values in given.items():
        if method != EVERY and known_method(f"hyperparameters.{method}", method, problems) and isinstance(values, dict):
            check_values(f"hyperparameters.{method}", values, method_named(method), problems)
    compared = _compared(plain)
    _check_values_of_every(_mapped(given.get(EVERY)), compared, problems)
    _check_spaces(_mapped(plain.get("space")), compared, problems)


def _check_values_of_every(values: dict[str, Any], compared: set[str], problems: Problems) -> None:
    where, known, found = f"hyperparameters.{EVERY}", set(GENERIC), Problems("")
    for method in sorted(filter(_loads, compared)) if values else ():
        kinds = method_named(method).describe()
        own = {name: value for name, value in values.items() if name in kinds}
        check_values(where, own, method_named(method), found)
        values |= own
        known |= kinds.keys()
    problems.extend(dict.fromkeys(found.found))  # once, however many methods have it
    _refuse_unknown(where, values, known, "compared", problems)


def _check_spaces(spaces: Mapping[str, Any], compared: set[str], problems: Problems) -> None:
    known = set(GENERIC)
    for method, own in spaces.items():
        if method == EVERY or not _is_name(f"space.{method}", method, problems):
            continue
        if isinstance(own, dict) and method in compared and _loads(method):
            kinds = method_named(method).describe()
            known |= kinds.keys()
            space = read_space(f"space.{method}", specifications(spaces, method, kinds), kinds, problems)
            for parameter in space.parameters if space else ():
                for value in parameter.extremes:
                    _try(f"space.{method}.{parameter.name}", method_named(method), {parameter.name: value}, problems)
    _refuse_unknown(f"space.{EVERY}", _mapped(spaces.get(EVERY)), known, "searched", problems)


def _refuse_unknown(where: str, names: Iterable[Any], known: Collection[str], which: str, problems: Problems) -> None:
    for name in names:
        if name not in known:
            hint = _hint(name, sorted(known))
            problems.add(f"{where}.{name}: no method that is {which} has such a hyperparameter; {hint}")


def _hint(name: Any, known: Collection[str]) -> str:
    near = get_close_matches(str(name), known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def add_own_spaces(plain: Mapping[str, Any], replaced: Collection[str]) -> None:
    """Put in the spaces that methods from elsewhere bring, below what the configuration says of them.

    Args:
        plain: plain values of a configuration.
        replaced: dotted keys that were given whole; space.METHOD among them is left as it is.
    """
    spaces = _mapped(plain.get("space"))
    for name in sorted(_compared(plain) - set(own_names())):
        given = spaces.get(name) or {}
        if f"space.{name}" not in replaced and isinstance(given, dict) and _loads(name):
            brought = {key: dict(spec) for key, spec in method_named(name).space.items()}
            if brought:
                spaces[name] = {**brought, **given}


def _compared(plain: Mapping[str, Any]) -> set[str]:
    """The methods that a study trains. Spaces of others are left alone: looking at them may cost importing torch."""
    designs = [_mapped(design) for design in _mapped(_mapped(plain.get("ablate")).get("designs")).values()]
    named = [name for design in designs for name in (design.get("method"), *_listed(design.get("methods")))]
    return {name for name in (*_listed(plain.get("methods")), *named) if isinstance(name, str)}


def check_values(where: str, values: dict[str, Any], method: Method, problems: Problems) -> None:
    """Note hyperparameters that the method does not have or take; `where` is what messages call the place.

    Numbers of float hyperparameters become floats, in place.
    """
    kinds = method.describe()
    for name, value in values.items():
        if name not in kinds:
            problems.add(f"{where}.{name}: the method has no such hyperparameter; {_hint(name, kinds)}")
            continue
        words, types = _TYPES[kinds[name]]
        names_only = kinds[name] != "subset" or all(isinstance(item, str) for item in _listed(value))
        if type(value) not in types or not names_only:
            problems.add(f"{where}.{name}: expected {words}, found {value!r}")
        else:
            values[name] = float(value) if kinds[name] == "float" else value
            _try(f"{where}.{name}", method, {name: value}, problems)


def _try(where: str, method: Method, values: Mapping[str, Any], problems: Problems) -> None:
    """Let the method itself look at values of the right kind."""
    try:
        method.resolve(values)
    except InputError as error:
        problems.add(f"{where}: {' '.join(str(error).split())}")


def _loads(name: str) -> bool:
    """Whether there is such a method, and it can be imported; `known_method` tells why not."""
    return known_method("", name, Problems(""))


def known_method(where: str, name: Any, problems: Problems) -> bool:
    """Whether there is a method of this name, and can be imported where another distribution brings it; else noted."""
    if not _is_name(where, name, problems):
        return False
    if name not in own_names():
        try:
            method_named(name)
        except InputError as error:
            problems.add(f"{where}: {' '.join(str(error).split())}")
            return False
    return True


def _is_name(where: str, name: Any, problems: Problems) -> bool:
    if name in method_names():
        return True
    near = get_close_matches(str(name), method_names(), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(method_names())}"
    problems.add(f"{where}: unknown method {name!r}; {hint}")
    return False


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapped(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}
