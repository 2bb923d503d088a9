"""The crossed interval against variance components by hand, its limits in known cases, and what it refuses."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import balanced_accuracy_score

from s4mcl.statistics.crossed import crossed, crossed_interval, effective_groups
from s4mcl.statistics.group_sums import balanced_accuracies, image_means


def table(seeds: int = 5, groups: int = 8, seed: int = 0) -> np.ndarray:
    """[S,G] with effects of seeds and of groups."""
    stream = np.random.default_rng(seed)
    return stream.random((seeds, groups)) + stream.random((seeds, 1)) + 2 * stream.random((1, groups))


def test_equal_groups_by_the_textbook() -> None:
    x = table()
    seeds, groups = x.shape
    found = crossed(image_means(np.repeat(x, 3, 1), np.repeat(np.arange(groups), 3)))
    rows, columns, whole = x.mean(1), x.mean(0), x.mean()
    square = {
        "seeds": groups * ((rows - whole) ** 2).sum() / (seeds - 1),
        "groups": seeds * ((columns - whole) ** 2).sum() / (groups - 1),
        "both": ((x - rows[:, None] - columns + whole) ** 2).sum() / ((seeds - 1) * (groups - 1)),
    }
    total = square["seeds"] + square["groups"] - square["both"]
    assert found.estimate == pytest.approx(whole)
    assert found.variance == pytest.approx(total / x.size)
    freedom = total**2 / (
        1.5 * square["seeds"] ** 2 / (seeds - 1)
        + square["groups"] ** 2 / (groups - 1)
        + square["both"] ** 2 / ((seeds - 1) * (groups - 1))
    )
    assert found.freedom == pytest.approx(freedom)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(total / x.size)
    interval = crossed_interval(image_means(x, np.arange(groups)))
    assert (interval.low, interval.high) == (pytest.approx(whole - half), pytest.approx(whole + half))
    assert interval.n == seeds
    assert found.p_value() == pytest.approx(2 * stats.t.sf(whole / np.sqrt(total / x.size), freedom))


def test_without_differences_between_groups_it_is_the_t_interval_over_seeds() -> None:
    values = np.array([0.7, 0.74, 0.69, 0.75, 0.72])
    found = crossed(image_means(np.repeat(values[:, None], 30, 1), np.arange(30) // 2))
    assert found.variance == pytest.approx(values.var(ddof=1) / 5)
    assert found.freedom == pytest.approx(4)


def test_without_differences_between_seeds_it_is_the_t_interval_over_groups() -> None:
    values = np.random.default_rng(1).random(12)
    found = crossed(image_means(np.repeat(values[None], 5, 0), np.arange(12)))
    assert found.variance == pytest.approx(values.var(ddof=1) / 12)
    assert found.freedom == pytest.approx(11)


def test_the_paired_difference_is_that_of_the_differences() -> None:
    x, y, groups = table(seed=1), table(seed=2), np.arange(8) // 2
    paired, direct = crossed(image_means(x, groups), image_means(y, groups)), crossed(image_means(x - y, groups))
    assert paired.estimate == pytest.approx(direct.estimate)
    assert paired.variance == pytest.approx(direct.variance)
    assert paired.freedom == pytest.approx(direct.freedom)


def test_more_images_of_the_same_patients_say_nothing_new() -> None:
    x = table()
    once, thrice = image_means(x, np.arange(8)), image_means(np.repeat(x, 3, 1), np.repeat(np.arange(8), 3))
    assert crossed(thrice).variance == pytest.approx(crossed(once).variance)
    apart = crossed(image_means(np.repeat(x, 3, 1), np.arange(24)))
    assert apart.by_groups < 0.4 * crossed(once).by_groups


def test_a_measure_that_is_no_mean_has_its_own_variance() -> None:
    stream = np.random.default_rng(0)
    labels, groups = (stream.random(60) < 0.2).astype(np.int64), np.arange(60) // 3
    named = np.where(stream.random((4, 60)) < 0.7, labels, 1 - labels)
    found = crossed(balanced_accuracies(named, labels, groups, 2))
    expected = np.mean([(named[:, labels == k] == k).mean() for k in (0, 1)])
    assert found.estimate == pytest.approx(expected)
    left = [
        np.mean([balanced_accuracy_score(labels[groups != g], one[groups != g]) for one in named]) for g in range(20)
    ]
    pseudo = 20 * expected - 19 * np.array(left)
    assert found.by_groups == pytest.approx(pseudo.var(ddof=1) / 20)


def test_no_spread_at_all() -> None:
    ones, groups = np.ones((3, 6)), np.arange(6)
    same = crossed(image_means(ones, groups), image_means(ones, groups))
    assert (same.variance, same.p_value()) == (0, 1)
    assert crossed(image_means(ones, groups), image_means(0 * ones, groups)).p_value() == 0
    interval = crossed_interval(image_means(ones, groups))
    assert (interval.low, interval.high) == (1, 1)


@pytest.mark.parametrize(("seeds", "groups"), [(1, 6), (3, 1)])
def test_one_seed_or_one_group_has_no_interval(seeds: int, groups: int) -> None:
    sums = image_means(np.random.default_rng(0).random((seeds, 6)), np.arange(6) % groups)
    interval = crossed_interval(sums)
    assert (interval.low, interval.high, interval.n) == (None, None, seeds)
    assert interval.mean == pytest.approx(sums.by_seed().mean())
    with pytest.raises(ValueError, match="at least 2 of each"):
        crossed(sums)


def test_other_images_are_refused() -> None:
    x = table()
    with pytest.raises(ValueError, match="the same seeds and the same images"):
        crossed(image_means(x, np.arange(8)), image_means(x, np.arange(8) // 2))


def test_effective_groups() -> None:
    assert effective_groups(np.full(50, 3.0)) == pytest.approx(50)
    assert effective_groups(np.array([10.0, 1, 1])) == pytest.approx(144 / 102)
