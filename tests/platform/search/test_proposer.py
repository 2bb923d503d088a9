"""Proposals depend on the seed and on earlier outcomes alone: not on who finishes first, not on restarts."""

import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s4mcl.search import Outcome, Proposal, Proposer
from s4mcl.search.proposal import State
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


def test_the_best_is_feasible_where_any_is() -> None:
    one = proposer(total=5, concurrency=5, constraints=2)
    for _ in range(5):
        one.ask()
    one.tell(0, Outcome("completed", 0.9, violations=(0.3, -1.0)))
    one.tell(1, Outcome("completed", 0.8, violations=(0.1, 0.1)))
    one.tell(2, Outcome("completed", 0.7, violations=(0.2, 0.0)))
    assert one.best() == one.asked[1]  # 0.2 like the third, and scores higher
    assert not one.best_is_feasible
    one.tell(3, Outcome("completed", 0.1, violations=(0.0, -0.5)))
    one.tell(4, Outcome("completed", 0.2, violations=(float("nan"), -0.5)))
    assert one.best() == one.asked[3]
    assert one.best_is_feasible
    assert not proposer().best_is_feasible


def test_the_pareto_set_and_the_best_by_the_score() -> None:
    one = proposer(total=6, concurrency=6, objectives=2, constraints=1)
    values = [(0.5, 0.5), (0.9, 0.2), (0.9, 0.1), (0.3, 0.8), (1.0, 1.0), (0.99, 0.99)]
    for number, pair in enumerate(values):
        one.ask()
        violations = (0.1 if number == 4 else 0.0,)
        state: State = "pruned" if number == 5 else "completed"
        one.tell(number, Outcome(state, sum(pair) / 2, objectives=pair, violations=violations))
    assert [proposal.number for proposal in one.pareto()] == [1, 0, 3]
    assert one.best() == one.asked[1]


def test_without_a_feasible_one_the_pareto_set_is_of_all() -> None:
    one = proposer(total=2, concurrency=2, objectives=2, constraints=1)
    for number, pair in enumerate([(0.5, 0.5), (0.9, 0.9)]):
        one.ask()
        one.tell(number, Outcome("completed", 0.5, objectives=pair, violations=(1.0,)))
    assert one.pareto() == [one.asked[1]]


def test_with_one_objective_the_pareto_set_is_the_best() -> None:
    one = proposer()
    assert one.pareto() == []
    one.ask()
    one.tell(0, Outcome("completed", 0.5))
    assert one.pareto() == [one.best()]


def test_starting_points_follow_the_defaults_in_order_and_count() -> None:
    start = [{"x": 0.1}, {"x": 0.5}, {"rate": 0.05, "parts": ["a", "c"], "extra": 0.3}, {"x": 7.0}, {"x": 0.1}]
    one = proposer(total=8, concurrency=1, start=start)
    asked = []
    while not one.finished:
        asked.append(one.ask().hyperparameters)
        one.tell(len(asked) - 1, Outcome("completed", 0.5))
    assert len(asked) == 8
    assert asked[:4] == [
        DEFAULTS,
        {**DEFAULTS, "x": 0.1},
        {**DEFAULTS, "rate": 0.05, "parts": ["a", "c"], "extra": 0.3},
        {**DEFAULTS, "x": 7.0},  # outside of the space, tried all the same
    ]
    assert all(0 <= values["x"] <= 1 for values in asked[4:])


def test_starting_points_are_shown_to_the_sampler() -> None:
    """What the sampler draws after them depends on how well they did."""
    drawn = []
    for low in (0.0, 0.9):
        start = [{"x": low + place / 100} for place in range(10)]
        one = proposer(total=40, concurrency=1, start=start)
        while len(one.asked) < 12:
            asked = one.ask()
            one.tell(asked.number, Outcome("completed", -abs(asked.hyperparameters["x"] - low)))
        drawn.append(one.asked[11])
    assert drawn[0] != drawn[1]


def spend(one: Proposer, costs: list[int], choose: random.Random) -> list[int]:
    """Play to the end, each proposal spending its entry; the numbers under way at every ask."""
    under_way = []
    while not one.finished:
        if one.ready() and (not one.pending or choose.random() < 0.6):
            under_way.append(len(one.pending))
            one.ask()
        else:
            number = choose.choice(one.pending).number
            one.tell(number, Outcome("completed", 0.5, iterations=costs[number]))
    return under_way


@settings(max_examples=40, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 130), min_size=30, max_size=30),
    st.integers(0, 1500),
    st.sampled_from([("tpe", True), ("tpe", False), ("random", True)]),
)
def test_an_iteration_budget_holds_and_does_not_depend_on_the_order(
    choose: random.Random, costs: list[int], most: int, how: tuple[str, bool]
) -> None:
    """A proposal costs at most 100; what is reported above that is work done twice."""
    settled = {"sampler": how[0], "deterministic": how[1], "total": 25, "max_iterations": most, "cost": 100}
    first, second = proposer(**settled), proposer(**settled)
    spend(first, costs, random.Random(0))
    spend(second, costs, choose)
    assert len(first.asked) == len(second.asked)
    real = [min(100, cost) for cost in costs]
    expected, spent = 0, 0
    while expected < 25 and spent + 100 <= most:
        spent += real[expected]
        expected += 1
    assert len(first.asked) == expected
    assert first.spent == spent <= most


def test_what_is_under_way_counts_in_full_until_it_ends() -> None:
    one = proposer(sampler="random", total=9, concurrency=9, max_iterations=300, cost=100)
    for _ in range(3):
        one.ask()
    assert not one.ready()
    assert not one.exhausted
    one.tell(1, Outcome("pruned", 0.1, iterations=20))
    assert not one.ready()  # 20 + 100 + 100, and 100 more would be 320
    one.tell(0, Outcome("pruned", 0.1, iterations=80))
    one.ask()
    one.tell(2, Outcome("completed", 0.1, iterations=100))
    one.tell(3, Outcome("completed", 0.1, iterations=100))
    assert one.exhausted
    assert one.finished
    assert one.spent == 300
    with pytest.raises(RuntimeError, match="proposal 4"):
        one.ask()
    assert proposer(max_iterations=99, cost=100).finished
    with pytest.raises(ValueError, match="cost: expected at least 1"):
        proposer(max_iterations=99)


def test_iterations_are_counted_again_after_a_restart() -> None:
    one = proposer(max_iterations=250, cost=100)
    one.restore([(Proposal(0, DEFAULTS), Outcome("completed", 0.5, iterations=100)), (Proposal(1, DEFAULTS), None)])
    assert one.spent == 100
    assert not one.ready()
    one.tell(1, Outcome("failed", None, iterations=60))
    assert one.exhausted


def test_outcomes_by_number() -> None:
    one = proposer()
    for _ in range(3):
        one.ask()
    one.tell(2, Outcome("failed", None))
    one.tell(0, Outcome("completed", 1.0, iterations=5))
    assert list(one.outcomes.items()) == [(0, Outcome("completed", 1.0, iterations=5)), (2, Outcome("failed", None))]


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
