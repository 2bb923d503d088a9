from collections.abc import Callable
from typing import Any

from s4mcl_dashboards.frames.budget import budget_frame, tuning_frame
from s4mcl_dashboards.frames.outcomes import counts_frame, detail_text, failures_frame

Make = Callable[..., Any]


def test_the_trials_of_each_method(trials: Make) -> None:
    budget = budget_frame(
        trials(
            {"stage": "search", "method": "s4mcl", "iterations": 50, "seconds": 1.0},
            {"stage": "search", "method": "s4mcl", "iterations": None, "seconds": None, "state": "failed"},
            {"stage": "confirm", "method": "s4mcl", "reused": True},
            {"stage": "confirm", "method": "unet"},
        ),
        ["unet", "cnn"],
    )
    assert budget["method"].to_list() == ["unet", "cnn", "s4mcl"]
    row = budget.filter(budget["method"] == "s4mcl").row(0, named=True)
    assert (row["search_trials"], row["search_iterations"], row["search_seconds"]) == (2, 50, 1.0)
    assert (row["confirm_trials"], row["confirm_iterations"], row["reused"]) == (1, 100, 1)


def test_the_tuning_budget_is_the_sum_over_the_proposals_of_the_search(proposals: Make) -> None:
    asked = proposals(
        {"iterations": 100},
        {"iterations": 40, "state": "pruned"},
        {"iterations": 7, "state": "failed"},
        {"iterations": 1000, "stage": "warm_start"},
        {"iterations": 1000, "stage": "ablate/sets"},
        {"method": "cnn"},
    )
    rows = {row["method"]: row for row in tuning_frame(asked, ["unet", "s4mcl"]).to_dicts()}
    tuned = rows["s4mcl"]
    assert (tuned["proposals"], tuned["completed"], tuned["pruned"], tuned["failed"]) == (3, 1, 1, 1)
    assert tuned["iterations"] == 147
    assert (rows["unet"]["proposals"], rows["unet"]["iterations"]) == (0, 0)
    assert (rows["cnn"]["proposals"], rows["cnn"]["iterations"]) == (1, None)  # an earlier version did not count them


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
