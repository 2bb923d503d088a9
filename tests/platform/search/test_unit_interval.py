"""Places in [0, 1] and the values there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from s4mcl.search.samplers.unit_interval import from_unit, to_unit

LINEAR, LOG = FloatDistribution(-1.0, 3.0), FloatDistribution(1e-5, 1e-1, log=True)
STEPS, LOG_INT = IntDistribution(1, 9, step=2), IntDistribution(1, 1000, log=True)


@pytest.mark.parametrize(
    ("distribution", "place", "value"),
    [
        (LINEAR, 0.0, -1.0), (LINEAR, 0.5, 1.0), (LINEAR, 1.0, 3.0),
        (LOG, 0.0, 1e-5), (LOG, 0.5, 1e-3), (LOG, 1.0, 1e-1),
        (STEPS, 0.0, 1), (STEPS, 0.19, 1), (STEPS, 0.21, 3), (STEPS, 0.5, 5), (STEPS, 1.0, 9),
        (LOG_INT, 0.0, 1), (LOG_INT, 1.0, 1000),
        (CategoricalDistribution(["a", "b", "c"]), 0.0, "a"), (CategoricalDistribution(["a", "b", "c"]), 0.34, "b"),
        (CategoricalDistribution(["a", "b", "c"]), 1.0, "c"),
    ],
)  # fmt: skip
def test_values_at_places(distribution: BaseDistribution, place: float, value: float | str) -> None:
    found = from_unit(distribution, place)
    assert type(found) is type(value)
    assert found == (value if isinstance(value, str) else pytest.approx(value))


@given(st.floats(0, 1), st.sampled_from([LINEAR, LOG, STEPS, LOG_INT]))
def test_there_and_back(place: float, distribution: FloatDistribution | IntDistribution) -> None:
    value = from_unit(distribution, place)
    assert distribution.low <= value <= distribution.high
    back = to_unit(distribution, value)
    assert 0 <= back <= 1
    if isinstance(distribution, FloatDistribution):
        assert back == pytest.approx(place, abs=1e-9)
    else:
        assert from_unit(distribution, back) == value


def test_choices_and_steps_have_equal_shares() -> None:
    places = [(number + 0.5) / 1000 for number in range(1000)]
    for distribution, shares in ((STEPS, 5), (CategoricalDistribution([True, False]), 2)):
        found = [from_unit(distribution, place) for place in places]
        assert {found.count(value) for value in set(found)} == {1000 // shares}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="no place for None"):
        from_unit(None, 0.5)  # type: ignore[arg-type]  # the point of the test
