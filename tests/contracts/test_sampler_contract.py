"""What every sampler promises: proposals that depend on seed, group, number and earlier outcomes alone."""

import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from s4mcl.search import Outcome, Proposal, Proposer, sampler_named, sampler_names
from s4mcl.search.space import Space, read_space
from s4mcl_trainables.problems import InputError, Problems

KINDS = {
    "rate": "float", "x": "float", "y": "float", "depth": "int", "layout": "str", "parts": "subset", "extra": "float"
}  # fmt: skip
SPECS: dict[str, Any] = {
    "rate": {"kind": "float", "low": 1e-5, "high": 1e-1, "log": True},
    "x": {"kind": "float", "low": 0, "high": 1},
    "y": {"kind": "float", "low": 0, "high": 1},
    "depth": {"kind": "integer", "low": 1, "high": 9, "step": 2},
    "layout": {"kind": "categorical", "choices": ["heads", "joint"]},
    "parts": {"kind": "subset", "of": ["a", "b", "c"], "always": ["a"]},
    "extra": {"kind": "float", "low": 1, "high": 2, "when": {"parts": "c"}},
}
DEFAULTS = {"rate": 1e-3, "x": 0.5, "y": 0.5, "depth": 3, "layout": "heads", "parts": ["a", "b"], "extra": 0.0}
TOTALS = dict.fromkeys(sampler_names(), 48) | {"gp": 14}
STEERED = [name for name in sampler_names() if sampler_named(name).needs_outcomes]
History = list[tuple[Proposal, Outcome | None]]


@pytest.fixture(params=sampler_names())
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


def space(*names: str) -> Space:
    problems = Problems("the space")
    read = read_space("space.m", {name: SPECS[name] for name in names or SPECS}, KINDS, problems)
    assert read is not None, problems.found
    return read


def proposer(name: str, searched: Space | None = None, **changed: Any) -> Proposer:
    settled = {"study_seed": 0, "group": "search/m/0.2", "total": TOTALS[name], "concurrency": 3}
    return Proposer(searched or space(), DEFAULTS, sampler=name, **{**settled, **changed})


def merit(values: dict[str, Any]) -> float:
    return float(1 - (values["x"] - 0.7) ** 2 - (values["y"] - 0.2) ** 2 - abs(math.log10(values["rate"]) + 3) / 20)


def outcome(proposal: Proposal) -> Outcome:
    """A made-up result that depends on the proposal alone; some are pruned, some fail, some are NaN."""
    score = merit(proposal.hyperparameters)
    rest: dict[str, Any] = {"objectives": (score, proposal.hyperparameters["x"]), "violations": (0.9 - score,)}
    if proposal.number % 11 == 7:
        return Outcome("failed", None)
    if proposal.number % 11 == 9:
        return Outcome("completed", math.nan, **rest)
    if proposal.number % 5 == 4:
        return Outcome("pruned", score, intermediate={10: score / 2, 20: score}, iterations=20, **rest)
    return Outcome("completed", score, iterations=100, **rest)


def play(one: Proposer, choose: random.Random | None = None) -> list[Proposal]:
    """Ask whenever possible; end the first pending one, or any."""
    while not one.finished:
        if one.ready() and (choose is None or not one.pending or choose.random() < 0.7):
            one.ask()
        else:
            chosen = one.pending[0] if choose is None else choose.choice(one.pending)
            one.tell(chosen.number, outcome(chosen))
    return one.asked


def texts(proposals: list[Proposal]) -> list[str]:
    return [json.dumps(proposal.hyperparameters, sort_keys=True) for proposal in proposals]


def test_any_order_of_finishing_gives_the_same_proposals(name: str) -> None:
    whole = play(proposer(name))
    for seed in range(1 if name == "gp" else 4):
        assert play(proposer(name), random.Random(seed)) == whole


def test_restored_at_every_prefix_it_proposes_the_same_next(name: str) -> None:
    whole = play(proposer(name))
    chance = random.Random(0)
    for length in range(1, len(whole)):
        rows: History = [(proposal, outcome(proposal)) for proposal in whole[:length]]
        late = [length - 1, length - 2][: min(length, chance.randrange(3))]  # not told yet, and not needed
        for number in late:
            rows[number] = (rows[number][0], None)
        stored = json.loads(json.dumps([proposal.hyperparameters for proposal, _ in rows]))
        kept = [(Proposal(row[0].number, found), row[1]) for row, found in zip(rows, stored, strict=True)]
        chance.shuffle(kept)
        restored = proposer(name)
        restored.restore(kept)
        assert restored.pending == [whole[number] for number in sorted(late)]
        assert restored.ask() == whole[length], f"after {length} proposals"


def test_another_process_proposes_the_same(name: str) -> None:
    """Also where strings hash differently, and whatever the threads and the global random generators were."""
    random.seed(1)
    np.random.seed(1)
    here = texts(play(proposer(name)))
    code = f"import test_sampler_contract as t, json; print(json.dumps(t.texts(t.play(t.proposer({name!r})))))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": str(Path(__file__).parent),
        "OMP_NUM_THREADS": "2",
    }
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == here


