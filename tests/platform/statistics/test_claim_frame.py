from dataclasses import replace

import pytest
from scored_study import scored

from s4mcl.statistics.claim_frame import CLAIM_SCHEMA, LOSS, UNMEASURED, WIN, Contest, claim_frame
from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl.statistics.correction import holm
from s4mcl.statistics.crossed import crossed, crossed_interval

CELLS = {
    ("ours", 0.1): scored(0.8, 0.8, seed=1),
    ("unet", 0.1): replace(scored(0.5, 0.6, seed=2), named=None),
    ("unet", 1.0): replace(scored(0.5, 0.9, seed=3), named=None),
    ("other", 0.1): scored(0.8, 0.801, seed=4),
}
DICE = [
    Contest("dice", "ours", 0.1, "unet", 0.1),
    Contest("dice", "ours", 0.1, "other", 0.1),
    Contest("dice", "ours", 0.1, "unet", 1.0),
]


def test_each_contest_is_judged_and_a_full_reference_may_have_other_labels() -> None:
    frame = claim_frame(CELLS, DICE)
    assert frame.schema == CLAIM_SCHEMA
    assert frame["verdict"].to_list() == [WIN, NO_DIFFERENCE, LOSS]
    assert frame.select("reference", "reference_fraction").rows() == [("unet", 0.1), ("other", 0.1), ("unet", 1.0)]
    assert frame["p_holm"].to_list() == holm(frame["p"].to_list())
    last = frame.row(2, named=True)
    ours, full = CELLS["ours", 0.1].grouped("dice"), CELLS["unet", 1.0].grouped("dice")
    assert last["p"] == crossed(ours, full).p_value()
    assert last["effect"] == pytest.approx(last["mean"] - last["reference_mean"])


def test_the_interval_leaves_out_zero_just_where_the_corrected_p_is_small() -> None:
    cells = {("ours", 0.1): scored(0.8, 0.70, seed=1), ("other", 0.1): scored(0.8, 0.70, seed=2)}
    for gain in (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05):
        cells["ours", 0.1] = scored(0.8, 0.70 + gain, seed=1)
        contests = [
            Contest("dice", "ours", 0.1, "other", 0.1),
            *(Contest("dice", "ours", at, "no", at) for at in (1, 2)),
        ]
        row = claim_frame(cells, contests).row(0, named=True)
        assert (row["low"] > 0 or row["high"] < 0) == (row["p_holm"] <= 0.05)
        assert row["confidence"] == pytest.approx(1 - 0.05 * row["p"] / row["p_holm"])
    plain = crossed_interval(cells["ours", 0.1].grouped("dice"), cells["other", 0.1].grouped("dice"))
    assert row["low"] < plain.low < plain.high < row["high"]  # wider than the uncorrected one


def test_what_is_not_measured_counts_in_the_correction() -> None:
    alone = claim_frame(CELLS, DICE[:1]).row(0, named=True)
    waiting = [Contest("dice", "ours", at, "unet", at) for at in (0.2, 0.5)]
    family = claim_frame(CELLS, [DICE[0], *waiting])
    assert family["verdict"].to_list() == [WIN, UNMEASURED, UNMEASURED]
    assert family["p_holm"].to_list() == [pytest.approx(3 * alone["p"]), None, None]
    assert family["effect"].to_list()[1:] == [None, None]


def test_measures_are_families_of_their_own_and_a_lacking_task_is_not_measured() -> None:
    contests = [*DICE, Contest("accuracy", "ours", 0.1, "other", 0.1), Contest("accuracy", "ours", 0.1, "unet", 0.1)]
    frame = claim_frame(CELLS, contests)
    assert frame["verdict"].to_list() == [WIN, NO_DIFFERENCE, LOSS, NO_DIFFERENCE, UNMEASURED]
    assert claim_frame({}, contests)["verdict"].to_list() == [UNMEASURED] * 5
    assert claim_frame(CELLS, []).schema == CLAIM_SCHEMA


def test_one_seed_shows_nothing() -> None:
    single = {cell: scores.of_seeds(scores.seeds[:1]) for cell, scores in CELLS.items()}
    row = claim_frame(single, DICE[:1]).row(0, named=True)
    assert (row["low"], row["high"], row["confidence"], row["verdict"]) == (None, None, None, NO_DIFFERENCE)
