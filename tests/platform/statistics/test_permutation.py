from itertools import product

import numpy as np
import pytest
from scipy import stats

from s4mcl.statistics.group_sums import balanced_accuracies, image_means
from s4mcl.statistics.permutation import swap_test


def test_few_groups_are_swapped_in_every_way() -> None:
    stream = np.random.default_rng(0)
    x, y, groups = stream.random((3, 12)) + 0.2, stream.random((3, 12)), np.arange(12) % 5
    found = swap_test(image_means(x, groups), image_means(y, groups))
    differences = np.array([(x - y)[:, groups == g].sum() for g in range(5)])
    signed = [abs(np.dot(signs, differences)) for signs in product((1, -1), repeat=5)]
    assert (found.exact, found.swaps) == (True, 32)
    assert found.p == pytest.approx(np.mean(np.array(signed) >= abs(differences.sum()) - 1e-9))


def test_agrees_with_scipys_sign_flips_of_equal_groups() -> None:
    x, y = np.random.default_rng(1).random((2, 1, 10))
    found = swap_test(image_means(x, np.arange(10)), image_means(y, np.arange(10)))
    theirs = stats.permutation_test(
        ((x - y)[0],), lambda d, axis: d.mean(axis), permutation_type="samples", n_resamples=np.inf, vectorized=True
    )
    assert found.p == pytest.approx(theirs.pvalue)


def test_balanced_accuracy_is_made_anew_from_swapped_images() -> None:
    stream = np.random.default_rng(2)
    labels, groups = stream.integers(0, 2, 14), np.arange(14) % 4
    one, other = (np.where(stream.random((2, 14)) < share, labels, 1 - labels) for share in (0.9, 0.5))
    sides = [balanced_accuracies(named, labels, groups, 2) for named in (one, other)]

    def balanced(named: np.ndarray) -> float:
        return float(np.mean([(named[:, labels == k] == k).mean() for k in (0, 1)]))

    statistics = []
    for swapped in product((False, True), repeat=4):
        places = np.array(swapped)[groups]
        statistics.append(abs(balanced(np.where(places, other, one)) - balanced(np.where(places, one, other))))
    assert swap_test(*sides).p == pytest.approx(np.mean(np.array(statistics) >= statistics[0] - 1e-12))


def test_many_groups_by_monte_carlo_with_a_fixed_seed() -> None:
    x = np.random.default_rng(3).random((2, 40))
    sides = image_means(x + 0.4, np.arange(40)), image_means(x[:, ::-1], np.arange(40))
    found = swap_test(*sides)
    assert (found.exact, found.swaps) == (False, 9999)
    assert found == swap_test(*sides)
    assert found.p * 10_000 == pytest.approx(round(found.p * 10_000))
    assert found.p >= 1 / 10_000
    assert swap_test(*sides, swaps=99).p >= 0.01


def test_the_same_predictions_have_a_p_of_1_and_order_does_not_matter() -> None:
    x, y = np.random.default_rng(4).random((2, 3, 20))
    one, other = image_means(x, np.arange(20)), image_means(y, np.arange(20))
    assert swap_test(one, one).p == 1
    assert swap_test(one, other).p == swap_test(other, one).p


def test_other_images_are_refused() -> None:
    x = np.ones((2, 4))
    with pytest.raises(ValueError, match="same images"):
        swap_test(image_means(x, np.arange(4)), image_means(x, np.zeros(4, np.int64)))
