"""A confusion matrix: true classes from top to bottom, what they were called from left to right."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, axis_title, canvas, label, trace
from s4mcl_dashboards.naming import count, percent_of

CELL = 52  # pixels
MOST_TOLD = 8  # classes beyond which a cell has no room for its numbers
NAME = 14  # characters of a class's name


def confusion_figure(matrix: pl.DataFrame, names: Sequence[str], shown: Sequence[int]) -> Drawing:
    """Draw the rows of `confusion_frame` of one method and label fraction: shares as shade, shares and counts as text.

    Args:
        matrix: those rows.
        names: of all classes.
        shown: the classes that are drawn.
    """
    cells = {(row["truth"], row["named"]): row for row in matrix.to_dicts()}
    ticks = {
        "tickvals": list(range(len(shown))),
        "ticktext": [label(names[at], NAME) for at in shown],
        "showgrid": False,
    }
    length = max(min(CELL * len(shown), 420), 150)
    figure = canvas(
        length + 64,
        {**ticks, "title": axis_title("called"), "showline": False, "ticks": ""},
        {**ticks, "title": axis_title("truth"), "autorange": "reversed", "showline": False, "ticks": ""},
    )
    found = [[cells.get((truth, named), {}) for named in shown] for truth in shown]
    figure.add(
        trace(
            "heatmap",
            x=list(range(len(shown))),
            y=list(range(len(shown))),
            z=[[cell.get("share") for cell in row] for row in found],
            zmin=0,
            zmax=1,
            colorscale=[[0, "var(--card)"], [1, "var(--series-1)"]],
            opacity=0.55,  # so that numbers can be read on it, in the light and in the dark
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="text",
            hovertext=[[_told(cell, names) for cell in row] for row in found],
        )
    )
    if len(shown) <= MOST_TOLD:
        figure.lay(annotations=_numbers(found))
    return figure


def _numbers(found: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    plain = {"showarrow": False, "font": {"size": 12, "color": "var(--ink)"}}
    return [
        {**plain, "x": at, "y": line, "text": f"{percent_of(cell.get('share'))}<br>{cell.get('count', 0):,}"}
        for line, row in enumerate(found)
        for at, cell in enumerate(row)
    ]


def _told(cell: dict[str, Any], names: Sequence[str]) -> str:
    if not cell:
        return ""
    told = f"truth: {label(names[cell['truth']])}<br>called: {label(names[cell['named']])}<br>{cell['count']:,}"
    if cell["share"] is None:
        return f"{told}; no test image is of this class"
    told += f", {percent_of(cell['share'])} of the class"
    spread = "" if cell["low"] is None else f", {percent_of(cell['low'])} to {percent_of(cell['high'])}"
    return f"{told}<br>{count(cell['seeds'], 'seed')}{spread}"
