from typing import Any

import polars as pl
import pytest

from s4mcl.statistics.comparisons_frame import COMPARISONS_SCHEMA
from s4mcl_dashboards.figures.effects import Effect, effects_figure
from s4mcl_dashboards.figures.importance import MOST, importance_figure
from s4mcl_dashboards.frames.effects import compared_frame
from s4mcl_dashboards.palette import looks

LOOKS = looks(["s4mcl", "unet"])
ROW: dict[str, Any] = {"effect": -0.2, "low": -0.3, "high": -0.1, "p_holm": 0.0002, "verdict": "lower"}


def test_effects_are_filled_where_shown_and_their_whiskers_reach_the_limits() -> None:
    unknown = {**ROW, "low": None, "high": None, "p_holm": None, "verdict": "no difference shown"}
    effects = [
        Effect.of(ROW, "without <b>", LOOKS["s4mcl"]),
        Effect.of(unknown, "a: off - on × b: off - on", LOOKS["s4mcl"]),
        Effect.of(ROW, "unet", LOOKS["unet"]),
    ]
    figure = effects_figure(effects, "score").to_plotly()
    ours, theirs = figure.data
    assert (ours.x, ours.y, theirs.y) == ((-0.2, -0.2), (0, 1), (2,))
    assert ours.marker.symbol == ("circle", "circle-open")
    assert ours.error_x.array == pytest.approx((0.1, 0))
    assert ours.error_x.arrayminus == pytest.approx((0.1, 0))
    assert "95 % interval −0.300 to −0.100<br>corrected: p < 0.001; lower" in ours.hovertext[0]
    assert "95 % interval –<br>corrected: no p; no difference shown" in ours.hovertext[1]
    names = [annotation.text for annotation in figure.layout.annotations]
    assert names == ["without &lt;b&gt;", "a: off - on ×<br>b: off - on", "unet"]
    low, high = figure.layout.xaxis.range
    assert low < -0.3 < 0 < high  # the line of no difference is always in the picture


def test_limits_are_over_seeds_where_there_are_no_others() -> None:
    seeds = {"seed_low": -0.1, "seed_high": 0.3, "seed_p_holm": 0.2}
    rows = [
        {"method": "a", "low": 0.0, "high": 0.2, "p_holm": 0.04, **seeds},
        {"method": "b", **seeds},
        {"method": "c"},
    ]
    frame = compared_frame(pl.DataFrame(rows, schema=COMPARISONS_SCHEMA))
    assert frame.select("low", "high", "p_holm", "over").rows() == [
        (0.0, 0.2, 0.04, "seeds and test groups"),
        (-0.1, 0.3, 0.2, "seeds"),
        (None, None, None, None),
    ]


def test_importance_draws_two_measures_and_the_first_hyperparameters() -> None:
    names = [f"h{place}" for place in range(MOST + 3)]
    shares = pl.DataFrame({"hyperparameter": names, "ped_anova": [1 / len(names)] * len(names), "fanova": 0.0})
    figure = importance_figure(shares, LOOKS["unet"]).to_plotly()
    assert [len(trace.x) for trace in figure.data] == [MOST, MOST]
    assert [trace.marker.symbol for trace in figure.data] == ["square-open", "square"]
