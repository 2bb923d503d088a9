from collections.abc import Callable
from typing import Any

from s4mcl_dashboards.frames.budget import budget_frame, unequal_budgets
from s4mcl_dashboards.frames.outcomes import counts_frame, detail_text, failures_frame

Make = Callable[..., Any]


def test_the_budget_of_each_method(trials: Make, proposals: Make) -> None:
    budget = budget_frame(
        trials(
            {"stage": "search", "method": "s4mcl", "iterations": 50, "seconds": 1.0},
            {"stage": "search", "method": "s4mcl", "iterations": None, "seconds": None, "state": "failed"},
            {"stage": "confirm", "method": "s4mcl", "reused": True},
            {"stage": "confirm", "method": "unet"},
        ),
        proposals({}, {}),
        ["unet", "cnn"],
    )
    assert budget["method"].to_list() == ["unet", "cnn", "s4mcl"]
    row = budget.filter(budget["method"] == "s4mcl").row(0, named=True)
    assert (row["proposals"], row["search_trials"], row["search_iterations"], row["search_seconds"]) == (2, 2, 50, 1.0)
    assert (row["confirm_trials"], row["confirm_iterations"], row["reused"]) == (1, 100, 1)


def test_unequal_proposals_and_iterations_are_found(trials: Make, proposals: Make) -> None:
    equal = trials({"stage": "search", "method": "unet"}, {"stage": "search", "method": "s4mcl", "iterations": 105})
    asked = proposals({"method": "unet"}, {"method": "s4mcl"})
    assert unequal_budgets(budget_frame(equal, asked, [])) == []
    unequal = trials({"stage": "search", "method": "unet"}, {"stage": "search", "method": "s4mcl", "iterations": 200})
    assert unequal_budgets(budget_frame(unequal, proposals({}), ["unet"])) == ["proposals", "search_iterations"]
    assert unequal_budgets(budget_frame(trials(), proposals(), [])) == []


def test_a_trial_counts_in_exactly_one_state(trials: Make) -> None:
    frame = trials(
        {"state": "completed"},
        {"state": "completed", "reused": True},
        {"state": "failed", "reused": True},
        {"state": "planned"},
    )
    row = counts_frame(frame).row(0, named=True)
    assert row == {
        "stage": "confirm",
        "trials": 4,
        "completed": 1,
        "reused": 1,
        "pruned": 0,
        "failed": 1,
        "running": 0,
        "planned": 1,
    }


def test_failures_and_their_detail(trials: Make) -> None:
    frame = failures_frame(
        trials({}, {"state": "failed", "outcome": "nan", "detail": '{"iteration": 7, "term": "loss/a"}'})
    )
    assert frame["outcome"].to_list() == ["nan"]
    assert detail_text(frame["detail"][0]) == "iteration: 7; term: loss/a"
    assert detail_text("no json") == "no json"
    assert detail_text(None) == ""
