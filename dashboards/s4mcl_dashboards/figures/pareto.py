"""Dice against balanced accuracy of the proposals, with the Pareto set of each method as stairs."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, templated, trace
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.frames.sample import sampled
from s4mcl_dashboards.frames.shown_proposals import GROUP
from s4mcl_dashboards.palette import Look

HEIGHT = 380
BEATEN = 150  # proposals of a group that are drawn behind its Pareto set
HOVER = "proposal %{customdata[0]}<br>balanced accuracy %{x:.3f}, Dice %{y:.3f}<extra></extra>"


def pareto_figure(pareto: pl.DataFrame, looks: dict[str, Look]) -> Drawing:
    """Draw `pareto_frame`: behind, small, what is beaten; the Pareto set of each group; a ring for the best score."""
    figure = canvas(HEIGHT, {"title": axis_title("balanced accuracy")}, {"title": axis_title("Dice")})
    groups = pareto.partition_by(GROUP, maintain_order=True) if pareto.height else []
    for group in groups:
        method = group["method"][0]
        figure.add(_beaten(group, looks[method]))
    for group in groups:
        look = looks[group["method"][0]]
        figure.add(_front(group, look))
        figure.add(_best(group))
    return figure


def _beaten(group: pl.DataFrame, look: Look) -> Trace:
    rows = sampled(group.filter(~pl.col("front")), BEATEN)
    marker = {"symbol": f"{look.marker}-open", "size": 5, "color": look.color, "opacity": 0.45}
    return {**_points(rows, group), "mode": "markers", "marker": marker}


def _front(group: pl.DataFrame, look: Look) -> Trace:
    """Up to the best balanced accuracy on the right each step gives up some Dice."""
    rows = group.filter("front").sort("balanced_accuracy", "dice", descending=[False, True])
    line = {"color": look.color, "width": 1.8, "shape": "vh", "dash": look.dash}
    marker = {"symbol": look.marker, "size": 9, "color": look.color}
    return {**_points(rows, group), "mode": "lines+markers", "line": line, "marker": marker}


def _best(group: pl.DataFrame) -> Trace:
    marker = {"symbol": "circle-open", "size": 17, "color": "var(--ink)", "line": {"width": 1.5, "color": "var(--ink)"}}
    return {**_points(group.filter("best"), group), "mode": "markers", "marker": marker, "hoverinfo": "skip"}


def _points(rows: pl.DataFrame, group: pl.DataFrame) -> Trace:
    method, fraction = group["method"][0], group["label_fraction"][0]
    return trace(
        "scatter",
        x=rows["balanced_accuracy"].to_list(),
        y=rows["dice"].to_list(),
        cliponaxis=False,
        meta={"series": method, "place": place("search", method, labels=fraction, proposal="{0}")},
        customdata=[[number] for number in rows["number"].to_list()],
        hovertemplate=f"{templated(method_name(method))}, {percent(fraction)} of the labels<br>{HOVER}",
    )
