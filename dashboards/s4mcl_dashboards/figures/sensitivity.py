"""Sensitivity to one hyperparameter: the change of the score over its grid, with intervals, around the base at 0."""

import math
from typing import Any

import polars as pl

from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.log_ticks import log_ticks
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.frames.search import is_logarithmic
from s4mcl_dashboards.naming import limits, p_told, signed
from s4mcl_dashboards.palette import Look

HEIGHT = 300


def sensitivity_figure(grid: pl.DataFrame, look: Look, axis: str, *, logarithmic: bool | None = None) -> Drawing:
    """Draw `sensitivity_frame`: a curve through numbers, dots of levels; filled where a difference is shown.

    Args:
        grid: of one design and label fraction, at least one row.
        look: of the method.
        axis: what the vertical axis says.
        logarithmic: whether the hyperparameter was searched by its logarithm; None: guessed from the values.
    """
    rows = grid.to_dicts()
    numeric = grid["value"].null_count() == 0
    places = grid["value"].to_list() if numeric else list(range(len(rows)))
    figure = canvas(HEIGHT, _axis(rows, places, numeric=numeric, logarithmic=logarithmic), {"title": axis_title(axis)})
    figure.rule(y=0, line={"color": "var(--axis)", "width": 1.2})
    if numeric:
        line = {"color": look.color, "width": 1.6, "dash": look.dash}
        figure.add(trace("scatter", x=places, y=grid["effect"].to_list(), mode="lines", line=line, hoverinfo="skip"))
    figure.add(_dots(rows, places, look))
    return figure


def _axis(
    rows: list[dict[str, Any]], places: list[float], *, numeric: bool, logarithmic: bool | None
) -> dict[str, Any]:
    title = axis_title(rows[0]["parameter"])
    if not numeric:
        texts = [label(row["level"], 18) for row in rows]
        return {"title": title, "tickvals": places, "ticktext": texts, "range": [-0.5, len(rows) - 0.5]}
    texts = [label(row["level"], 10) for row in rows]
    if min(places) > 0 and (is_logarithmic(places) if logarithmic is None else logarithmic):
        low, high = math.log10(min(places)), math.log10(max(places))
        margin = 0.08 * (high - low) or 0.1
        return {
            **{"title": title, "type": "log", "range": [low - margin, high + margin], "tickangle": 0},
            **({"tickvals": places, "ticktext": texts} if len(places) <= 6 else log_ticks(low, high)),
        }
    margin = 0.06 * (max(places) - min(places)) or 0.1
    return {"title": title, "range": [min(places) - margin, max(places) + margin], "nticks": 6}


def _dots(rows: list[dict[str, Any]], places: list[float], look: Look) -> Trace:
    """The base is a filled dot of the page's ink: it has no interval, all others are differences from it."""
    shown = [row["verdict"] not in (None, NO_DIFFERENCE) for row in rows]
    symbols = [
        "circle" if row["base"] else look.marker if known else f"{look.marker}-open"
        for row, known in zip(rows, shown, strict=True)
    ]
    colors = ["var(--ink)" if row["base"] else look.color for row in rows]
    return trace(
        "scatter",
        x=places,
        y=[row["effect"] for row in rows],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": symbols, "size": 10, "color": colors, "line": {"color": colors, "width": 1.8}},
        error_y=whiskers(rows, "effect", color=look.color, thickness=1.4, width=4),
        hoverinfo="text",
        hovertext=[_told(row) for row in rows],
    )


def _told(row: dict[str, Any]) -> str:
    head = f"{label(row['parameter'])} {label(row['level'])}"
    if row["base"]:
        return f"{head}<br>the base"
    return (
        f"{head}<br>{signed(row['effect'])}, 95 % interval {limits(row['low'], row['high'])}"
        f"<br>corrected: {p_told(row['p_holm'])}; {row['verdict']}"
    )
