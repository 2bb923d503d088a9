"""What every figure is drawn on, and that Plotly takes every figure of a whole report."""

import plotly.graph_objects as go
import pytest

from s4mcl_dashboards.figures.canvas import canvas, trace
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.page import page
from wide_study import figures_of


def test_settings_are_added_to_those_that_are_there() -> None:
    figure = canvas(200, {"range": [0, 1]}, {})
    figure.lay(margin={"l": 3}, showlegend=True)
    figure.lay(xaxis={"title": {"text": "iteration"}})
    assert figure.layout["margin"] == {"l": 3, "r": 12, "t": 12, "b": 44}
    assert (figure.layout["xaxis"]["range"], figure.layout["xaxis"]["title"]) == ([0, 1], {"text": "iteration"})
    assert figure.to_plotly().layout.showlegend
    assert canvas(200, {}, {}).layout["margin"]["l"] == 48  # of this figure alone


def test_rules_are_those_that_plotly_draws_across_a_plot() -> None:
    line = {"color": "red", "width": 1}
    figure, known = canvas(200, {}, {}), go.Figure()
    figure.rule(x=3.0, line=line)
    figure.rule(y=0.0, line=line)
    known.add_vline(x=3.0, line=line).add_hline(y=0.0, line=line)
    assert figure.to_plotly().layout.shapes == known.layout.shapes


def test_a_property_that_plotly_does_not_have_is_refused() -> None:
    figure = canvas(200, {}, {})
    figure.add(trace("scatter", x=[1], y=[2], colour="red"))
    with pytest.raises(ValueError, match="colour"):
        figure.to_plotly()


def test_plotly_takes_every_figure_of_a_report(wide: Material) -> None:
    figures = list(figures_of(page([wide])))
    assert len(figures) > 30
    for figure in figures:
        go.Figure(figure)  # raises where it does not
