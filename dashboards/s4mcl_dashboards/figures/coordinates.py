"""Parallel coordinates laid on their side: an axis a row, so that a phone has the whole width for each."""

from collections.abc import Sequence
from typing import Any

from s4mcl_dashboards.figures.canvas import Drawing, Trace, canvas, label, templated, trace
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.frames.coordinates import ABSENT, Coordinates
from s4mcl_dashboards.palette import Look

ROW = 74  # pixels: the axis, its ticks below and its name above
EDGE = 0.06
CHOICES = 8  # of an axis that has room for their names


def coordinates_figure(
    coordinates: Coordinates, numbers: Sequence[int], look: Look, where: tuple[str, float]
) -> Drawing:
    """Draw the lines: grey the others, in the method's colour the best tenth, in the page's ink the best.

    Args:
        coordinates: at least the axis of the score.
        numbers: of the proposals.
        look: of the method.
        where: method and label fraction.
    """
    rows = len(coordinates.axes)
    hidden = {"visible": False, "automargin": False}
    absent = any(tick[0] == ABSENT for axis in coordinates.axes for tick in axis.ticks)
    left = ABSENT - EDGE if absent else -EDGE
    figure = canvas(ROW * rows + 24, {**hidden, "range": [left, 1 + EDGE]}, {**hidden, "range": [rows - 0.45, -0.55]})
    figure.lay(margin={"l": 8, "r": 8, "t": 6, "b": 6})
    figure.add({**_lines(coordinates, coordinates.others, "var(--axis)", 0.8), "opacity": 0.4, "hoverinfo": "skip"})
    for chosen, color, width in ((coordinates.top, look.color, 1.4), ((coordinates.best,), "var(--ink)", 2.4)):
        figure.add({**_named(coordinates, chosen, numbers, where), **_drawn(color, width)})
    figure.lay(shapes=[_axis_line(row) for row in range(rows)])
    figure.lay(annotations=[mark for row in range(rows) for mark in _words(coordinates, row)])
    return figure


def _drawn(color: str, width: float) -> dict[str, Any]:
    line, marker = {"color": color, "width": width}, {"color": color, "size": 5}
    return {"mode": "lines+markers", "line": line, "marker": marker, "opacity": 0.9}


def _lines(coordinates: Coordinates, chosen: Sequence[int], color: str, width: float) -> Trace:
    x, y = _path(coordinates, chosen)
    return trace("scatter", x=x, y=y, mode="lines", cliponaxis=False, line={"color": color, "width": width})


def _named(coordinates: Coordinates, chosen: Sequence[int], numbers: Sequence[int], where: tuple[str, float]) -> Trace:
    """Lines whose points tell the proposal and the value."""
    x, y = _path(coordinates, chosen)
    told: list[list[Any]] = []
    for proposal in chosen:
        for axis in coordinates.axes:
            value = label(axis.texts[proposal])
            told.append([numbers[proposal], f"{label(axis.name)}{axis.says and ', '}{axis.says}: {value}"])
        told.append([None, ""])
    return trace(
        "scatter",
        x=x,
        y=y,
        cliponaxis=False,
        customdata=told,
        meta={"place": place("search", where[0], labels=where[1], proposal="{0}")},
        hovertemplate=f"{templated('proposal')} %{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
    )


def _path(coordinates: Coordinates, chosen: Sequence[int]) -> tuple[list[float | None], list[int | None]]:
    """All lines as one, with a gap between two of them."""
    x: list[float | None] = []
    y: list[int | None] = []
    for proposal in chosen:
        x += [*(round(axis.places[proposal], 4) for axis in coordinates.axes), None]
        y += [*range(len(coordinates.axes)), None]
    return x, y


def _axis_line(row: int) -> dict[str, Any]:
    line = {"color": "var(--axis)", "width": 1.4}
    return {"type": "line", "x0": 0, "x1": 1, "y0": row, "y1": row, "line": line, "layer": "above"}


def _words(coordinates: Coordinates, row: int) -> list[dict[str, Any]]:
    """The name above the axis, its ticks below, on a ground that keeps lines from crossing them out."""
    axis = coordinates.axes[row]
    plain = {"showarrow": False, "bgcolor": "var(--page)", "borderpad": 1, "y": row}
    name = f"<b>{label(axis.name, 34)}</b>{axis.says and ', '}{axis.says}"
    marks = [{**plain, "x": 0, "xanchor": "left", "text": name, "yshift": 13, "font": {"size": 12}}]
    ticks = axis.ticks if len(axis.ticks) <= CHOICES else ()
    for at, text in ticks:
        anchor = "left" if at in (0.0, ABSENT) else "right" if at == 1.0 else "center"
        font = {"size": 10, "color": "var(--muted)"}
        marks.append({**plain, "x": at, "xanchor": anchor, "text": label(text, 14), "yshift": -11, "font": font})
    return marks
