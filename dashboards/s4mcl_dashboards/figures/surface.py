"""The score over two hyperparameters as filled contours, with the proposals as points."""

import math
from typing import Any

from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, templated, trace
from s4mcl_dashboards.figures.log_ticks import log_ticks
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.frames.completed import Completed
from s4mcl_dashboards.frames.sample import spaced
from s4mcl_dashboards.frames.surface import Surface

HEIGHT = 380
POINTS = 200  # proposals that are drawn: the best and an even sample of the others
BEST = 40
SCALE = [[step / 5, f"var(--share-{step + 1})"] for step in range(6)]


def surface_figure(surface: Surface, completed: Completed, where: tuple[str, float]) -> Drawing:
    """Draw the contours where there is a surface, and the proposals; the best one as a star.

    Args:
        surface: of `surface_of`.
        completed: what it was made from.
        where: method and label fraction.
    """
    x_axis = _axis(surface.x, completed, logarithmic=surface.x_logarithmic)
    y_axis = _axis(surface.y, completed, logarithmic=surface.y_logarithmic)
    figure = canvas(HEIGHT, x_axis, {**y_axis, "showgrid": False})
    if surface.z:
        figure.add(_contours(surface))
    figure.add(_points(surface, completed, where))
    best = completed.ranked[0]
    figure.add(
        trace(
            "scatter",
            x=[completed.given[best][surface.x]],
            y=[completed.given[best][surface.y]],
            mode="markers",
            marker={
                "symbol": "star",
                "size": 15,
                "color": "var(--page)",
                "line": {"color": "var(--ink)", "width": 1.4},
            },
            hoverinfo="skip",
        )
    )
    return figure


def _contours(surface: Surface) -> Trace:
    bar = {"thickness": 10, "outlinewidth": 0, "nticks": 5, "tickfont": {"size": 10}, "title": {"text": "score"}}
    return trace(
        "contour",
        x=list(surface.xs),
        y=list(surface.ys),
        z=[list(row) for row in surface.z],
        colorscale=SCALE,
        ncontours=9,
        connectgaps=False,
        contours={"coloring": "fill"},
        line={"width": 0.6, "color": "var(--page)"},
        colorbar=bar,
        hoverinfo="skip",
    )


def _points(surface: Surface, completed: Completed, where: tuple[str, float]) -> Trace:
    ranked = completed.ranked
    rest = ranked[BEST:]
    shown = [*ranked[:BEST], *(rest[at] for at in spaced(len(rest), POINTS - BEST))]
    return trace(
        "scatter",
        x=[completed.given[at][surface.x] for at in shown],
        y=[completed.given[at][surface.y] for at in shown],
        mode="markers",
        marker={"size": 6, "color": "var(--page)", "opacity": 0.85, "line": {"color": "var(--ink)", "width": 1}},
        customdata=[[completed.numbers[at], completed.scores[at]] for at in shown],
        meta={"place": place("search", where[0], labels=where[1], proposal="{0}")},
        hovertemplate="proposal %{customdata[0]}, score %{customdata[1]:.3f}<br>"
        f"{templated(surface.x)} %{{x:.4g}}<br>{templated(surface.y)} %{{y:.4g}}<extra></extra>",
    )


def _axis(name: str, completed: Completed, *, logarithmic: bool) -> dict[str, Any]:
    values = [float(value) for value in completed.column(name)]
    title = axis_title(name)
    if logarithmic:
        low, high = math.log10(min(values)), math.log10(max(values))
        margin = 0.04 * (high - low)
        low, high = low - margin, high + margin
        return {"title": title, "type": "log", "range": [low, high], **log_ticks(low, high)}
    margin = 0.04 * (max(values) - min(values))
    return {"title": title, "range": [min(values) - margin, max(values) + margin], "nticks": 6, "tickformat": "~g"}
