from collections.abc import Callable
from typing import Any

from s4mcl_dashboards.frames.completed import completed_groups

Make = Callable[..., Any]


def test_completed_proposals_with_a_score_by_label_fraction(proposals: Make) -> None:
    groups = completed_groups(
        proposals(
            {"score": 0.5, "label_fraction": 0.5, "hyperparameters": {"a": 1}},
            {"score": 0.6, "hyperparameters": {"a": 2}},
            {"score": 0.9, "state": "pruned"},
            {"score": float("nan")},
            {"score": 0.6, "hyperparameters": {"a": 3}},
            {"score": 0.9, "method": "unet"},
            {"score": 0.9, "stage": "warm_start"},
        ),
        "s4mcl",
    )
    assert list(groups) == [0.2, 0.5]
    assert groups[0.2].numbers == [1, 4]
    assert groups[0.2].column("a") == [2, 3]
    assert groups[0.2].ranked == [0, 1]  # the earlier of equals
    assert completed_groups(proposals(), "s4mcl") == {}


def test_what_varied_and_what_kind_it_is(proposals: Make) -> None:
    given = [
        {"alpha": 1, "fixed": 3, "sets": ["a", "b"], "same": ["a", "b"], "on": True, "only_first": 1, "kind": "x"},
        {"alpha": 0.5, "fixed": 3, "sets": ["a"], "same": ["b", "a"], "on": False, "kind": "y"},
        {"alpha": 0.5, "fixed": 3, "sets": ["a"], "same": ["b", "a"], "on": False, "kind": "y", "only_last": 2},
    ]
    completed = completed_groups(proposals(*({"score": 0.5, "hyperparameters": each} for each in given)), "s4mcl")[0.2]
    assert completed.names == ("alpha", "sets", "on", "only_first", "kind", "only_last")
    assert completed.numeric == ("alpha",)
    assert completed.subsets == ("sets",)
    assert completed.column("only_last") == [None, None, 2]
