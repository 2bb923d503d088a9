"""What a sampler is shown of a long group, and what an ask costs then."""

import random
import time
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.search.constraint import UNMEASURED
from s4mcl.search.history import History
from s4mcl.search.space import Space, read_space
from s4mcl.search.told import Told
from s4mcl_trainables.problems import Problems


def space() -> Space:
    bounds = {"kind": "float", "low": 0.0, "high": 1.0}
    specs = {
        **{f"x{place}": bounds for place in range(4)},
        "parts": {"kind": "subset", "of": list("abcdefgh"), "always": ["a"]},
    }
    kinds = {**{f"x{place}": "float" for place in range(4)}, "parts": "subset"}
    read = read_space("space.m", specs, kinds, Problems("the space"))
    assert read is not None
    return read


DEFAULTS = {"x0": 0.5, "x1": 0.5, "x2": 0.5, "x3": 0.5, "parts": ["a", "b"]}


def history(scores: list[float | None], *, best: int, last: int) -> History:
    made = History(space(), DEFAULTS, Told(1, 0), (), best=best, last=last)
    for number, score in enumerate(scores):
        made.add(Proposal(number, DEFAULTS), Outcome("failed" if score is None else "completed", score))
    return made


def shown(made: History, pending: tuple[Proposal, ...] = ()) -> list[int]:
    """Their proposals; Optuna's number 0 is the one being asked."""
    return [trial.number - 1 for trial in made.shown(pending)]


def told(outcome: Outcome, *, objectives: int = 1, constraints: int = 0, **values: Any) -> FrozenTrial | None:
    made = History(space(), DEFAULTS, Told(objectives, constraints), (), best=9, last=9)
    return made.add(Proposal(4, {**DEFAULTS, **values}), outcome)


def state(outcome: Outcome, **settings: int) -> TrialState:
    trial = told(outcome, **settings)
    assert trial is not None
    return trial.state


def test_a_short_history_is_shown_whole() -> None:
    assert shown(history([0.3, None, 0.1], best=2, last=1)) == [0, 1, 2]


def test_a_long_history_is_cut_to_the_best_and_the_last_in_order() -> None:
    assert shown(history([0.9, 0.1, None, 0.8, 0.2, 0.3, None], best=2, last=2)) == [0, 3, 5, 6]
    assert shown(history([float(score % 7) for score in range(3000)], best=500, last=500))[-500:] == [
        *range(2500, 3000)
    ]


def test_the_best_of_several_objectives_are_the_first_fronts() -> None:
    made = History(space(), DEFAULTS, Told(2, 0), (), best=3, last=1)
    for number, values in enumerate([(0.5, 0.5), (0.9, 0.1), (0.1, 0.9), (0.4, 0.4), (0.45, 0.45), (0.0, 0.0)]):
        made.add(Proposal(number, DEFAULTS), Outcome("completed", sum(values), objectives=values))
    assert shown(made) == [0, 1, 2, 5]


def test_those_that_break_a_constraint_are_the_best_last() -> None:
    made = History(space(), DEFAULTS, Told(1, 1), (), best=2, last=1)
    for number, (score, violation) in enumerate([(0.9, 0.2), (0.8, 0.1), (0.1, -1.0), (0.2, 0.5), (0.3, 0.6)]):
        made.add(Proposal(number, DEFAULTS), Outcome("completed", score, violations=(violation,)))
    assert shown(made) == [1, 2, 4]


def test_pending_proposals_are_shown_as_running_behind_all_others() -> None:
    made = history([0.3], best=1, last=1)
    trials = made.shown((Proposal(1, DEFAULTS), Proposal(2, {**DEFAULTS, "x0": 7.0})))
    assert [(trial.number, trial.state) for trial in trials] == [(1, TrialState.COMPLETE), (2, TrialState.RUNNING)]
    assert trials[1].params == trials[0].params


