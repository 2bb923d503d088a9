"""Axes: ticks that can be read, and no more room than the values need."""

import math
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_dashboards.figures.log_ticks import log_ticks
from s4mcl_dashboards.figures.score_axis import share_axis
from s4mcl_dashboards.figures.slices import NAMED, SHORT, slice_figure
from s4mcl_dashboards.frames.search import values_frame
from s4mcl_dashboards.palette import LOOKS

Make = Callable[..., pl.DataFrame]


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (2e-4, 8e-4, [2e-4, 5e-4]),
        (9e-4, 1.2e-3, [9e-4, 1e-3]),
        (0.25, 0.28, [0.25, 0.28]),
        (0.05, 0.9, [0.05, 0.1, 0.2, 0.5]),
    ],
)
def test_less_than_two_decades_have_ticks_between_them(low: float, high: float, values: list[float]) -> None:
    assert log_ticks(math.log10(low), math.log10(high))["tickvals"] == pytest.approx(values)


def test_several_decades_are_told_by_their_powers() -> None:
    assert log_ticks(-5.1, -0.9) == {"dtick": 1, "tickformat": "~g"}
    assert log_ticks(-9, 3)["dtick"] == 3


@given(st.floats(-8, 4), st.floats(0.002, 8))
def test_a_logarithmic_axis_has_two_ticks_at_least(low: float, span: float) -> None:
    ticks = log_ticks(low, low + span)
    if "tickvals" in ticks:
        assert 2 <= len(set(ticks["tickvals"])) <= 6
    else:
        step = ticks["dtick"]
        assert math.floor((low + span) / step) - math.ceil(low / step) >= 1


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([0.62, 0.88], 0.6, 0.9), ([], 0.0, 1.0), ([None, math.nan, 0.95], 0.8, 1.0), ([0.0, 0.04], 0.0, 0.2)],
)
def test_a_share_has_the_tenths_around_its_values(values: list[Any], low: float, high: float) -> None:
    begin, end = share_axis(values)["range"]
    assert begin == pytest.approx(low, abs=0.021)
    assert end == pytest.approx(high, abs=0.021)
    assert begin <= low
    assert end >= high


def test_long_names_of_choices_are_short_below_the_axis(proposals: Make) -> None:
    asked = proposals(*({"score": 0.1 + 0.01 * at, "hyperparameters": {"c": f"a long name {at}"}} for at in range(20)))
    axis = slice_figure(values_frame(asked), "c", LOOKS[0], [0.1, 0.3]).to_plotly().layout.xaxis
    assert len(axis.ticktext) == len(axis.tickvals) <= NAMED
    assert max(map(len, axis.ticktext)) <= SHORT
    assert axis.tickvals[0] == "a long name 0"
