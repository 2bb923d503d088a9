import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from s4mcl.statistics.comparison import compare_family, paired_t
from s4mcl.statistics.correction import holm
from s4mcl.statistics.crossed import crossed
from s4mcl.statistics.group_sums import GroupSums, image_means, seed_values
from s4mcl.statistics.permutation import swap_test


def side(shift: float, seed: int, seeds: int = 5) -> GroupSums:
    stream = np.random.default_rng(seed)
    shared = np.random.default_rng(0).standard_normal(60)
    noise = 0.3 * stream.standard_normal((seeds, 60)) + 0.05 * stream.standard_normal((seeds, 1))
    return image_means(shift + shared + noise, np.arange(60) // 3)


@settings(max_examples=20)  # statsmodels collects garbage at each call
@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1].tolist())


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.2, None, 0.01]) == [pytest.approx(0.2), None, pytest.approx(0.02)]
    assert holm([]) == []
    assert holm([None]) == [None]


def test_one_comparison_says_all_it_rests_on() -> None:
    one, other = side(0.5, 1), side(0, 2)
    found = compare_family({"a": (one, other)})["a"]
    difference = one.by_seed() - other.by_seed()
    assert found.effect.mean == pytest.approx(difference.mean())
    assert found.p == found.p_holm == pytest.approx(float(crossed(one, other).p_value()))
    assert found.swap == swap_test(one, other)
    assert found.seed_p == pytest.approx(stats.ttest_rel(one.by_seed(), other.by_seed()).pvalue)
    assert found.seed_interval.mean == pytest.approx(difference.mean())
    assert found.value.mean == pytest.approx(one.by_seed().mean())
    assert found.reference.mean == pytest.approx(other.by_seed().mean())
    assert found.verdict == "higher"
    assert compare_family({"a": (other, one)})["a"].verdict == "lower"


def test_a_mean_alone_is_no_win() -> None:
    found = compare_family({"a": (side(0.02, 1), side(0, 2))})["a"]
    assert found.effect.mean != 0
    assert found.verdict == "no difference shown"


def test_the_whole_family_is_corrected() -> None:
    pairs = {name: (side(shift, k), side(0, 9)) for k, (name, shift) in enumerate([("a", 0.5), ("b", 0.03), ("c", 0)])}
    found = compare_family(pairs)
    for raw, corrected in (("p", "p_holm"), ("seed_p", "seed_p_holm")):
        expected = holm([getattr(each, raw) for each in found.values()])
        assert [getattr(each, corrected) for each in found.values()] == expected
    assert [each.swap_p_holm for each in found.values()] == holm([each.swap.p for each in found.values() if each.swap])
    alone = compare_family({"a": pairs["a"]})["a"]
    assert alone.p == found["a"].p < found["a"].p_holm
    assert compare_family({}) == {}


def test_a_win_on_other_seeds_alone_is_not_enough() -> None:
    """The trained models differ clearly, but so much from seed to seed that new ones may turn it."""
    lucky = np.array([0.3, -0.25, 0.4, -0.15, 0.35])[:, None]
    shared = np.random.default_rng(0).standard_normal(60)
    one = image_means(shared + lucky + 0 * np.ones((5, 60)), np.arange(60))
    other = image_means(np.repeat(shared[None], 5, 0), np.arange(60))
    found = compare_family({"a": (one, other)})["a"]
    assert found.swap_p_holm <= 0.001
    assert found.p_holm > 0.05
    assert found.verdict == "no difference shown"


def test_three_groups_can_show_nothing() -> None:
    one, other = np.ones((3, 9)), np.zeros((3, 9))
    found = compare_family({"a": (image_means(one, np.arange(9) % 3), image_means(other, np.arange(9) % 3))})["a"]
    assert found.p == 0  # no spread at all
    assert found.swap.p == 0.25  # two of eight swaps
    assert found.verdict == "no difference shown"


def test_values_of_seeds_alone_have_a_seed_test_and_no_verdict() -> None:
    pair = seed_values(np.array([0.8, 0.82, 0.84])), seed_values(np.array([0.5, 0.51, 0.55]))
    found = compare_family({"a": pair})["a"]
    assert (found.p, found.swap, found.effect.low) == (None, None, None)
    assert found.seed_p < 0.01
    assert found.verdict == "no difference shown"


def test_one_seed_has_a_permutation_test_alone() -> None:
    found = compare_family({"a": (side(0.5, 1, seeds=1), side(0, 2, seeds=1))})["a"]
    assert (found.p, found.seed_p, found.seed_interval.low) == (None, None, None)
    assert found.swap is not None
    assert found.verdict == "no difference shown"


def test_a_paired_t_without_spread_is_undefined() -> None:
    assert paired_t(np.array([0.1, 0.1, 0.1])) is None
    assert paired_t(np.array([0.1])) is None


def test_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="same seeds"):
        compare_family({"a": (side(0, 1), side(0, 2, seeds=4))})
