"""The short form of tests/benchmarks/statistics_coverage.py: the promises hold, within the simulation's own error."""

import numpy as np
import pytest

from benchmarks import statistics_coverage as simulated

RUNS = 1500  # a share of 95 % has a standard error of 0.6 points


@pytest.mark.parametrize("mix", simulated.MIXES)
def test_intervals_cover_95_percent_under_normal_data(mix: str) -> None:
    mean, difference, independent = simulated.coverage_of_scores(simulated.normal, simulated.MIXES[mix], RUNS)
    assert 0.93 <= mean <= 0.97
    assert 0.93 <= difference <= 0.97
    assert independent < mean + 0.02
    if "groups" in mix:
        assert independent < 0.85  # what it costs to take the images of a patient for independent


@pytest.mark.parametrize("mix", simulated.MIXES)
def test_they_cover_80_percent_under_lognormal_data(mix: str) -> None:
    assert min(simulated.coverage_of_scores(simulated.lognormal, simulated.MIXES[mix], RUNS)[:2]) >= 0.8


@pytest.mark.parametrize(("truth", "deviation"), [(0.7, 0.0), (0.7, 0.04), (0.97, 0.01)])
def test_they_cover_80_percent_under_ties(truth: float, deviation: float) -> None:
    assert min(simulated.coverage_of_ties(truth, deviation, RUNS)) >= 0.8


def test_intervals_over_five_seeds() -> None:
    t, studentised, percentile, _ = simulated.coverage_of_seeds(lambda s, n: s.standard_normal(n), 0.0, 5, RUNS)
    assert 0.93 <= t <= 0.97
    assert 0.93 <= studentised <= 0.97
    assert percentile < 0.9  # why it is not offered


@pytest.mark.parametrize("deviation", [0.0, 0.04])
def test_a_family_without_differences_is_called_different_in_5_percent_at_most(deviation: float) -> None:
    p = simulated.p_values([0.7] * 7, deviation, RUNS)
    assert (p.min(1) <= 0.05 / 6).mean() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)


def test_ten_points_are_found() -> None:
    p = simulated.p_values([0.7, 0.8], 0.02, RUNS)[:, 0]
    assert (p <= 0.05).mean() >= 0.8


def test_the_whole_comparison_keeps_its_promise() -> None:
    assert simulated.families([0.7] * 7, 0.02, 40)["verdict"] <= 0.1
    assert simulated.families([0.7, 0.8], 0.02, 60)["first"] >= 0.65
