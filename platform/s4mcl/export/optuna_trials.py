"""Proposals as finished trials of Optuna's."""

from optuna.trial import FrozenTrial, TrialState

from s4mcl.export.optuna_group import OptunaGroup
from s4mcl.export.optuna_space import encoded, widened
from s4mcl.ledger import Proposal
from s4mcl.search.space import Space

STATES = {
    "completed": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "running": TrialState.RUNNING,
}


def optuna_trials(group: OptunaGroup, space: Space) -> list[FrozenTrial]:
    """The proposals of a group by number, with parameters, values, intermediate values and constraints.

    A pruned one has its last intermediate value as its value, as `Study.tell` gives it. User attributes: all its
    `hyperparameters`, the `iterations` spent on it, and the `keys` of its trials.
    """
    shown = widened(space, group.proposals)
    return [_trial(group, shown, proposal) for proposal in group.proposals]


def _trial(group: OptunaGroup, space: Space, proposal: Proposal) -> FrozenTrial:
    params, distributions = encoded(space, proposal)
    begun, ended = group.times[proposal.number]
    state, values = _told(proposal, group.objectives)
    return FrozenTrial(
        number=proposal.number,
        trial_id=-1,
        state=state,
        value=None,
        values=values,
        datetime_start=begun,
        datetime_complete=ended,
        params=params,
        distributions=distributions,
        user_attrs={
            "hyperparameters": proposal.hyperparameters,
            "iterations": proposal.iterations,
            "keys": list(group.keys.get(proposal.number, ())),
        },
        system_attrs={"constraints": list(proposal.violations)} if proposal.violations else {},
        intermediate_values=dict(proposal.intermediate),
    )


def _told(proposal: Proposal, objectives: int) -> tuple[TrialState, list[float] | None]:
    """State and values; a completed proposal that lacks a value is told as failed."""
    state = STATES[proposal.state]
    if state is TrialState.PRUNED and objectives == 1 and proposal.intermediate:
        return state, [proposal.intermediate[max(proposal.intermediate)]]
    if state is not TrialState.COMPLETE:
        return state, None
    values = list(proposal.objectives or ()) or ([] if proposal.score is None else [proposal.score])
    return (state, values) if len(values) == objectives else (TrialState.FAIL, None)
