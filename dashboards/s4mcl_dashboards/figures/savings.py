"""Label savings as horizontal arrows, each with its interval as a bar around the head."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Trace, trace
from s4mcl_dashboards.frames.savings import TAIL
from s4mcl_dashboards.palette import Look

SERIES = "savings"  # what the legend calls all arrows
APART = 11  # pixels between the arrows of one target
SHORT = 0.97  # beyond this fraction an arrow would have no length
CLOSED, OPEN_LOW, OPEN_HIGH = "line-ns", "triangle-left-open", "triangle-right-open"


def arrow_traces(arrows: pl.DataFrame, looks: Mapping[str, Look], told: Mapping[str, str], pixel: float) -> list[Trace]:
    """A bar and an arrow a row of `arrows_frame` in one measure.

    Args:
        arrows: one measure.
        looks: of the methods.
        told: what to say of each method on hover, markup already escaped.
        pixel: how much of the measure one pixel is.
    """
    drawn = []
    for row in arrows.to_dicts():
        level = row["target"] + APART * pixel * row["place"]
        look, text = looks[row["method"]], told[row["method"]]
        meta = {"series": [row["method"], SERIES]}
        if row["low"] is not None:
            drawn.append(_bar(row, level, look, text, meta))
        if row["head"] is not None:
            drawn.append(_arrow(row["head"], level, look, text, meta))
    return drawn


def _arrow(head: float, level: float, look: Look, text: str, meta: dict[str, Any]) -> Trace:
    """A line from the tail whose last marker points along it."""
    symbol = "arrow" if head < SHORT else "line-ns"
    return trace(
        "scatter",
        x=[TAIL, head],
        y=[level, level],
        mode="lines+markers",
        meta=meta,
        line={"color": look.color, "width": 1.6},
        marker={
            "symbol": ["circle-open", symbol],
            "size": [6, 15],
            "angleref": "previous",
            "color": look.color,
            "line": {"color": look.color, "width": 1.6},
        },
        hoverinfo="text",
        hovertext=[text, text],
    )


def _bar(row: dict[str, Any], level: float, look: Look, text: str, meta: dict[str, Any]) -> Trace:
    """The interval: ticks at its ends, open triangles where a limit lies beyond the fractions tried."""
    ends = [OPEN_LOW if row["low_open"] else CLOSED, OPEN_HIGH if row["high_open"] else CLOSED]
    return trace(
        "scatter",
        x=[row["low"], row["high"]],
        y=[level, level],
        mode="lines+markers",
        meta=meta,
        opacity=0.45,
        line={"color": look.color, "width": 5},
        marker={
            "symbol": ends,
            "size": 9,
            "color": look.color,
            "line": {"color": look.color, "width": 2},
        },
        hoverinfo="text",
        hovertext=[text, text],
    )
