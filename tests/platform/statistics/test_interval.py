"""The t interval against SciPy's own and against its definition."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from s4mcl.statistics.interval import t_interval

VALUES = st.lists(st.floats(-1e3, 1e3, allow_nan=False), min_size=2, max_size=20)


@given(VALUES, st.sampled_from([0.8, 0.95, 0.99]))
def test_agrees_with_scipy(values: list[float], confidence: float) -> None:
    interval = t_interval(values, confidence)
    spread = float(np.std(values, ddof=1))
    if spread < 1e-9:  # SciPy gives nan for a spread of 0
        return
    low, high = stats.t.interval(confidence, len(values) - 1, np.mean(values), spread / math.sqrt(len(values)))
    assert interval.mean == pytest.approx(float(np.mean(values)), abs=1e-9)
    assert interval.low == pytest.approx(low, rel=1e-6, abs=1e-6)
    assert interval.high == pytest.approx(high, rel=1e-6, abs=1e-6)
    assert interval.half == pytest.approx((high - low) / 2, rel=1e-6, abs=1e-6)


@given(VALUES)
def test_a_higher_confidence_gives_a_wider_interval(values: list[float]) -> None:
    narrow, wide = t_interval(values, 0.8), t_interval(values, 0.99)
    assert narrow.half is not None
    assert wide.half is not None
    assert wide.half >= narrow.half >= 0


def test_two_seeds_by_hand() -> None:
    interval = t_interval([0.8, 0.9])
    assert interval.n == 2
    assert interval.half == pytest.approx(12.706204736 * 0.05, rel=1e-9)  # s / sqrt(2) is half the difference


def test_limits_of_bounded_metrics_are_not_clipped() -> None:
    interval = t_interval([0.90, 0.99])
    assert interval.high is not None
    assert interval.high > 1


def test_one_value_has_no_interval() -> None:
    interval = t_interval([0.7])
    assert (interval.mean, interval.low, interval.high, interval.half, interval.n) == (0.7, None, None, None, 1)


def test_no_value_has_no_mean() -> None:
    assert t_interval([]).mean is None
    assert t_interval([]).n == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        t_interval([0.5, bad])


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_interval([0.5, 0.6], confidence)
