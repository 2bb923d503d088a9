from typing import Any

import polars as pl
import pytest

from s4mcl.statistics.label_savings import BELOW, NOT_REACHED, REACHED
from s4mcl.statistics.savings_frame import SAVINGS_SCHEMA
from s4mcl_dashboards.figures.savings import APART, arrow_traces
from s4mcl_dashboards.frames.savings import arrows_frame
from s4mcl_dashboards.palette import looks

METHODS = ("unet", "s4mcl", "s2mcl", "cnn")
FULL: dict[str, Any] = {"measure": "dice", "reference": "unet", "target": 0.9, "low_open": False, "high_open": False}


def savings(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{**FULL, **row} for row in rows], schema=SAVINGS_SCHEMA)


ROWS = savings(
    {"method": "unet", "outcome": REACHED, "fraction": 1.0, "low": 0.8, "high": 1.0},
    {"method": "s2mcl", "outcome": NOT_REACHED, "low": 0.4, "high": 1.0, "high_open": True},
    {"method": "s4mcl", "outcome": REACHED, "fraction": 0.22, "low": 0.15, "high": 0.31},
    {"method": "cnn", "outcome": NOT_REACHED, "low": 1.0, "high": 1.0, "high_open": True},
    {"method": "s4mcl", "measure": "accuracy", "outcome": BELOW, "fraction": 0.05, "low": 0.05, "high": 0.1}
    | {"low_open": True},
)


def test_the_reference_and_what_is_known_not_to_reach_it_have_no_arrow() -> None:
    frame = arrows_frame(ROWS, METHODS)
    assert frame.select("measure", "method", "head", "low", "high", "place").rows() == [
        ("accuracy", "s4mcl", 0.05, 0.05, 0.1, 0),
        ("dice", "s4mcl", 0.22, 0.15, 0.31, 0),
        ("dice", "s2mcl", None, 0.4, 1.0, 1),
    ]


def test_no_savings_no_arrows() -> None:
    assert arrows_frame(savings(), METHODS).is_empty()
    assert arrow_traces(arrows_frame(savings(), METHODS), {}, {}, 0.002) == []


def test_arrows_run_from_all_labels_to_the_share_and_bars_over_the_interval() -> None:
    arrows = arrows_frame(ROWS, METHODS).filter(measure="dice")
    told = {"s4mcl": "22 %", "s2mcl": "not reached"}
    bar, arrow, open_bar = arrow_traces(arrows, looks(METHODS), told, 0.002)
    assert (arrow["x"], arrow["y"]) == ([1.0, 0.22], [0.9, 0.9])
    assert arrow["marker"]["symbol"][1] == "arrow"
    assert (bar["x"], bar["marker"]["symbol"]) == ([0.15, 0.31], ["line-ns", "line-ns"])
    assert open_bar["x"] == [0.4, 1.0]
    assert open_bar["marker"]["symbol"] == ["line-ns", "triangle-right-open"]  # an end that nobody tried is open
    assert open_bar["y"] == pytest.approx([0.9 + APART * 0.002] * 2)  # beside the other one
    assert arrow["hovertext"] == ["22 %", "22 %"]
    assert arrow["meta"]["series"] == ["s4mcl", "savings"]  # the legend hides it with its method, or with all arrows


def test_an_interval_is_not_needed() -> None:
    single = savings({"method": "s4mcl", "outcome": REACHED, "fraction": 0.3})
    (arrow,) = arrow_traces(arrows_frame(single, METHODS), looks(METHODS), {"s4mcl": ""}, 0.002)
    assert arrow["x"] == [1.0, 0.3]


def test_an_arrow_without_length_points_nowhere() -> None:
    whole = savings({"method": "s4mcl", "outcome": REACHED, "fraction": 1.0})
    (arrow,) = arrow_traces(arrows_frame(whole, METHODS), looks(METHODS), {"s4mcl": ""}, 0.002)
    assert "arrow" not in arrow["marker"]["symbol"]
