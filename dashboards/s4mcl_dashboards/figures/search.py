"""The search: its history with the best so far, each hyperparameter against the score, and subsets as a matrix."""

import math
from typing import Any

import plotly.graph_objects as go
import polars as pl

from s4mcl_dashboards.figures.canvas import axis_title, canvas, label
from s4mcl_dashboards.frames.search import is_logarithmic
from s4mcl_dashboards.naming import compact, number, percent
from s4mcl_dashboards.palette import Look

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "star")  # one a label fraction
FEW = 12  # proposals whose numbers fit below an axis


def score_range(scores: list[float]) -> list[float]:
    """The range of the score axis, shared by all figures of one method."""
    low, high = min(scores, default=0.0), max(scores, default=1.0)
    margin = max((high - low) * 0.08, 0.01)
    return [low - margin, high + margin]


def history_figure(history: pl.DataFrame, look: Look, scores: list[float], unit: str = "iteration") -> go.Figure:
    """Draw `history_frame` of one method: points by state, those without any score at the foot, the best so far.

    `unit` is what the rungs of early stopping count: iterations or seeds.
    """
    y_axis = {"title": axis_title("score (validation)"), "range": score_range(scores)}
    last = int(history["number"].max() or 0) if history.height else 0  # type: ignore[arg-type]  # an Int64 column
    ticks: dict[str, Any] = {"dtick": 1} if last < FEW else {"nticks": 8}
    figure = canvas(280, {"title": axis_title("proposal"), "range": [-0.6, last + 0.6], **ticks}, y_axis)
    fractions = sorted(history["label_fraction"].unique().to_list(), key=lambda value: (value is None, value))
    for place, fraction in enumerate(fractions):
        rows = history.filter(pl.col("label_fraction").eq_missing(pl.lit(fraction, dtype=pl.Float64)))
        best = rows.drop_nulls("best")
        figure.add_trace(_best_trace(best, look, fraction, last))
        figure.add_trace(_score_trace(rows, look, SYMBOLS[place % len(SYMBOLS)], score_range(scores)[0], unit))
    return figure


def _best_trace(best: pl.DataFrame, look: Look, fraction: float | None, last: int) -> go.Scatter:
    numbers, values = best["number"].to_list(), best["best"].to_list()
    if numbers and numbers[-1] < last:
        numbers, values = [*numbers, last], [*values, values[-1]]
    return go.Scatter(
        x=numbers,
        y=values,
        mode="lines",
        line={"color": look.color, "width": 2, "shape": "hv"},
        hoverinfo="text",
        hovertext=[f"best so far {number(value)} ({percent(fraction)} of the labels)" for value in values],
    )


def _score_trace(rows: pl.DataFrame, look: Look, symbol: str, foot: float, unit: str) -> go.Scatter:
    """Completed proposals filled, stopped ones open at their last rung, those without a score a cross at the foot."""
    points = [row for row in rows.to_dicts() if row["last"] is not None or row["state"] in ("failed", "pruned")]
    states = {"completed": symbol, "pruned": f"{symbol}-open"}
    return go.Scatter(
        x=[row["number"] for row in points],
        y=[foot if row["last"] is None else row["last"] for row in points],
        mode="markers",
        cliponaxis=False,
        marker={
            "symbol": ["x-thin-open" if row["last"] is None else states.get(row["state"], symbol) for row in points],
            "size": 8,
            "color": look.color,
            "line": {"width": 1.5, "color": look.color},
            "opacity": 0.8,
        },
        hoverinfo="text",
        hovertext=[
            f"proposal {row['number']}, {_ended(row, unit)}<br>score {number(row['last'])}"
            f"<br>{percent(row['label_fraction'])} of the labels"
            for row in points
        ],
    )


def _ended(row: dict[str, Any], unit: str) -> str:
    if row["stopped_at"] is not None:
        return f"stopped early at {unit} {row['stopped_at']:,}"
    return label("stopped early" if row["state"] == "pruned" else str(row["state"]))


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
