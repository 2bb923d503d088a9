"""What a sampler is shown of a group: proposals and their outcomes, written as Optuna's trials."""

from bisect import insort
from collections.abc import Container, Mapping, Sequence
from typing import Any

from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from s4mcl.search.pareto import front_numbers
from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.space.space import Space
from s4mcl.search.told import Told

Rank = tuple[float, float, int]


class History:
    """The trials of a group that a sampler may see, in the order in which they became visible.

    Numbers of Optuna's trials: 0 is the one being asked, then come those of other studies (`warm`), then the group's.
    """

    def __init__(
        self,
        space: Space,
        defaults: Mapping[str, Any],
        told: Told,
        warm: Sequence[tuple[Mapping[str, Any], Outcome]],
        *,
        best: int,
        last: int,
    ) -> None:
        """Show nothing but `warm`; `best` and `last` bound what is shown at once (`shown`).

        What is not searched counts as the defaults in `warm`, whatever the other study held fixed.
        """
        self._space, self._told = space, told
        self._best, self._last = best, last
        self._fixed = {name: value for name, value in defaults.items() if name not in space.names}
        self._offset = 1 + len(warm)
        self._ranked: list[tuple[Rank, FrozenTrial]] = []
        self._visible: list[FrozenTrial] = []
        self.warm: list[FrozenTrial] = []
        for number, (hyperparameters, outcome) in enumerate(warm):
            trial = self._trial({**hyperparameters, **self._fixed}, outcome, 1 + number)
            if trial is not None:
                self.warm.append(trial)
                self._add(trial)

    def add(self, proposal: Proposal, outcome: Outcome) -> FrozenTrial | None:
        """Make an ended proposal visible; its trial, or None when its values lie outside of the space."""
        trial = self._trial(proposal.hyperparameters, outcome, self._offset + proposal.number)
        if trial is not None:
            self._add(trial)
        return trial

    def shown(self, pending: Sequence[Proposal]) -> list[FrozenTrial]:
        """The best completed trials, the last of all, and the pending ones as running: bounds the time of an ask."""
        running = (self._trial(proposal.hyperparameters, None, self._offset + proposal.number) for proposal in pending)
        return [*self._window(), *(trial for trial in running if trial is not None)]

    def _window(self) -> list[FrozenTrial]:
        if len(self._visible) <= self._best + self._last:
            return self._visible
        kept = {trial.number: trial for trial in self._visible[len(self._visible) - self._last :]}
        kept |= {trial.number: trial for _, trial in self._top()}
        return [kept[number] for number in sorted(kept)]

    def _top(self) -> list[tuple[Rank, FrozenTrial]]:
        """The best of those ranked, in no particular order: by violations, then by front or score."""
        if not self._told.several:
            return self._ranked[: self._best]
        points = [(trial.values[0], trial.values[1]) for _, trial in self._ranked]
        fronts = front_numbers(points)
        order = sorted(range(len(points)), key=lambda at: (self._ranked[at][0][0], fronts[at], self._ranked[at][0][2]))
        return [self._ranked[at] for at in order[: self._best]]

    def _add(self, trial: FrozenTrial) -> None:
        insort(self._visible, trial, key=lambda one: one.number)
        if trial.state == TrialState.COMPLETE:
            violated = sum(max(0.0, value) for value in trial.constraints.values())
            insort(self._ranked, ((violated, -trial.values[0], trial.number), trial), key=lambda pair: pair[0])
            if len(self._ranked) > 2 * self._best:  # so that fronts are found among few; at the same adds in a replay
                self._ranked = sorted(self._top(), key=lambda pair: pair[0])

    def _trial(self, hyperparameters: Mapping[str, Any], outcome: Outcome | None, number: int) -> FrozenTrial | None:
        if any(hyperparameters.get(name) != value for name, value in self._fixed.items()):
            return None
        encoded = self._space.encode(hyperparameters)
        if encoded is None:
            return None
        params, distributions = encoded
        state: dict[str, Any] = {"state": TrialState.RUNNING} if outcome is None else self._told.fields(outcome)
        trial = create_trial(params=params, distributions=distributions, **state)
        trial.number = number
        return trial


class HistoryStorage(InMemoryStorage):
    """An in-memory storage that shows given finished trials before its own.

    Adding a thousand trials to a study costs more than asking it; these are shown as they are, uncopied.
    """

    def __init__(self, shown: Sequence[FrozenTrial]) -> None:
        super().__init__()
        self._shown = list(shown)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """The shown trials and those asked since."""
        shown = [trial for trial in self._shown if states is None or trial.state in states]
        return [*shown, *super().get_all_trials(study_id, deepcopy, states)]
