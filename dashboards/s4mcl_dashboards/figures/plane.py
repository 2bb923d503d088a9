"""A metric of one method over the plane of both label fractions: classes from left to right, masks upwards."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from s4mcl.naming import percent
from s4mcl_dashboards.figures.canvas import Drawing, axis_title, canvas, trace
from s4mcl_dashboards.frames.plane import SHARES
from s4mcl_dashboards.naming import count, metric_name, number

CELL = 46  # pixels
MOST_TOLD = 8  # shares beyond which a cell has no room for its number


def plane_figure(
    rows: pl.DataFrame, shares: tuple[Sequence[float], Sequence[float]], span: tuple[float, float]
) -> Drawing:
    """Draw the rows of `plane_frame` of one method and metric: values as shade and as text.

    Args:
        rows: those rows.
        shares: of the classes and of the masks that the axes have, ascending.
        span: the least and the largest value, the same for all methods; the least has a shade, too, so that only what
            was not measured is blank.
    """
    across, up = shares
    least, most = span[0], max(span[1], span[0] + 0.01)
    cells = {tuple(row[share] for share in SHARES): row for row in rows.to_dicts()}
    found = [[cells.get((one, other)) for one in across] for other in up]
    plain = {"showgrid": False, "showline": False, "ticks": ""}
    figure = canvas(
        max(150, min(CELL * len(up), 420)) + 64,
        {**plain, **_ticks(across), "title": axis_title("classes shown, %")},
        {**plain, **_ticks(up), "title": axis_title("masks shown, %")},
    )
    figure.add(
        trace(
            "heatmap",
            x=list(range(len(across))),
            y=list(range(len(up))),
            z=[[None if cell is None else cell["mean"] for cell in line] for line in found],
            zmin=least - (most - least) / 3,
            zmax=most,
            colorscale=[[0, "var(--card)"], [1, "var(--series-1)"]],
            opacity=0.55,  # so that numbers can be read on it, in the light and in the dark
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="text",
            hovertext=[["" if cell is None else told(cell) for cell in line] for line in found],
        )
    )
    if max(len(across), len(up)) <= MOST_TOLD:
        figure.lay(annotations=_numbers(found))
    return figure


def told(cell: Mapping[str, Any]) -> str:
    """A cell in words: the value, its interval, and what it rests on."""
    classes, masks = (percent(cell[share]) for share in SHARES)
    limits = "" if cell["low"] is None else f" ({number(cell['low'])} to {number(cell['high'])})"
    lost = "" if cell["n"] == cell["planned"] else f" of {cell['planned']}"
    alone = f"<br>it sees the share of {cell['own']} alone" if cell["own"] else ""
    what = f"{metric_name(cell['metric'])} {number(cell['mean'])}{limits}"
    return f"{classes} of the classes, {masks} of the masks<br>{what}, {count(cell['n'], 'seed')}{lost}{alone}"


def _ticks(shares: Sequence[float]) -> dict[str, Any]:
    texts = [percent(share).removesuffix(" %") for share in shares]
    return {"tickvals": list(range(len(shares))), "ticktext": texts}


def _numbers(found: Sequence[Sequence[Mapping[str, Any] | None]]) -> list[dict[str, Any]]:
    plain = {"showarrow": False, "font": {"size": 12, "color": "var(--ink)"}}
    return [
        {**plain, "x": at, "y": line, "text": number(cell["mean"])}
        for line, row in enumerate(found)
        for at, cell in enumerate(row)
        if cell is not None
    ]
