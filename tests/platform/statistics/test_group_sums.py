"""Measures from sums against scikit-learn on the images: whole, without a group, and with repeated groups."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from s4mcl.statistics.group_sums import GroupSums, balanced_accuracies, image_means, macro_f1s, seed_values


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """named [3,n], labels [n], groups [n] in any order and with gaps in their numbers."""
    n = draw(st.integers(4, 20))
    stream = np.random.default_rng(draw(st.integers(0, 10_000)))
    groups = stream.integers(0, draw(st.integers(2, 6)), n) * 7
    groups[:2] = 0, 7
    return stream.integers(0, 3, (3, n)), stream.integers(0, 3, n), groups


def theirs(measure: str, labels: np.ndarray, named: np.ndarray) -> float:
    with warnings.catch_warnings():  # it warns of a class that was named and does not occur
        warnings.simplefilter("ignore")
        if measure == "f1":
            return float(f1_score(labels, named, average="macro"))
        return float(balanced_accuracy_score(labels, named))


def made(measure: str, named: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> GroupSums:
    return (macro_f1s if measure == "f1" else balanced_accuracies)(named, labels, groups, 3)


@pytest.mark.parametrize("measure", ["f1", "balanced"])
@given(case=judged())
def test_class_measures_equal_scikit_learn(measure: str, case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    named, labels, groups = case
    sums = made(measure, named, labels, groups)
    expected = [theirs(measure, labels, one) for one in named]
    assert sums.by_seed() == pytest.approx(expected)
    for place, group in enumerate(sums.groups):
        kept = groups != group
        expected = [theirs(measure, labels[kept], one[kept]) for one in named]
        assert sums.without_each_group()[:, place] == pytest.approx(expected)


@pytest.mark.parametrize("measure", ["f1", "balanced"])
@given(case=judged())
def test_repeated_groups_count_with_all_their_images(
    measure: str, case: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    named, labels, groups = case
    sums = made(measure, named, labels, groups)
    weights = np.arange(len(sums.groups)) % 3
    weights[0] = 2
    images = np.concatenate([np.flatnonzero(groups == g) for g in np.repeat(sums.groups, weights)])
    expected = [theirs(measure, labels[images], one[images]) for one in named]
    assert sums.weighted(weights[None].astype(float))[0] == pytest.approx(expected)


def test_means_over_images_by_hand() -> None:
    sums = image_means(np.array([[1.0, 0, 0.5, 0.5]]), np.array([9, 4, 9, 9]))
    assert sums.groups.tolist() == [4, 9]
    assert sums.sizes.tolist() == [1, 3]
    assert sums.by_seed().tolist() == [0.5]
    assert sums.without_each_group()[0] == pytest.approx([2 / 3, 0])
    assert sums.weighted(np.array([[3.0, 1.0]]))[0] == pytest.approx([2 / 6])


def test_leading_axes_are_repetitions() -> None:
    scores = np.random.default_rng(0).random((4, 2, 3, 10))
    groups = np.arange(10) % 4
    many = image_means(scores, groups)
    one = image_means(scores[3, 1], groups)
    assert many.by_seed().shape == (4, 2, 3)
    assert many.without_each_group()[3, 1] == pytest.approx(one.without_each_group())


def test_values_of_seeds_have_one_group() -> None:
    sums = seed_values(np.array([0.5, 0.7]))
    assert (sums.seeds, sums.sizes.tolist(), sums.by_seed().tolist()) == (2, [1.0], [0.5, 0.7])


def test_sums_of_other_images_are_other_units() -> None:
    scores, groups = np.ones((2, 4)), np.array([0, 0, 1, 1])
    sums = image_means(scores, groups)
    assert sums.same_units(image_means(scores * 0, groups))
    assert not sums.same_units(image_means(scores, np.array([0, 1, 1, 1])))
    assert not sums.same_units(image_means(scores, np.array([0, 0, 2, 2])))
    assert not sums.same_units(image_means(np.ones((3, 4)), groups))


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        image_means(np.array([[0.5, np.nan]]), np.array([0, 1]))
