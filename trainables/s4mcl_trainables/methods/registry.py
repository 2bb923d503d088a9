"""The registered methods. A module is imported when its method is asked for.

More are found through the environment variable S4MCL_METHODS, a comma between two: `mine=my_package.my_method`. The
driver and every worker must be able to import such a module (PYTHONPATH); it offers what the ones here do: METHODS,
names to `Method` values, and start(method, assignment), which begins a trial; and, where its networks are to be used or
exported after training, build(problem, hyperparameters), which makes the learner.
"""

import importlib
import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from s4mcl_trainables.methods.method import Method
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Training

if TYPE_CHECKING:  # torch is imported where a method needs it
    from s4mcl_trainables.methods.learner import Learner, Problem

VARIABLE = "S4MCL_METHODS"
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


def method_names() -> list[str]:
    """All names, in the order of registration.

    Raises:
        InputError: the environment's S4MCL_METHODS cannot be read.
    """
    return list(_modules())


def method_named(name: str) -> Method:
    """The method of this name.

    Raises:
        InputError: there is none, the message gives the nearest name; or the module that S4MCL_METHODS names for it
            does not offer it.
    """
    known = _modules()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"unknown method {name!r}.\nCure: {hint}known are {', '.join(known)}")
    methods: dict[str, Method] = _imported(name, known[name]).METHODS
    return methods[name]


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


def _modules() -> dict[str, str]:
    """Each method's module."""
    return {**_MODULES, **_further(os.environ.get(VARIABLE, ""))}


@lru_cache(maxsize=4)
def _further(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, module = (part.strip() for part in entry.partition("="))
        if not (name.isidentifier() and module and all(part.isidentifier() for part in module.split("."))):
            raise InputError(f"{VARIABLE}: name=module was expected, {entry!r} was found.\nCure: mend the variable")
        if name in _MODULES or name in found:
            raise InputError(f"{VARIABLE}: there is a method {name} already.\nCure: give it another name")
        found[name] = module
    return found


def _imported(name: str, module: str) -> ModuleType:
    """The module of a method; one that the environment names is looked at first."""
    if name in _MODULES:
        return importlib.import_module(module)
    try:
        found = importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{VARIABLE}: module {module} of method {name} cannot be imported: {error}.\n"
            "Cure: put its folder on PYTHONPATH, for the workers too"
        ) from error
    if name not in getattr(found, "METHODS", {}) or not callable(getattr(found, "start", None)):
        raise InputError(
            f"{VARIABLE}: module {module} offers no method {name}.\n"
            f"Cure: give it METHODS with an entry {name!r}, and start(method, assignment)"
        )
    return found
