from collections.abc import Callable
from typing import Any

import pytest

from s4mcl_dashboards.frames.difference import difference_frame

Make = Callable[..., Any]


def test_differences_are_taken_seed_by_seed(paired_trials: Make) -> None:
    frame = difference_frame(paired_trials(3), "s4mcl", "unet", "test_dice")
    few, all_labels = frame.to_dicts()
    assert few["mean"] == pytest.approx(0.1 + 0.001 / 3)
    assert few["low"] > 0.09  # the common noise of a seed falls out
    assert all_labels["low"] < 0 < all_labels["high"]
    assert (few["n"], few["label_fraction"]) == (3, 0.05)


def test_only_shared_seeds_count(trials: Make) -> None:
    frame = difference_frame(
        trials(
            {"method": "unet", "seed": 0, "test_dice": 0.5},
            {"method": "s4mcl", "seed": 0, "test_dice": 0.7},
            {"method": "s4mcl", "seed": 1, "test_dice": 0.1},
            {"method": "unet", "seed": 2, "label_fraction": 0.5, "test_dice": 0.5},
        ),
        "s4mcl",
        "unet",
        "test_dice",
    )
    assert frame.height == 1
    row = frame.row(0, named=True)
    assert row["mean"] == pytest.approx(0.2)
    assert (row["n"], row["low"]) == (1, None)
