import json
from typing import Any

import polars as pl

from s4mcl.results.ablation import ABLATION_SCHEMA
from s4mcl_dashboards.figures.sensitivity import sensitivity_figure
from s4mcl_dashboards.frames.sensitivity import sensitivity_frame
from s4mcl_dashboards.palette import looks

LOOK = looks(["s4mcl"])["s4mcl"]
PLACE: dict[str, Any] = {"design": "d", "method": "s4mcl", "label_fraction": 0.3}


def block(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {**PLACE, "of": "arm", "kind": "sensitivity", "reference": "base", "verdict": "no difference shown"}
    return pl.DataFrame([{**plain, **row} for row in rows], schema=ABLATION_SCHEMA)


def arms(parameter: str, levels: dict[str, Any]) -> pl.DataFrame:
    rows = [{**PLACE, "name": name, "factors": json.dumps({parameter: level})} for name, level in levels.items()]
    return pl.DataFrame(rows)


GRID = block(
    {"term": "alpha=2", "effect": -0.1, "low": -0.12, "high": -0.08, "p_holm": 0.001, "verdict": "lower"},
    {"term": "alpha=0", "effect": -0.02, "low": -0.05, "high": 0.01, "p_holm": 0.4},
    {"term": "alpha=0.5", "effect": None},
)


def test_the_grid_rises_and_the_base_is_zero() -> None:
    found = sensitivity_frame(GRID, arms("alpha", {"base": 1.0, "alpha=2": 2, "alpha=0": 0.0, "alpha=0.5": 0.5}))
    assert found.select("value", "effect", "base").rows() == [(0.0, -0.02, False), (1.0, 0.0, True), (2.0, -0.1, False)]
    assert found["level"].to_list() == ["0", "1", "2"]
    assert found["low"].to_list() == [-0.05, None, -0.12]


def test_levels_that_are_no_numbers_stand_in_the_order_of_the_design() -> None:
    given = block({"term": "order=sc", "effect": 0.1}, {"term": "order=true", "effect": 0.2})
    found = sensitivity_frame(given, arms("order", {"base": "cs", "order=sc": "sc", "order=true": True}))
    assert found.select("level", "value").rows() == [("cs", None), ("sc", None), ("true", None)]
    figure = sensitivity_figure(found, LOOK, "score").to_plotly()
    assert figure.layout.xaxis.ticktext == ("cs", "sc", "true")
    assert len(figure.data) == 1  # no line joins what has no order


def test_arms_of_another_design_or_of_several_factors_do_not_count() -> None:
    other = arms("alpha", {"base": 1.0, "alpha=2": 2.0}).with_columns(design=pl.lit("other"))
    assert sensitivity_frame(GRID, other).is_empty()
    both = pl.DataFrame([{**PLACE, "name": "base", "factors": '{"a": 1, "b": 2}'}])
    assert sensitivity_frame(GRID, both).is_empty()


def test_shown_effects_are_filled_and_whiskers_reach_the_limits() -> None:
    found = sensitivity_frame(GRID, arms("alpha", {"base": 1.0, "alpha=2": 2.0, "alpha=0": 0.0}))
    line, dots = sensitivity_figure(found, LOOK, "score").to_plotly().data
    assert line.x == dots.x == (0.0, 1.0, 2.0)
    assert dots.marker.symbol == ("circle-open", "circle", "circle")
    assert dots.marker.color[1] == "var(--ink)"
    assert [round(value, 6) for value in dots.error_y.array] == [0.03, 0, 0.02]
    assert "corrected: p = 0.001; lower" in dots.hovertext[2]


def test_an_axis_over_decades_is_logarithmic_unless_it_holds_zero() -> None:
    rows = [{"term": f"w={value:g}", "effect": 0.0} for value in (0.001, 0.1, 1.0)]
    values = {"base": 0.01, **{row["term"]: float(str(row["term"]).removeprefix("w=")) for row in rows}}
    assert (
        sensitivity_figure(sensitivity_frame(block(*rows), arms("w", values)), LOOK, "").to_plotly().layout.xaxis.type
        == "log"
    )
    alpha = sensitivity_frame(GRID, arms("alpha", {"base": 1.0, "alpha=2": 2.0, "alpha=0": 0.0}))
    assert sensitivity_figure(alpha, LOOK, "", logarithmic=True).to_plotly().layout.xaxis.type is None
    close = sensitivity_frame(GRID, arms("alpha", {"base": 1.0, "alpha=2": 2.0}))
    assert sensitivity_figure(close, LOOK, "", logarithmic=True).to_plotly().layout.xaxis.type == "log"
