"""Proposals depend on the seed and on earlier outcomes alone: not on who finishes first, not on restarts."""

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.search.space import Space, read_space
from s4mcl_trainables.problems import InputError, Problems

DEFAULTS = {"x": 0.5, "rate": 1e-3, "parts": ["a", "b"], "extra": 0.0, "layout": "heads"}
KINDS = {"x": "float", "rate": "float", "parts": "subset", "extra": "float", "layout": "str"}
TOTAL = 18


def space(**changed: Any) -> Space:
    specs = {
        "x": {"kind": "float", "low": 0, "high": 1},
        "rate": {"kind": "float", "low": 1e-5, "high": 1e-1, "log": True},
        "parts": {"kind": "subset", "of": ["a", "b", "c", "d"], "always": ["a"], "at_least": 2},
        "extra": {"kind": "float", "low": 0, "high": 1, "when": {"parts": "c"}},
        **changed,
    }
    problems = Problems("the space")
    read = read_space("space.m", specs, KINDS, problems)
    assert read is not None, problems.found
    return read


def proposer(**changed: Any) -> Proposer:
    settled: dict[str, Any] = {
        "sampler": "tpe",
        "study_seed": 0,
        "group": "search/m/0.2",
        "total": TOTAL,
        "concurrency": 3,
    }
    return Proposer(space(), DEFAULTS, **{**settled, **changed})


def outcome(proposal: Proposal) -> Outcome:
    """A made-up result that depends on the proposal alone; some are pruned, some fail."""
    values = proposal.hyperparameters
    score = 1 - (values["x"] - 0.7) ** 2 - abs(math.log10(values["rate"]) + 3) / 10 + 0.1 * len(values["parts"])
    if proposal.number % 7 == 5:
        return Outcome("failed", None)
    return Outcome("pruned" if proposal.number % 5 == 4 else "completed", score)


def play(one: Proposer, choose: random.Random, steps: int | None = None) -> None:
    """Ask whenever possible and finish pending proposals in any order, for some steps or to the end."""
    while not one.finished and (steps is None or steps > 0):
        steps = None if steps is None else steps - 1
        if one.ready() and (not one.pending or choose.random() < 0.7):
            one.ask()
        elif one.pending:
            chosen = choose.choice(one.pending)
            one.tell(chosen.number, outcome(chosen))


def recorded(one: Proposer) -> list[tuple[Proposal, Outcome | None]]:
    """What a ledger would hold."""
    pending = {proposal.number for proposal in one.pending}
    return [
        (
            Proposal(proposal.number, json.loads(json.dumps(proposal.hyperparameters))),
            None if proposal.number in pending else outcome(proposal),
        )
        for proposal in one.asked
    ]


def test_the_first_proposal_is_the_defaults_even_outside_the_space() -> None:
    assert proposer().ask() == Proposal(0, DEFAULTS)
    narrow = space(x={"kind": "float", "low": 0.6, "high": 0.9})
    one = Proposer(narrow, DEFAULTS, sampler="tpe", study_seed=0, group="g", total=20, concurrency=1)
    for _ in range(20):
        asked = one.ask()
        one.tell(asked.number, Outcome("completed", -float(asked.number)))
    assert one.best() == Proposal(0, DEFAULTS)
    assert all(0.6 <= proposal.hyperparameters["x"] <= 0.9 for proposal in one.asked[1:])


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["tpe", "random"]), st.integers(1, 4))
def test_the_order_of_finishing_does_not_matter(choose: random.Random, sampler: str, concurrency: int) -> None:
    first, second = (proposer(sampler=sampler, concurrency=concurrency) for _ in range(2))
    play(first, random.Random(0))
    play(second, choose)
    assert first.asked == second.asked
    assert len(first.asked) == TOTAL
    assert first.best() == second.best()


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 2 * TOTAL), st.sampled_from(["tpe", "random"]))
def test_a_restored_proposer_goes_on_as_if_never_interrupted(choose: random.Random, steps: int, sampler: str) -> None:
    whole, cut, restored = (proposer(sampler=sampler) for _ in range(3))
    play(whole, random.Random(0))
    play(cut, choose, steps)
    rows = recorded(cut)
    choose.shuffle(rows)
    restored.restore(rows)
    assert restored.pending == cut.pending
    assert restored.asked == cut.asked
    play(restored, choose)
    assert restored.asked == whole.asked
    assert restored.best() == whole.best()


def test_later_outcomes_that_are_known_already_are_not_looked_at() -> None:
    """Proposal 4 at concurrency 3 may see 0 and 1; that 2 or 3 finished early, and how well, must not matter."""
    proposals = []
    for score in (0.0, 100.0):
        one = proposer(total=40)
        for _ in range(30):
            while one.ready():
                one.ask()
            first = one.pending[0]
            one.tell(first.number, Outcome("completed", first.hyperparameters["x"]))
        one.tell(one.pending[-1].number, Outcome("completed", score))
        proposals.append(one.ask() if one.ready() else None)
    assert proposals[0] is not None
    assert proposals[0] == proposals[1]


