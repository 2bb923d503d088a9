"""What is told of a proposal: from a cohort to the sampler, and from the ledger back."""

from collections.abc import Sequence
from typing import Any

from s4mcl.ledger.proposals import Proposal as RecordedProposal
from s4mcl.search import Outcome
from s4mcl.search.constraint import Constraint
from s4mcl.stages.cohort import Cohort

OBJECTIVES = ("val_balanced_accuracy", "val_dice")


def objectives_of(cohort: Cohort) -> tuple[float, ...] | None:
    """(balanced accuracy, Dice), each the mean over the seeds; None where the method lacks a task."""
    found = [cohort.metric(name) for name in OBJECTIVES]
    known = tuple(value for value in found if value is not None)
    return known if len(known) == len(OBJECTIVES) else None


def violations_of(cohort: Cohort, constraints: Sequence[Constraint]) -> tuple[float, ...]:
    """How far the means over the seeds are from each constraint; at most 0 where it is met."""
    return tuple(each.violation({each.metric: cohort.metric(each.metric)}) for each in constraints)


def outcome_of(recorded: RecordedProposal) -> Outcome | None:
    """What the ledger holds of a proposal's end; None while it is running."""
    state: Any = recorded.state
    if state == "running":
        return None
    return Outcome(
        state,
        recorded.score,
        objectives=None if recorded.objectives is None else tuple(recorded.objectives),
        intermediate={int(rung): score for rung, score in (recorded.intermediate or {}).items()},
        violations=tuple(recorded.violations or ()),
        iterations=recorded.iterations or 0,
    )
