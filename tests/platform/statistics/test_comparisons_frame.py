from dataclasses import replace

import pytest
from scored_study import scored

from s4mcl.statistics.comparisons_frame import COMPARISONS_SCHEMA, comparisons_frame, means_frame
from s4mcl.statistics.correction import holm
from s4mcl.statistics.crossed import crossed_interval
from s4mcl.statistics.permutation import swap_test

CELLS = {
    ("unet", 0.1): replace(scored(0.5, 0.6, seed=1), named=None),
    ("s4mcl", 0.1): scored(0.8, 0.8, seed=2),
    ("calm", 0.1): scored(0.8, 0.601, seed=3),
    ("unet", 1.0): replace(scored(0.5, 0.9, seed=4), named=None),
    ("s4mcl", 1.0): scored(0.9, 0.85, seed=5, seeds=3),
    ("alone", 0.5): scored(0.9, 0.85, seed=6),
}


def test_one_row_a_measure_method_and_fraction() -> None:
    frame = comparisons_frame(CELLS, "unet")
    assert frame.schema == COMPARISONS_SCHEMA
    assert set(frame["measure"]) == {"dice", "iou", "hd95", "assd"}  # the U-Net has no classes
    dice = {(row["method"], row["label_fraction"]): row for row in frame.to_dicts() if row["measure"] == "dice"}
    assert list(dice) == [("s4mcl", 0.1), ("calm", 0.1), ("s4mcl", 1.0)]
    first = dice["s4mcl", 0.1]
    one, other = CELLS["s4mcl", 0.1].grouped("dice"), CELLS["unet", 0.1].grouped("dice")
    interval = crossed_interval(one, other)
    assert [first[name] for name in ("effect", "low", "high")] == [interval.mean, interval.low, interval.high]
    assert first["swap_p"] == swap_test(one, other).p
    assert first["effect"] == pytest.approx(first["mean"] - first["reference_mean"])
    assert (first["reference"], first["seeds"], first["images"], first["groups"]) == ("unet", 5, 40, 14)
    assert dice["s4mcl", 1.0]["seeds"] == 3
    assert [row["verdict"] for row in dice.values()] == ["higher", "no difference shown", "lower"]
    for raw in ("p", "swap_p", "seed_p"):
        assert [row[f"{raw}_holm"] for row in dice.values()] == holm([row[raw] for row in dice.values()])


def test_less_distance_is_lower_in_words() -> None:
    frame = comparisons_frame({cell: CELLS[cell] for cell in CELLS if cell[1] == 0.1}, "unet", ["hd95"])
    assert frame["verdict"].to_list()[0] == "lower"
    assert frame["effect"].to_list()[0] < 0


def test_a_reference_that_was_not_tested_gives_no_rows() -> None:
    assert comparisons_frame(CELLS, "cnn").is_empty()
    assert comparisons_frame({}, "unet").schema == COMPARISONS_SCHEMA


def test_means_over_seeds_and_groups() -> None:
    frame = means_frame(CELLS, ["balanced_accuracy", "dice"])
    assert frame.height == 4 + 6
    row = frame.row(0, named=True)
    interval = crossed_interval(CELLS["s4mcl", 0.1].grouped("balanced_accuracy"))
    assert (row["method"], row["mean"], row["low"], row["high"]) == (
        "s4mcl",
        interval.mean,
        interval.low,
        interval.high,
    )
    single = means_frame({("s4mcl", 0.1): scored(0.8, 0.8, seeds=1)}, ["dice"]).row(0, named=True)
    assert (single["low"], single["high"], single["seeds"]) == (None, None, 1)
