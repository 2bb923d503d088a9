"""What a sampler is shown of a group: finished proposals, written as Optuna's trials."""

from collections.abc import Container, Sequence

from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.space.space import Space

BEST = 500
LAST = 500


def optuna_trial(space: Space, proposal: Proposal, outcome: Outcome) -> FrozenTrial | None:
    """The proposal as a finished trial of Optuna's, or None when its values lie outside of the space.

    A completed proposal without a finite score is told as failed. A pruned one keeps its last score as an
    intermediate value, by which TPE ranks pruned ones behind all completed ones.
    """
    encoded = space.encode(proposal.hyperparameters)
    if encoded is None:
        return None
    params, distributions = encoded
    score = outcome.scored
    state, value = TrialState.FAIL, None
    intermediate: dict[int, float] = {}
    if outcome.state == "completed" and score is not None:
        state, value = TrialState.COMPLETE, score
    elif outcome.state == "pruned":
        state, intermediate = TrialState.PRUNED, {} if score is None else {0: score}
    trial = create_trial(
        state=state, value=value, params=params, distributions=distributions, intermediate_values=intermediate
    )
    trial.number = proposal.number + 1  # 0 is the one being asked
    return trial


def window(trials: Sequence[FrozenTrial], best: int = BEST, last: int = LAST) -> list[FrozenTrial]:
    """The best completed trials and the last of all, in the order of their numbers: bounds the time of an ask."""
    if len(trials) <= best + last:
        return list(trials)
    recent = list(trials[-last:])
    scored = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    ranked = sorted(scored, key=lambda trial: (-(trial.value or 0.0), trial.number))
    kept = {trial.number for trial in [*ranked[:best], *recent]}
    return [trial for trial in trials if trial.number in kept]


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
