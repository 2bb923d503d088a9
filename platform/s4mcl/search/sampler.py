"""Samplers by name: what turns outcomes into the next suggestion."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

import optuna
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from s4mcl_trainables.problems import InputError

optuna.logging.set_verbosity(optuna.logging.ERROR)


@dataclass(frozen=True)
class Sampler:
    """A way to sample.

    Attributes:
        build: makes Optuna's sampler from a seed below 2**32. It is made afresh for every proposal, so it must keep
            nothing between proposals.
        needs_outcomes: whether outcomes change what it suggests; one that ignores them never waits for them.
    """

    build: Callable[[int], BaseSampler]
    needs_outcomes: bool


_SAMPLERS = {
    "tpe": Sampler(lambda seed: TPESampler(seed=seed), needs_outcomes=True),
    "random": Sampler(lambda seed: RandomSampler(seed=seed), needs_outcomes=False),
}


def sampler_names() -> list[str]:
    """All names, in the order of registration."""
    return list(_SAMPLERS)


def sampler_named(name: str) -> Sampler:
    """The sampler of this name.

    Raises:
        InputError: there is none; the message gives the nearest name.
    """
    if name not in _SAMPLERS:
        near = get_close_matches(name, _SAMPLERS, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"unknown sampler {name!r}.\nCure: {hint}known are {', '.join(_SAMPLERS)}")
    return _SAMPLERS[name]
