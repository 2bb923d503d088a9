"""What a sampler is shown of a long group, and what an ask costs then."""

import random
import time

from optuna.trial import FrozenTrial, TrialState, create_trial

from s4mcl.search import Proposer
from s4mcl.search.history import optuna_trial, window
from s4mcl.search.proposal import Outcome, Proposal
from s4mcl.search.space import Space, read_space
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


def trials(scores: list[float | None]) -> list[FrozenTrial]:
    made = []
    for number, score in enumerate(scores):
        trial = create_trial(state=TrialState.FAIL if score is None else TrialState.COMPLETE, value=score)
        trial.number = number
        made.append(trial)
    return made


def test_a_short_history_is_shown_whole() -> None:
    shown = trials([0.3, None, 0.1])
    assert window(shown, best=2, last=1) == shown


def test_a_long_history_is_cut_to_the_best_and_the_last_in_order() -> None:
    shown = window(trials([0.9, 0.1, None, 0.8, 0.2, 0.3, None]), best=2, last=2)
    assert [trial.number for trial in shown] == [0, 3, 5, 6]
    assert len(window(trials([float(score) for score in range(3000)]))) <= 1000


def test_outcomes_become_optunas_states() -> None:
    proposal = Proposal(4, DEFAULTS)
    told = {
        name: optuna_trial(space(), proposal, outcome)
        for name, outcome in {
            "completed": Outcome("completed", 0.5),
            "without score": Outcome("completed", float("nan")),
            "pruned": Outcome("pruned", 0.4),
            "failed": Outcome("failed", None),
        }.items()
    }
    states = {name: trial.state for name, trial in told.items() if trial is not None}
    assert states == {
        "completed": TrialState.COMPLETE,
        "without score": TrialState.FAIL,
        "pruned": TrialState.PRUNED,
        "failed": TrialState.FAIL,
    }
    completed = told["completed"]
    assert completed is not None
    assert completed.value == 0.5
    assert completed.params["parts.b"] is True
    assert completed.params["parts.c"] is False
    assert optuna_trial(space(), Proposal(0, {**DEFAULTS, "x0": 2.0}), Outcome("completed", 1.0)) is None


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
