"""A sampler: one way to turn outcomes into the next suggestion, at work for one group."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial

from s4mcl.search.space.space import Space


@dataclass(frozen=True)
class Beginning:
    """What a group's sampler starts from.

    Attributes:
        space: what is searched.
        defaults: the method's hyperparameters, those that the user fixed put in.
        seed: of the group, below 2**32; each proposal has one of its own beside it.
        objectives: how many values are searched for.
        warm: finished trials of other studies, which the sampler is shown before the group's own.
    """

    space: Space
    defaults: Mapping[str, Any]
    seed: int
    objectives: int
    warm: Sequence[FrozenTrial]


class Sampler(ABC):
    """Follows a group and makes, for each proposal, a sampler of Optuna's that answers that one ask.

    Nothing but what `follow` was given may be kept from one proposal to the next: a restarted study replays it. What
    Optuna's own samplers keep (random generators, generations, a pickled optimiser) would be lost or repeated.

    Attributes:
        name: in the configuration.
        needs_outcomes: whether outcomes change what it suggests; one that ignores them never waits for them.
        several_objectives: whether it can search for several values at once.
        best, last: how many of the best and of the last trials it is shown.
    """

    name: ClassVar[str]
    needs_outcomes: ClassVar[bool] = True
    several_objectives: ClassVar[bool] = True
    best: ClassVar[int] = 500
    last: ClassVar[int] = 500

    def __init__(self, beginning: Beginning) -> None:
        self.beginning = beginning

    def follow(self, number: int, news: Sequence[tuple[int, FrozenTrial]]) -> None:  # noqa: B027  # most keep nothing
        """Note that proposal `number` is made next, and which trials (by their proposals) became visible before it.

        Called for every number in order, also for proposals that are not drawn from the sampler.
        """

    @abstractmethod
    def build(self, number: int, seed: int) -> BaseSampler:
        """Optuna's sampler for proposal `number`, the last one followed."""

    def asking(self) -> AbstractContextManager[None]:
        """What must hold while it is asked."""
        return nullcontext()


def unconditional(beginning: Beginning) -> dict[str, BaseDistribution]:
    """Optuna's parameters that every proposal has, by name, in alphabetical order as Optuna sorts them.

    Optuna guesses them from the trials seen; a guess that shrinks later changes the dimension of a running optimiser.
    """
    space, defaults = beginning.space, beginning.defaults
    found: dict[str, BaseDistribution] = {}
    for parameter in space.parameters:
        when = parameter.when
        settled = when is None or (not set(when.names) & set(space.names) and when.holds(defaults))
        found |= parameter.distributions if settled else {}
    return dict(sorted(found.items()))
