import itertools

import numpy as np
import pytest

from s4mcl.statistics.bootstrap_t import bootstrap_t_interval
from s4mcl.statistics.interval import t_interval

FIVE = [0.61, 0.64, 0.66, 0.71, 0.9]


def test_five_values_by_all_resamples() -> None:
    numbers = np.array(FIVE)
    ratios = []
    for places in itertools.product(range(5), repeat=5):
        drawn = numbers[list(places)]
        if np.ptp(drawn) == 0:
            ratios.append(np.copysign(np.inf, drawn[0] - numbers.mean()))
        else:
            ratios.append((drawn.mean() - numbers.mean()) / (drawn.std(ddof=1) / 5**0.5))
    ordered = sorted(ratios)
    error = numbers.std(ddof=1) / 5**0.5
    found = bootstrap_t_interval(FIVE)
    assert found.kind == "bootstrap-t"
    assert found.high == pytest.approx(numbers.mean() - ordered[int(np.ceil(0.025 * 3125)) - 1] * error)
    assert found.low == pytest.approx(numbers.mean() - ordered[int(np.ceil(0.975 * 3125)) - 1] * error)


def test_it_leans_to_the_side_of_the_long_tail() -> None:
    found = bootstrap_t_interval(FIVE)
    assert found.high - found.mean > 2 * (found.mean - found.low)


def test_the_seed_decides_the_resamples_of_many_values() -> None:
    values = np.random.default_rng(0).random(10)
    assert bootstrap_t_interval(values, seed=1) == bootstrap_t_interval(values, seed=1)
    assert bootstrap_t_interval(values, seed=1) != bootstrap_t_interval(values, seed=2)


@pytest.mark.parametrize(
    "values",
    [[], [0.5], [0.5, 0.6], [0.5, 0.6, 0.8], [0.5] * 5, [0.5, 0.5, 0.5, 0.5, 0.6], [0.5, 0.5, 0.5, 0.6, 0.6]],
)
def test_few_values_and_heavy_ties_get_the_t_interval_and_say_so(values: list[float]) -> None:
    found = bootstrap_t_interval(values)
    assert found == t_interval(values)
    assert found.kind == "t"


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        bootstrap_t_interval([0.5, float("nan")])
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_t_interval(FIVE, 95)
