"""The registered methods. A module is imported when its method is asked for.

More come from other distributions, by an entry point of the group s4mcl.methods, or from a module on PYTHONPATH, by the
environment variable S4MCL_METHODS (`plugins`). Driver and workers must both have them. Such a module offers what the
ones here do: METHODS, names to `Method` values, and start(method, assignment), which begins a trial; and, where its
networks are to be used or exported after training, build(problem, hyperparameters), which makes the learner.
"""

import importlib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from s4mcl_trainables.methods.method import Method
from s4mcl_trainables.plugins import Kind, Plugin, plugins
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Training

if TYPE_CHECKING:  # torch is imported where a method needs it
    from s4mcl_trainables.methods.learner import Learner, Problem

KIND = Kind("method", "s4mcl.methods", "S4MCL_METHODS")
_HOME = "s4mcl_trainables.methods"
_MODULES = {
    "unet": f"{_HOME}.unet",
    "cnn": f"{_HOME}.cnn",
    "s2mcl": f"{_HOME}.s2mcl",
    "s2mcl_k1": f"{_HOME}.s2mcl",
    "s4mcl": f"{_HOME}.s4mcl",
    "s4mcl_calm": f"{_HOME}.s4mcl",
    "s4mcl_improved": f"{_HOME}.s4mcl",
    "mtl": f"{_HOME}.mtl",
    "ssl_seg": f"{_HOME}.ssl_seg",
    "ssl_cls": f"{_HOME}.ssl_cls",
    "mean_teacher": f"{_HOME}.mean_teacher",
    "cps": f"{_HOME}.cps",
    "fixmatch": f"{_HOME}.fixmatch",
    "ua_mt": f"{_HOME}.ua_mt",
    "multimix": f"{_HOME}.multimix",
    "stub": f"{_HOME}.stub",
}


def own_names() -> list[str]:
    """The methods of this package."""
    return list(_MODULES)


def method_names() -> list[str]:
    """All names, in the order of registration.

    Raises:
        InputError: the environment's S4MCL_METHODS cannot be read.
    """
    return [*_MODULES, *_further()]


def method_named(name: str) -> Method:
    """The method of this name.

    Raises:
        InputError: there is none, the message gives the nearest name; or what registers it does not offer it.
    """
    if name in _MODULES:
        own: Method = importlib.import_module(_MODULES[name]).METHODS[name]
        return own
    known = _further()
    if name in known:
        return _offered(known[name])
    near = get_close_matches(name, names := [*_MODULES, *known], n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise InputError(f"unknown method {name!r}.\nCure: {hint}known are {', '.join(names)}")


def plugin_of(name: str) -> Plugin | None:
    """How a method is registered; None for one of this package, and for a name that is not known."""
    return None if name in _MODULES else _further().get(name)


def origin_of(name: str) -> str:
    """Who registers a method: "distribution NAME VERSION" or S4MCL_METHODS; empty for one of this package."""
    plugin = plugin_of(name)
    return "" if plugin is None else plugin.origin


def build_learner(method: Method, problem: "Problem", hyperparameters: Mapping[str, Any]) -> "Learner":
    """The learner of a method, untrained.

    Raises:
        InputError: the hyperparameters are refused, or the method's module offers no `build`.
    """
    build = getattr(importlib.import_module(method.module), "build", None)
    if not callable(build):
        raise InputError(
            f"method {method.name} offers no networks to be used after training.\n"
            f"Cure: give its module {method.module} build(problem, hyperparameters), which makes the learner"
        )
    learner: Learner = build(problem, method.resolve(hyperparameters))
    learner.symmetric = method.parts(hyperparameters).symmetric
    return learner


def start_training(assignment: Assignment) -> Training:
    """Begin the trial of an assignment, or go on with it where an earlier attempt left a checkpoint.

    Raises:
        InputError: the method, its hyperparameters, the dataset or the partition is refused.
    """
    method = method_named(assignment.trial.method)
    start: Callable[[Method, Assignment], Training] = importlib.import_module(method.module).start
    return start(method, assignment)


def _further() -> dict[str, Plugin]:
    return plugins(KIND, _MODULES)


def _offered(plugin: Plugin) -> Method:
    """The method that a plugin registers: in the METHODS of what it names, or that itself."""
    loaded, name = plugin.loaded(), plugin.name
    method = loaded if isinstance(loaded, Method) else getattr(loaded, "METHODS", {}).get(name)
    if not isinstance(method, Method) or method.name != name:
        cure = f"give it METHODS with an entry {name!r}, a Method of this name, and start(method, assignment)"
        raise plugin.lacking("offers no", cure)
    if not callable(getattr(importlib.import_module(method.module), "start", None)):
        raise plugin.lacking("has no start(method, assignment) for", f"give one to {method.module}")
    return method
