"""What is particular to each sampler; what all promise is in the contract suite."""

import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from scipy.stats.qmc import discrepancy

from s4mcl.search import Outcome, Proposal, Proposer, sampler_named, sampler_names
from s4mcl.search.samplers import gp
from s4mcl.search.samplers.nsga2 import POPULATION
from s4mcl.search.space import Space, read_space
from s4mcl_trainables.problems import InputError, Problems

KINDS = {"x": "float", "y": "float", "layout": "str", "z": "float"}
BOUNDS = {"kind": "float", "low": 0, "high": 1}
DEFAULTS = {"x": 0.25, "y": 0.75, "layout": "heads", "z": 0.5}


def space(**specs: Any) -> Space:
    read = read_space("space.m", specs or {"x": BOUNDS, "y": BOUNDS}, KINDS, Problems("the space"))
    assert read is not None
    return read


def proposer(sampler: str, searched: Space | None = None, **changed: Any) -> Proposer:
    settled = {"study_seed": 0, "group": "g", "total": 200, "concurrency": 1}
    return Proposer(searched or space(), DEFAULTS, sampler=sampler, **{**settled, **changed})


def points(one: Proposer, count: int, score: Any) -> np.ndarray:
    """Ask and tell so many; [count,2] of x and y."""
    for _ in range(count):
        asked = one.ask()
        found = score(asked.hyperparameters)
        one.tell(asked.number, found if isinstance(found, Outcome) else Outcome("completed", found))
    return np.array([[proposal.hyperparameters[name] for name in "xy"] for proposal in one.asked])


def test_names_begin_with_the_default() -> None:
    assert sampler_names() == ["tpe", "random", "qmc", "cmaes", "gp", "nsga2"]


def test_one_objective_only_is_told_with_the_cure() -> None:
    with pytest.raises(InputError) as caught:
        sampler_named("cmaes", objectives=2)
    assert str(caught.value) == (
        "search.sampler=cmaes knows one objective, found 2 (search.objective=pareto).\n"
        "Cure: set search.objective=score, or search.sampler to one of tpe, random, qmc, gp, nsga2"
    )


def test_the_driver_imports_neither_torch_nor_statistics() -> None:
    code = "import sys, s4mcl.search; print([name for name in ('torch', 'scipy.stats', 'ray') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("longer", [True, False])
def test_tpe_ranks_pruned_ones_by_how_far_they_came_then_by_score(longer: bool) -> None:
    """Whoever came further is better, whatever the score; of those that came as far, the higher score."""

    def score(values: dict[str, Any]) -> Outcome:
        iteration = round(100 * values["x"]) if longer else 100
        value = -values["x"] if longer else values["x"]
        return Outcome("pruned", value, intermediate={1: 0.0, iteration + 1: value})

    assert points(proposer("tpe"), 80, score)[-30:, 0].mean() > 0.85


def test_tpe_ranks_any_completed_one_before_all_pruned_ones() -> None:
    def score(values: dict[str, Any]) -> Outcome:
        if values["x"] < 0.3:
            return Outcome("completed", -1.0)
        return Outcome("pruned", 1.0, intermediate={999: 1.0})

    assert points(proposer("tpe"), 80, score)[-30:, 0].mean() < 0.35


@pytest.mark.parametrize("name", ["tpe", "nsga2"])
def test_constraints_hold_a_search_back(name: str) -> None:
    """The score rises with x, and x above a half is forbidden."""

    def score(values: dict[str, Any]) -> Outcome:
        return Outcome("completed", values["x"], violations=(values["x"] - 0.5,))

    free = points(proposer(name), 200, lambda values: values["x"])[-100:, 0]
    held = points(proposer(name, constraints=1), 200, score)[-100:, 0]
    assert (free > 0.55).mean() > 0.6  # NSGA-II draws half of these values afresh: one of two parameters
    assert (held <= 0.55).mean() > 0.6


def test_the_gaussian_process_takes_constraints() -> None:
    def score(values: dict[str, Any]) -> Outcome:
        return Outcome("completed", values["x"], violations=(values["x"] - 0.5,))

    found = points(proposer("gp", constraints=1), 18, score)[-4:, 0]
    assert 0.3 < found.mean() < 0.6


def test_pending_points_push_tpe_away() -> None:
    """Twenty asked at once lie further apart than twenty that failed one by one, from which nothing is learnt."""
    gaps: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(5):
        for pending, found in gaps.items():
            one = proposer("tpe", concurrency=20, deterministic=False, study_seed=seed)
            points(one, 40, lambda values: -abs(values["x"] - 0.5) - abs(values["y"] - 0.5))
            for _ in range(20):
                asked = one.ask()
                if not pending:
                    one.tell(asked.number, Outcome("failed", None))
            late = np.array([[proposal.hyperparameters[name] for name in "xy"] for proposal in one.asked[40:]])
            apart = np.abs(late[:, None] - late[None]).sum(-1)
            found.append(float(np.median(apart)))
    assert np.mean(gaps[True]) > 1.2 * np.mean(gaps[False])


