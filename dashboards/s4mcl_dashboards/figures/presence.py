"""Subsets of a search as a matrix: a column a proposal, a square where its subset held the element."""

from typing import Any

import plotly.graph_objects as go
import polars as pl

from s4mcl_dashboards.figures.canvas import axis_title, canvas, label
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import Look

FEW = 12  # proposals whose numbers fit below an axis


def presence_figure(presence: pl.DataFrame, look: Look) -> go.Figure:
    """Draw `presence_frame`: a column a proposal, best score first; a square where the subset held the element."""
    elements = list(dict.fromkeys(presence["element"].to_list()))
    names = [label(element, 24) for element in elements]
    columns = presence.unique("rank", keep="first", maintain_order=True).sort("rank").to_dicts()
    few = len(columns) <= FEW
    x_axis: dict[str, Any] = {
        "title": axis_title("proposal and score, best first" if few else "proposals, best score first"),
        "range": [0.4, len(columns) + 0.6],
        "tickvals": [column["rank"] for column in columns] if few else [1, len(columns)],
        "ticktext": [f"{column['number']}<br>{number(column['score'])}" for column in columns]
        if few
        else ["best", "worst"],
        "showline": False,
        "tickangle": 0,
        "tickfont": {"size": 10},
    }
    y_axis = {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "range": [len(names) - 0.4, -0.6],
        "showline": False,
        "tickangle": 0,
        "tickfont": {"size": 10},
    }
    figure = canvas(90 + 24 * len(elements), x_axis, {**y_axis, "showgrid": False, "ticks": ""})
    place = {element: i for i, element in enumerate(elements)}
    rows = presence.to_dicts()
    figure.add_trace(
        go.Scatter(
            x=[row["rank"] for row in rows],
            y=[place[row["element"]] for row in rows],
            mode="markers",
            marker={
                "symbol": ["square" if row["present"] else "circle" for row in rows],
                "size": [13 if row["present"] else 4 for row in rows],
                "color": [look.color if row["present"] else "var(--axis)" for row in rows],
                "opacity": 1,
                "line": {"width": 0},
            },
            hoverinfo="text",
            hovertext=[
                f"proposal {row['number']}, score {number(row['score'])}<br>"
                f"{label(row['element'])}: {'present' if row['present'] else 'absent'}"
                for row in rows
            ],
        )
    )
    return figure
