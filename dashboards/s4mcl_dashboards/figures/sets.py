"""Sets as columns, the best mean score first: above the score with its interval, below a dot for each member."""

from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import AXIS, Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.place import MOST
from s4mcl_dashboards.figures.score_axis import score_range
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.naming import limits_of, number
from s4mcl_dashboards.palette import Look

ABOVE = 170  # pixels of the scores
ROW = 22  # pixels of an element
FOOT = 34


def sets_figure(sets: pl.DataFrame, elements: list[str], look: Look, axis: str, place: str = "") -> Drawing:
    """Draw `proposed_sets_frame` or `arm_sets_frame`.

    Args:
        sets: at least one row, the best first.
        elements: those that get a row, from above.
        look: of the method.
        axis: what the scores are.
        place: of the trials of a set (`figures.place`), in which {0} are its `trials`.
    """
    rows = sets.to_dicts()
    below = ROW * len(elements)
    height = ABOVE + below + FOOT
    split = (below + 8) / (ABOVE + below)
    x_axis = {"range": [0.3, len(rows) + 0.7], "showticklabels": False, "ticks": "", "showline": False}
    y_axis: dict[str, Any] = {
        **{"tickvals": [*range(len(elements))], "ticktext": [label(element, 24) for element in elements]},
        **{"range": [len(elements) - 0.5, -0.5], "domain": [0, split - 0.04], "showgrid": False},
        **{"ticks": "", "showline": False, "tickfont": {"size": 11}},
    }
    figure = canvas(height, {**x_axis, "title": axis_title("sets, the best mean first")}, y_axis)
    ends = [end for row in rows for end in (row["low"], row["high"], row["mean"]) if end is not None]
    middle = [row["mean"] for row in rows]
    wide = max(middle) - min(middle) or 0.05
    low, high = score_range([max(min(ends), min(middle) - wide), min(max(ends), max(middle) + wide)])
    above = {**AXIS, "domain": [split, 1], "range": [low, high], "nticks": 5, "title": axis_title(axis), "anchor": "x"}
    figure.lay(yaxis2=above, margin={"l": 48, "r": 10, "t": 8, "b": FOOT})
    figure.add(_spans(rows, elements, look))
    figure.add(_members(rows, elements, look, held=False))
    figure.add(_members(rows, elements, look, held=True))
    figure.add(_scores(rows, look, place))
    return figure


def _spans(rows: list[dict[str, Any]], elements: list[str], look: Look) -> Trace:
    """A line from the first member of a set to its last."""
    x: list[int | None] = []
    y: list[int | None] = []
    for place, row in enumerate(rows, start=1):
        held = [at for at, element in enumerate(elements) if element in row["members"]]
        if len(held) > 1:
            x += [place, place, None]
            y += [held[0], held[-1], None]
    return trace("scatter", x=x, y=y, mode="lines", line={"color": look.color, "width": 1.6}, hoverinfo="skip")


def _members(rows: list[dict[str, Any]], elements: list[str], look: Look, *, held: bool) -> Trace:
    points = [
        (place, at)
        for place, row in enumerate(rows, start=1)
        for at, element in enumerate(elements)
        if (element in row["members"]) == held
    ]
    size = 9 if len(rows) <= 30 else 6
    return trace(
        "scatter",
        x=[place for place, _ in points],
        y=[at for _, at in points],
        mode="markers",
        marker={"size": size if held else 3, "color": look.color if held else "var(--axis)"},
        hoverinfo="skip",
    )


def _scores(rows: list[dict[str, Any]], look: Look, place: str) -> Trace:
    """Filled where a difference from the base is shown; the base in the page's ink."""
    symbols = ["circle" if row["base"] else look.marker if row["shown"] else f"{look.marker}-open" for row in rows]
    colors = ["var(--ink)" if row["base"] else look.color for row in rows]
    leads = {"meta": {"place": place}, "customdata": [_custom(row["trials"]) for row in rows]} if place else {}
    return trace(
        "scatter",
        **leads,
        x=[*range(1, len(rows) + 1)],
        y=[row["mean"] for row in rows],
        yaxis="y2",
        mode="markers",
        marker={"symbol": symbols, "size": 8, "color": colors, "line": {"color": colors, "width": 1.6}},
        error_y=whiskers(rows, "mean", color=look.color, thickness=1.1, width=2, symmetric=True),
        hoverinfo="text",
        hovertext=[
            f"rank {row['rank']}{', the base' if row['base'] else ''}: {number(row['mean'])}<br>"
            f"95 % interval {limits_of(row['low'], row['high'])}, n = {row['n']}<br>"
            + "<br>".join(label(member) for member in row["members"][:10])
            for row in rows
        ],
    )


def _custom(trials: list[str]) -> list[Any]:
    """One or several trials of a column as custom data; none where they are not known."""
    return [trials[:MOST] if len(trials) > 1 else trials[0]] if trials else []
