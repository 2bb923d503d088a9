"""The registered methods. A module is imported when its method is asked for."""

import importlib
from collections.abc import Callable
from difflib import get_close_matches

from s4mcl_trainables.methods.method import Method
from s4mcl_trainables.problems import InputError
from s4mcl_trainables.training.assignment import Assignment, Training

_HOME = "s4mcl_trainables.methods"
_MODULES = {
    "unet": f"{_HOME}.unet",
    "cnn": f"{_HOME}.cnn",
    "s2mcl": f"{_HOME}.s2mcl",
    "s2mcl_k1": f"{_HOME}.s2mcl",
    "s4mcl": f"{_HOME}.s4mcl",
    "s4mcl_calm": f"{_HOME}.s4mcl",
    "stub": f"{_HOME}.stub",
}


def method_names() -> list[str]:
    """All names, in the order of registration."""
    return list(_MODULES)


def method_named(name: str) -> Method:
    """The method of this name.

    Raises:
        InputError: there is none; the message gives the nearest name.
    """
    if name not in _MODULES:
        near = get_close_matches(name, _MODULES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"unknown method {name!r}.\nCure: {hint}known are {', '.join(_MODULES)}")
    methods: dict[str, Method] = importlib.import_module(_MODULES[name]).METHODS
    return methods[name]


def start_training(assignment: Assignment) -> Training:
    """Begin the trial of an assignment, or go on with it where an earlier attempt left a checkpoint.

    Raises:
        InputError: the method, its hyperparameters, the dataset or the partition is refused.
    """
    method = method_named(assignment.trial.method)
    start: Callable[[Method, Assignment], Training] = importlib.import_module(method.module).start
    return start(method, assignment)
