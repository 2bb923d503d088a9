"""One hyperparameter of a search against the score."""

import math
from typing import Any

import plotly.graph_objects as go
import polars as pl

from s4mcl_dashboards.figures.canvas import axis_title, canvas, label
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.figures.score_axis import score_range
from s4mcl_dashboards.frames.search import is_logarithmic
from s4mcl_dashboards.naming import compact, number
from s4mcl_dashboards.palette import Look


def slice_figure(
    values: pl.DataFrame, name: str, look: Look, scores: list[float], *, logarithmic: bool = False
) -> go.Figure:
    """Draw one hyperparameter of one method (rows of `values_frame`) against the score.

    The axis is logarithmic where the search was (`logarithmic`), or where the values span more than two decades.
    """
    rows = values.drop_nulls("score").sort("number").to_dicts()
    numeric = all(row["value"] is not None for row in rows)
    axis = _value_axis([row["value"] for row in rows], logarithmic) if numeric else {"type": "category"}
    y_axis = {"range": score_range(scores), "nticks": 5}
    figure = canvas(210, {"title": axis_title(name), "tickangle": 0, **axis}, y_axis)
    figure.add_trace(_slice_trace(rows, name, look, numeric))
    return figure


def _value_axis(values: list[float], logarithmic: bool) -> dict[str, Any]:
    if not (logarithmic and min(values) > 0) and not is_logarithmic(values):
        return {"type": "linear", "nticks": 5, "tickformat": "~g"}
    low, high = math.log10(min(values)), math.log10(max(values))
    step = max(1, round((high - low) / 4))
    return {"type": "log", "range": [low - 0.2, high + 0.2], "tickformat": "~g", "dtick": step}


def _slice_trace(rows: list[dict[str, Any]], name: str, look: Look, numeric: bool) -> go.Scatter:
    """The best completed proposal is drawn larger."""
    found = [row["value"] if numeric else label(_choice(row), 18) for row in rows]
    top = max((row["score"] for row in rows if row["state"] == "completed"), default=None)
    best = [row["score"] == top and row["state"] == "completed" for row in rows]
    return go.Scatter(
        x=found,
        y=[row["score"] for row in rows],
        mode="markers",
        meta={"place": place("search", rows[0]["method"], labels="{0}", proposal="{1}")} if rows else {},
        customdata=[[row["label_fraction"], row["number"]] for row in rows],
        cliponaxis=False,
        marker={
            "symbol": ["circle" if row["state"] == "completed" else "circle-open" for row in rows],
            "size": [11 if chosen else 8 for chosen in best],
            "color": look.color,
            "opacity": [1.0 if chosen else 0.55 for chosen in best],
            "line": {"width": [1.5 if chosen else 1 for chosen in best], "color": "var(--ink)"},
        },
        hoverinfo="text",
        hovertext=[
            f"proposal {row['number']}<br>{label(name)}: {value if isinstance(value, str) else compact(value)}"
            f"<br>score {number(row['score'])}"
            for row, value in zip(rows, found, strict=True)
        ],
    )


def _choice(row: dict[str, Any]) -> str:
    return str(row["choice"]) if row["value"] is None else compact(row["value"])