def test_completed_needs_finite_values() -> None:
    completed = told(Outcome("completed", 0.5))
    assert completed is not None
    assert completed.state == TrialState.COMPLETE
    assert completed.value == 0.5
    assert completed.params["parts.b"] is True
    assert completed.params["parts.c"] is False
    assert state(Outcome("completed", float("nan"))) == TrialState.FAIL
    assert state(Outcome("completed", None)) == TrialState.FAIL
    assert state(Outcome("failed", None)) == TrialState.FAIL
    assert state(Outcome("failed", 0.9)) == TrialState.FAIL


def test_values_outside_of_the_space_are_not_shown() -> None:
    assert told(Outcome("completed", 1.0), x0=2.0) is None
    assert told(Outcome("completed", 1.0), fixed=2.0) is not None  # unknown to the defaults: nothing to compare with


def test_pruned_keeps_its_finite_scores_by_iteration() -> None:
    pruned = told(Outcome("pruned", 0.4, intermediate={100: 0.3, 200: float("nan"), 300: 0.4}))
    assert pruned is not None
    assert (pruned.state, pruned.value) == (TrialState.PRUNED, None)
    assert pruned.intermediate_values == {100: 0.3, 300: 0.4}
    bare = told(Outcome("pruned", 0.4, iterations=50))
    assert bare is not None
    assert bare.intermediate_values == {50: 0.4}


def test_several_objectives_are_told_whole_or_not_at_all() -> None:
    whole = told(Outcome("completed", 0.6, objectives=(0.5, 0.7)), objectives=2)
    assert whole is not None
    assert (whole.state, whole.values) == (TrialState.COMPLETE, [0.5, 0.7])
    for objectives in (None, (0.5,), (0.5, float("nan"))):
        assert state(Outcome("completed", 0.6, objectives=objectives), objectives=2) == TrialState.FAIL
    pruned = told(Outcome("pruned", 0.4, intermediate={100: 0.3}), objectives=2)
    assert pruned is not None
    assert (pruned.state, pruned.intermediate_values) == (TrialState.PRUNED, {})


def test_constraints_are_told_with_every_completed_one() -> None:
    trial = told(Outcome("completed", 0.6, violations=(-0.1, 0.2)), constraints=2)
    assert trial is not None
    assert trial.constraints == {"0": -0.1, "1": 0.2}
    assert state(Outcome("completed", 0.6), constraints=2) == TrialState.FAIL
    assert state(Outcome("completed", 0.6, violations=(0.0, UNMEASURED)), constraints=2) == TrialState.FAIL


def test_other_studies_come_first_without_what_they_held_fixed() -> None:
    warm = [
        ({**DEFAULTS, "x0": 0.1, "width": 99}, Outcome("completed", 0.5)),
        ({**DEFAULTS, "x0": 3.0, "width": 8}, Outcome("completed", 0.5)),  # outside
        ({"x0": 0.2, "width": 8}, Outcome("completed", 0.5)),  # incomplete
    ]
    made = History(space(), {**DEFAULTS, "width": 16}, Told(1, 0), warm, best=9, last=9)
    made.add(Proposal(0, {**DEFAULTS, "width": 16}), Outcome("completed", 0.1))
    assert [(trial.number, trial.params["x0"]) for trial in made.shown(())] == [(1, 0.1), (4, 0.5)]
    assert made.add(Proposal(1, {**DEFAULTS, "width": 32}), Outcome("completed", 0.1)) is None


def test_an_ask_after_a_thousand_outcomes_takes_under_100_ms() -> None:
    chance = random.Random(0)
    rows = [
        (
            Proposal(number, {**DEFAULTS, **{f"x{place}": chance.random() for place in range(4)}}),
            Outcome("completed", chance.random()),
        )
        for number in range(1000)
    ]
    proposer = Proposer(space(), DEFAULTS, sampler="tpe", study_seed=0, group="g", total=2000, concurrency=1)
    proposer.restore(rows)
    proposer.ask()
    took = []
    for number in range(1000, 1010):
        proposer.tell(number, Outcome("completed", 0.5))
        started = time.process_time()
        proposer.ask()
        took.append(time.process_time() - started)
    assert sorted(took)[-2] < 0.1
