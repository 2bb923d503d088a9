import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.training.schedule import rate_factor


@given(st.integers(1, 10_000), st.data())
def test_factors_lie_between_0_and_1_and_never_rise(iterations: int, data: st.DataObject) -> None:
    step = data.draw(st.integers(0, iterations - 1))
    assert rate_factor("constant", step, iterations) == 1
    factor = rate_factor("cosine", step, iterations)
    assert 0 < factor <= 1
    assert rate_factor("cosine", step + 1, iterations) <= factor


def test_cosine() -> None:
    assert rate_factor("cosine", 0, 10) == 1
    assert rate_factor("cosine", 5, 10) == pytest.approx(0.5)
    assert rate_factor("cosine", 9, 10) == pytest.approx((1 + math.cos(0.9 * math.pi)) / 2)


def test_unknown_schedule() -> None:
    with pytest.raises(ValueError, match="'step'"):
        rate_factor("step", 0, 1)
