"""Confusion matrices, ROC curves and calibration by numbers, and beside scikit-learn."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from s4mcl_dashboards.class_scores import ClassScores
from s4mcl_dashboards.frames.calibration import calibration_errors, calibration_frame
from s4mcl_dashboards.frames.confusion import commonest, confusion, confusion_frame
from s4mcl_dashboards.frames.roc import GRID, area, auc_frame, operating_points, roc_frame


def scores(labels: list[int], probabilities: list[list[float]], seed: int = 0) -> ClassScores:
    return ClassScores(seed, np.array(labels, np.int64), np.array(probabilities, np.float64))


def drawn(seed: int, images: int = 90, classes: int = 3) -> ClassScores:
    rng = np.random.default_rng(seed)
    labels = np.arange(images) % classes  # the same test images with every seed
    probabilities = rng.dirichlet(np.ones(classes), images)
    probabilities[np.arange(images), labels] += rng.random(images)
    return ClassScores(seed, labels.astype(np.int64), probabilities / probabilities.sum(1, keepdims=True))


def test_counts_and_row_shares_over_seeds() -> None:
    one = scores([0, 0, 1], [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    other = scores([0, 0, 1], [[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]], 1)
    rows = {
        (row["truth"], row["named"]): (row["count"], row["share"], row["low"], row["high"])
        for row in confusion_frame({("cnn", 0.1): (one, other)}).to_dicts()
    }
    assert rows == {
        (0, 0): (3, 0.75, 0.5, 1.0),
        (0, 1): (1, 0.25, 0.0, 0.5),
        (1, 0): (1, 0.5, 0.0, 1.0),
        (1, 1): (1, 0.5, 0.0, 1.0),
    }


def test_a_class_without_test_images_has_no_share_and_one_seed_no_spread() -> None:
    frame = confusion_frame({("cnn", 0.1): (scores([0, 2], [[0.9, 0.1, 0.0], [0.2, 0.1, 0.7]]),)})
    assert frame.filter(truth=1)["count"].to_list() == [0, 0, 0]
    assert frame.filter(truth=1)["share"].null_count() == 3
    assert frame["low"].null_count() == frame["high"].null_count() == frame.height == 9


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_the_confusion_matrix_is_scikit_learns(seed: int, classes: int) -> None:
    found = drawn(seed, 40, classes)
    expected = confusion_matrix(found.labels, found.probabilities.argmax(1), labels=range(classes))
    assert confusion(found).tolist() == expected.tolist()


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_operating_points_and_area_are_scikit_learns(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, 60) / levels  # with ties
    positive = np.concatenate([[True, False], rng.random(58) < 0.4])
    wrong, right = operating_points(positive, score)
    expected = roc_curve(positive, score, drop_intermediate=False)
    assert wrong == pytest.approx(expected[0])
    assert right == pytest.approx(expected[1])
    found = ClassScores(0, positive.astype(np.int64), np.stack([1 - score, score], 1))
    assert area(found, 1) == pytest.approx(roc_auc_score(positive, score))


def test_curves_are_the_mean_over_seeds_with_the_lowest_and_the_highest() -> None:
    good = scores([0, 0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]])
    bad = scores([0, 0, 1, 1], [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.8, 0.2]], 1)
    frame = roc_frame({("cnn", 0.1): (good, bad)}, [1])
    curve = frame.filter(pl.col("one") == 1)
    assert curve.height == len(GRID) + 1
    assert curve.row(0)[3:] == (0.0, 0.0, None, None)
    at = {row["fpr"]: (row["tpr"], row["low"], row["high"]) for row in curve.to_dicts()[1:]}
    assert at[0.0] == (0.5, 0.0, 1.0)  # the good one is right at once; the bad one begins with an error
    assert at[0.5] == (1.0, 1.0, 1.0)  # the upper end of the bad one's second step
    assert at[1.0] == (1.0, 1.0, 1.0)
    assert set(frame["one"].to_list()) == {None, 1}


def test_areas_by_class_and_their_mean() -> None:
    seeds = (drawn(0), drawn(1), drawn(2))
    frame = auc_frame({("cnn", 0.1): seeds}, [0, 2])
    of_seed = [[roc_auc_score(one.labels == name, one.probabilities[:, name]) for one in seeds] for name in range(3)]
    assert frame["one"].to_list() == [None, 0, 2]
    assert frame["auc"].to_list() == pytest.approx([np.mean(of_seed), np.mean(of_seed[0]), np.mean(of_seed[2])])
    assert frame["low"][1] == pytest.approx(min(of_seed[0]))
    assert frame["high"][0] == pytest.approx(np.mean(of_seed, axis=0).max())
    assert frame["seeds"].to_list() == [3, 3, 3]


def test_one_class_alone_has_no_curve() -> None:
    alone = {("cnn", 0.1): (scores([1, 1], [[0.5, 0.5], [0.2, 0.8]]),)}
    assert roc_frame(alone, [0, 1]).is_empty()
    assert auc_frame(alone, [0, 1]).is_empty()
    assert calibration_errors(alone, [1]).height == 2


def test_bins_count_and_compare_probability_with_what_came_true() -> None:
    found = scores([0, 0, 1, 1], [[0.95, 0.05], [0.91, 0.09], [0.93, 0.07], [0.4, 0.6]])
    frame = calibration_frame({("cnn", 0.1): (found,)}, [0])
    named = frame.filter(pl.col("one").is_null())
    assert named.select("bin", "count").rows() == [(5, 1), (9, 3)]  # 0.6 belongs to the bin that ends with it
    assert named["confidence"].to_list() == pytest.approx([0.6, 0.93])
    assert named["share"].to_list() == pytest.approx([1.0, 2 / 3])
    (error, excess) = calibration_errors({("cnn", 0.1): (found,)}, []).select("error", "excess").row(0)
    assert error == pytest.approx(0.25 * 0.4 + 0.75 * (0.93 - 2 / 3))
    assert excess == pytest.approx((0.95 + 0.91 + 0.93 + 0.6) / 4 - 0.75)


@given(st.integers(0, 10_000))
def test_reliability_is_scikit_learns(seed: int) -> None:
    found = drawn(seed)
    rows = calibration_frame({("cnn", 0.1): (found,)}, [1]).filter(pl.col("one") == 1)
    right, probability = calibration_curve(found.labels == 1, found.probabilities[:, 1], n_bins=10)
    assert rows["share"].to_list() == pytest.approx(right.tolist())
    assert rows["confidence"].to_list() == pytest.approx(probability.tolist())
    assert rows["count"].sum() == 90


def test_the_spread_is_over_seeds_with_enough_predictions() -> None:
    one = scores([0] * 6, [[0.95, 0.05]] * 6)
    other = scores([0] * 3 + [1] * 3, [[0.95, 0.05]] * 6, 1)
    few = scores([1] * 4, [[0.95, 0.05]] * 4, 2)
    (row,) = calibration_frame({("cnn", 0.1): (one, other, few)}, []).to_dicts()
    assert (row["count"], row["low"], row["high"]) == (16, 0.5, 1.0)
    assert row["share"] == pytest.approx(9 / 16)
    (alone,) = calibration_frame({("cnn", 0.1): (one, few)}, []).to_dicts()
    assert (alone["low"], alone["high"]) == (None, None)


def test_the_commonest_classes_are_shown() -> None:
    found = scores([0, 1, 1, 2, 2, 2, 4], [[0.2] * 5] * 7)
    assert commonest({("cnn", 0.1): (found,)}, 2) == [1, 2]
    assert commonest({("cnn", 0.1): (found,)}, 9) == [0, 1, 2, 4]
    assert commonest({}, 9) == []


def test_nothing_to_show() -> None:
    for frame in (confusion_frame({}), roc_frame({}, []), auc_frame({}, []), calibration_frame({}, [0])):
        assert frame.is_empty()