def test_qmc_covers_the_square_more_evenly_than_chance() -> None:
    found = {name: discrepancy(points(proposer(name), 129, lambda _: 0.0)[1:]) for name in ("qmc", "random")}
    assert found["qmc"] < found["random"] / 5


def test_qmc_goes_on_with_its_sequence_where_it_stood() -> None:
    whole = points(proposer("qmc"), 20, lambda _: 0.0)
    restored = proposer("qmc")
    restored.restore([(Proposal(number, {**DEFAULTS, "x": 0.9}), Outcome("failed", None)) for number in range(19)])
    asked = restored.ask().hyperparameters
    assert [asked["x"], asked["y"]] == list(whole[19])


def test_cma_es_begins_at_the_defaults_and_closes_in() -> None:
    found = points(proposer("cmaes"), 150, lambda values: -((values["x"] - 0.4) ** 2) - (values["y"] - 0.6) ** 2)
    assert np.abs(found[1:7].mean(0) - [0.25, 0.75]).max() < 0.2
    assert np.abs(found[-20:] - [0.4, 0.6]).max() < 0.05


def test_cma_es_begins_in_the_middle_when_the_defaults_lie_outside() -> None:
    narrow = space(x={**BOUNDS, "low": 0.5}, y=BOUNDS)
    found = points(proposer("cmaes", narrow), 7, lambda _: 0.0)[1:]
    assert np.abs(found.mean(0) - [0.75, 0.5]).max() < 0.2


def test_cma_es_learns_from_pruned_ones_behind_all_completed_ones() -> None:
    """Those that ran longer are better; without them it would stay where it began."""

    def score(values: dict[str, Any]) -> Outcome:
        iterations = round(100 * values["x"])
        return Outcome("pruned", 0.5, intermediate={iterations: 0.5}, iterations=iterations)

    assert points(proposer("cmaes"), 120, score)[-20:, 0].mean() > 0.9


def test_cma_es_keeps_clear_of_what_breaks_constraints() -> None:
    def score(values: dict[str, Any]) -> Outcome:
        return Outcome("completed", values["x"], violations=(values["x"] - 0.5,))

    found = points(proposer("cmaes", constraints=1), 150, score)[-20:, 0]
    assert found.max() < 0.55
    assert found.mean() > 0.45


def test_cma_es_leaves_what_has_no_order_to_tpe() -> None:
    mixed = space(x=BOUNDS, layout={"kind": "categorical", "choices": ["heads", "joint"]})
    one = proposer("cmaes", mixed)
    points(one, 80, lambda values: values["x"] + (values["layout"] == "joint"))
    assert [proposal.hyperparameters["layout"] for proposal in one.asked[-30:]].count("joint") >= 25


def test_cma_es_begins_at_the_best_of_other_studies() -> None:
    chance = random.Random(0)
    drawn: list[dict[str, Any]] = [{**DEFAULTS, "x": chance.random(), "y": chance.random()} for _ in range(300)]
    merits = [-((values["x"] - 0.8) ** 2) - (values["y"] - 0.2) ** 2 for values in drawn]
    warm = [(values, Outcome("completed", merit)) for values, merit in zip(drawn, merits, strict=True)]
    found = points(proposer("cmaes", warm=warm), 7, lambda _: 0.0)[1:]
    assert np.abs(found.mean(0) - [0.8, 0.2]).max() < 0.15


def test_nsga2_mixes_the_best_of_a_generation() -> None:
    """Children take most values from parents; these are the better half of what was completed, failures left out."""

    def score(values: dict[str, Any]) -> Outcome:
        failed = values["x"] > 0.9
        return Outcome("failed", None) if failed else Outcome("completed", values["x"])

    one = proposer("nsga2")
    found = points(one, 5 * POPULATION, score)
    failed = sum(outcome.state == "failed" for outcome in list(one.outcomes.values())[:POPULATION])
    first = found[: POPULATION + failed]
    children = found[-POPULATION:, 0]
    assert len(set(children) & set(found[: -2 * POPULATION, 0])) > 0
    assert children.mean() > first[:, 0].mean() + 0.15


def test_nsga2_takes_other_studies_as_its_first_generation() -> None:
    drawn: list[dict[str, Any]] = [
        {**DEFAULTS, "x": place / 100, "y": place / 100} for place in range(1, 2 * POPULATION + 1)
    ]
    warm = [(values, Outcome("completed", values["x"])) for values in drawn]
    one = proposer("nsga2", warm=warm)
    found = points(one, 10, lambda _: 0.0)[1:]
    parents = {values["x"] for values in drawn[-POPULATION:]}
    assert sum(x in parents or y in parents for x, y in found) >= 6


def test_the_gaussian_process_is_asked_with_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    seen = []
    asked = gp._KnownGp.sample_relative

    def spying(self: Any, *given: Any) -> Any:
        seen.append(torch.get_num_threads())
        return asked(self, *given)

    monkeypatch.setattr(gp._KnownGp, "sample_relative", spying)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        points(proposer("gp"), 3, lambda values: values["x"])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1}