def test_it_waits_for_the_outcomes_it_needs_and_for_no_others() -> None:
    one = proposer(concurrency=2)
    one.ask()
    assert one.ready()
    one.ask()
    assert not one.ready()
    with pytest.raises(RuntimeError, match="proposal 2"):
        one.ask()
    one.tell(1, Outcome("completed", 1.0))
    assert not one.ready()  # 2 needs the outcome of 0
    one.tell(0, Outcome("failed", None))
    assert one.ready()


@pytest.mark.parametrize("free", [{"sampler": "random"}, {"deterministic": False}])
def test_without_that_need_only_the_number_under_way_counts(free: dict[str, Any]) -> None:
    one = proposer(concurrency=2, **free)
    one.ask()
    one.ask()
    assert not one.ready()
    one.tell(1, Outcome("completed", 1.0))
    assert one.ready()


def test_outcomes_steer_the_sampler_when_all_known_ones_are_shown() -> None:
    """With `deterministic` off, proposal k sees what finished, in whichever order."""
    asked = []
    for early in (True, False):
        one = proposer(total=30, concurrency=12, deterministic=False)
        for _ in range(12):
            one.ask()
        numbers = list(range(12)) if early else list(range(11))
        for number in numbers:
            one.tell(number, Outcome("completed", float(number)))
        asked.append(one.ask())
    assert asked[0] != asked[1]


def test_seeds_and_groups_give_different_proposals() -> None:
    seen = []
    for changed in ({}, {"study_seed": 1}, {"group": "search/m/0.5"}):
        one = proposer(sampler="random", **changed)
        play(one, random.Random(0))
        seen.append([proposal.hyperparameters for proposal in one.asked[1:]])
    assert seen[0] != seen[1]
    assert seen[0] != seen[2]
    assert len({values["x"] for values in seen[0]}) == TOTAL - 1  # no point is proposed again


def test_tpe_finds_better_points_than_chance() -> None:
    means = {}
    for sampler in ("tpe", "random"):
        late = []
        for seed in range(4):
            one = proposer(sampler=sampler, study_seed=seed, total=40, concurrency=1)
            while not one.finished:
                asked = one.ask()
                one.tell(asked.number, Outcome("completed", -((asked.hyperparameters["x"] - 0.7) ** 2)))
            late += [-((proposal.hyperparameters["x"] - 0.7) ** 2) for proposal in one.asked[20:]]
        means[sampler] = sum(late) / len(late)
    assert means["tpe"] > means["random"] / 2


def test_finished_and_exhausted() -> None:
    one = proposer(total=1)
    assert not one.exhausted
    one.ask()
    assert one.exhausted
    assert not one.ready()
    assert not one.finished
    one.tell(0, Outcome("completed", 1.0))
    assert one.finished
    assert proposer(total=0).finished


def test_best_is_the_earliest_of_the_highest_completed_ones() -> None:
    one = proposer(total=6, concurrency=6)
    assert one.best() is None
    for _ in range(6):
        one.ask()
    one.tell(0, Outcome("completed", 0.5))
    one.tell(1, Outcome("pruned", 0.9))
    one.tell(2, Outcome("failed", None))
    one.tell(3, Outcome("completed", float("nan")))
    assert one.best() == one.asked[0]
    one.tell(5, Outcome("completed", 0.8))
    one.tell(4, Outcome("completed", 0.8))
    assert one.best() == one.asked[4]


def test_what_is_told_wrongly_is_refused() -> None:
    one = proposer()
    with pytest.raises(ValueError, match="proposal 0 was never asked"):
        one.tell(0, Outcome("completed", 1.0))
    one.ask()
    with pytest.raises(ValueError, match="expected one of completed, pruned, failed"):
        one.tell(0, Outcome("done", 1.0))  # type: ignore[arg-type]  # the point of the test
    one.tell(0, Outcome("completed", 1.0))
    one.tell(0, Outcome("completed", 1.0))
    with pytest.raises(ValueError, match="was told as"):
        one.tell(0, Outcome("completed", 2.0))
    with pytest.raises(ValueError, match="before anything is asked"):
        one.restore([])
    with pytest.raises(ValueError, match="numbered 0 to 0"):
        proposer().restore([(Proposal(1, DEFAULTS), None)])
    with pytest.raises(ValueError, match="at least 1"):
        proposer(concurrency=0)
    with pytest.raises(InputError, match="unknown sampler"):
        proposer(sampler="tep")


def test_an_asker_cannot_change_the_defaults() -> None:
    one = proposer(concurrency=9)
    one.ask().hyperparameters["parts"].append("z")
    assert DEFAULTS["parts"] == ["a", "b"]
    assert one.ask().hyperparameters["parts"][-1] != "z"


def test_proposals_are_the_same_on_every_machine() -> None:
    """Frozen values: a change here changes what every study with this seed tries."""
    one = proposer(sampler="random")
    one.ask()
    values = one.ask().hyperparameters
    assert values == {**DEFAULTS, "x": 0.880102354359047, "rate": 1.4756284601586771e-05}