@pytest.mark.parametrize("deterministic", [True, False])
def test_no_point_is_proposed_twice(name: str, deterministic: bool) -> None:
    """Neither the first ones, nor those asked while others are under way."""
    one = proposer(name, concurrency=8, deterministic=deterministic, total=20 if name == "gp" else 60)
    found = texts(play(one, random.Random(3)))
    assert len(set(found)) == len(found)


def test_groups_and_seeds_begin_differently(name: str) -> None:
    begun = set()
    for changed in ({}, {"study_seed": 1}, {"group": "search/m/0.5"}):
        one = proposer(name, concurrency=4, **changed)
        begun |= set(texts([one.ask() for _ in range(4)][1:]))
    assert len(begun) == 9


def test_values_are_plain_inside_and_conditions_hold(name: str) -> None:
    proposals = play(proposer(name))
    assert proposals[0].hyperparameters == DEFAULTS
    active = set()
    for proposal in proposals[1:]:
        values = proposal.hyperparameters
        assert json.loads(json.dumps(values)) == values
        assert space().encode(values) is not None
        assert values["depth"] in (1, 3, 5, 7, 9)
        assert values["parts"][0] == "a"
        active.add("c" in values["parts"])
        assert (1 <= values["extra"] <= 2) if "c" in values["parts"] else values["extra"] == 0.0
    assert active == {True, False}


def test_a_space_without_numbers_is_searched_to_its_end(name: str) -> None:
    """2 layouts times 4 subsets: 8 points, each once; then they come again."""
    one = proposer(name, space("layout", "parts"), total=10, concurrency=2)
    found = texts(play(one))
    assert len(set(found[:8])) == 8
    assert set(found[8:]) <= set(found[:8])


def test_a_single_number_can_be_searched(name: str) -> None:
    found = play(proposer(name, space("rate"), total=13))
    assert len({proposal.hyperparameters["rate"] for proposal in found}) == 13
    assert all(1e-5 <= proposal.hyperparameters["rate"] <= 1e-1 for proposal in found)


def test_whole_numbers_are_all_reached(name: str) -> None:
    found = play(proposer(name, space("depth", "layout"), total=10))
    assert {proposal.hyperparameters["depth"] for proposal in found} == {1, 3, 5, 7, 9}


def test_it_goes_on_when_everything_fails(name: str) -> None:
    one = proposer(name, total=12)
    while not one.finished:
        while one.ready():
            one.ask()
        one.tell(one.pending[0].number, Outcome("failed", None))
    assert len(set(texts(one.asked))) == 12
    assert one.best() is None
    assert one.pareto() == []


def test_two_objectives_or_a_refusal(name: str) -> None:
    if not sampler_named(name).several_objectives:
        with pytest.raises(InputError, match=rf"search.sampler={name} knows one objective, found 2[^$]*tpe"):
            proposer(name, objectives=2)
        return
    whole = play(proposer(name, objectives=2))
    assert play(proposer(name, objectives=2), random.Random(1)) == whole
    one = proposer(name, objectives=2)
    play(one)
    values = [found.objectives for found in (outcome(proposal) for proposal in one.pareto()) if found.objectives]
    assert values == sorted(values, key=lambda pair: -pair[0])
    assert [pair[1] for pair in values] == sorted(pair[1] for pair in values)


def test_constraints_are_taken_and_the_best_meets_them(name: str) -> None:
    one = proposer(name, constraints=1)
    whole = play(one)
    best = one.best()
    assert best is not None
    assert one.best_is_feasible
    assert merit(best.hyperparameters) >= 0.9
    assert play(proposer(name, constraints=1), random.Random(1)) == whole


@pytest.mark.parametrize("name", STEERED)
def test_other_studies_steer_it_and_are_never_counted(name: str) -> None:
    chance = random.Random(0)
    drawn = [{**DEFAULTS, "x": chance.random(), "y": chance.random()} for _ in range(40)]
    warm = [(values, Outcome("completed", merit(values), violations=(-1.0,))) for values in drawn]
    total = 6 if name == "gp" else 20
    cold = play(proposer(name, total=total))
    one = proposer(name, total=total, warm=warm)
    warmed = play(one, random.Random(1))
    assert len(warmed) == total
    assert warmed[0] == cold[0]
    assert warmed[1:] != cold[1:]
    assert one.best() in warmed
    restored = proposer(name, total=total, warm=warm)
    restored.restore([(proposal, outcome(proposal)) for proposal in warmed[: total // 2]])
    assert play(restored) == warmed


@pytest.mark.parametrize("name", STEERED)
def test_outcomes_steer_it_to_better_points_than_chance(name: str) -> None:
    """The mean distance from the best (x, y) of the later half, over seeds, against random's."""
    total, seeds = (24, range(1)) if name == "gp" else (100, range(3))
    late = {}
    for sampler in (name, "random"):
        found = []
        for seed in seeds:
            one = proposer(sampler, space("x", "y", "rate"), total=total, concurrency=2, study_seed=seed)
            while not one.finished:
                while one.ready():
                    one.ask()
                first = one.pending[0]
                one.tell(first.number, Outcome("completed", merit(first.hyperparameters)))
            found += [1 - merit(proposal.hyperparameters) for proposal in one.asked[total // 2 :]]
        late[sampler] = sum(found) / len(found)
    assert late[name] < 0.8 * late["random"]
