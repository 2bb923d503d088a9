"""Samplers by name."""

from difflib import get_close_matches

import optuna

from s4mcl.search.samplers.cma_es import CmaEsSampler
from s4mcl.search.samplers.gp import GaussianProcessSampler
from s4mcl.search.samplers.nsga2 import Nsga2Sampler
from s4mcl.search.samplers.qmc import QmcSampler
from s4mcl.search.samplers.random import RandomSampler
from s4mcl.search.samplers.sampler import Sampler
from s4mcl.search.samplers.tpe import TpeSampler
from s4mcl_trainables.problems import InputError

optuna.logging.set_verbosity(optuna.logging.ERROR)

_KINDS: tuple[type[Sampler], ...] = (
    TpeSampler,
    RandomSampler,
    QmcSampler,
    CmaEsSampler,
    GaussianProcessSampler,
    Nsga2Sampler,
)
_SAMPLERS = {kind.name: kind for kind in _KINDS}


def sampler_names() -> list[str]:
    """All names, the default first."""
    return list(_SAMPLERS)


def sampler_named(name: str, *, objectives: int = 1) -> type[Sampler]:
    """The sampler of this name, for a search of so many objectives.

    Raises:
        InputError: there is none; the message gives the nearest name. Or it knows one objective only.
    """
    if name not in _SAMPLERS:
        near = get_close_matches(name, _SAMPLERS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"unknown sampler {name!r}.\nCure: {hint}known are {', '.join(_SAMPLERS)}")
    found = _SAMPLERS[name]
    if objectives > 1 and not found.several_objectives:
        able = ", ".join(kind.name for kind in _KINDS if kind.several_objectives)
        raise InputError(
            f"search.sampler={name} knows one objective, found {objectives} (search.objective=pareto).\n"
            f"Cure: set search.objective=score, or search.sampler to one of {able}"
        )
    return found
