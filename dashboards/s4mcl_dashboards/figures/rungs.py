"""Scores at the rungs of early stopping: a line a proposal."""

from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.score_axis import score_range
from s4mcl_dashboards.palette import Look


def rungs_figure(rungs: pl.DataFrame, look: Look, scores: list[float], unit: str = "iteration") -> Drawing:
    """Draw `rungs_frame` of one method: a line a proposal, grey and open-ended where it was stopped early.

    `unit` is what the rungs count: iterations or seeds.
    """
    figure = canvas(
        280,
        {"title": axis_title(unit), "nticks": 6},
        {"title": axis_title("score (validation)"), "range": score_range([*scores, *rungs["score"].to_list()])},
    )
    for stopped in (True, False):
        rows = rungs.filter((pl.col("state") == "pruned") == stopped)
        figure.add(_rungs_trace(rows, look, unit, stopped=stopped))
    return figure


def _rungs_trace(rows: pl.DataFrame, look: Look, unit: str, *, stopped: bool) -> Trace:
    """All lines of one kind as one trace, with a gap between two of them; the words of a hover are said once."""
    x: list[int | None] = []
    y: list[float | None] = []
    told: list[list[Any]] = []
    sizes: list[int] = []
    for proposal in rows.partition_by("label_fraction", "number", maintain_order=True) if rows.height else ():
        points = proposal.to_dicts()
        x += [*(point["iteration"] for point in points), None]
        y += [*(point["score"] for point in points), None]
        sizes += [*(0 for _ in points[:-1]), 8, 0]
        ended = "stopped early here" if stopped else label(str(points[0]["state"]))
        told += [*([point["number"], ""] for point in points[:-1]), [points[-1]["number"], f"<br>{ended}"], [None, ""]]
    return trace(
        "scatter",
        x=x,
        y=y,
        mode="lines+markers",
        cliponaxis=False,
        opacity=0.7,
        line={"color": "var(--axis)" if stopped else look.color, "width": 1},
        marker={
            "symbol": "circle-open" if stopped else "circle",
            "size": sizes,
            "color": look.color,
            "line": {"color": look.color, "width": 1.5},
            "opacity": 1,
        },
        customdata=told,
        hovertemplate=f"proposal %{{customdata[0]}}, {unit} %{{x:,}}<br>%{{y:.3f}}%{{customdata[1]}}<extra></extra>",
    )
