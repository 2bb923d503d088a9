"""A reliability diagram: how often what was said came true, by the probability with which it was said."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import AXIS, Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.roc import ALL, SHARE, chance
from s4mcl_dashboards.frames.calibration import BINS, FEW
from s4mcl_dashboards.naming import count, number
from s4mcl_dashboards.palette import Look

HEIGHT = 300
FOOT = 0.17  # the share of the height that the counts have


def calibration_figure(points: pl.DataFrame, names: Sequence[str], looks: Mapping[int, Look]) -> Drawing:
    """Draw the rows of `calibration_frame` of one method and label fraction, with their counts at the foot.

    Args:
        points: those rows.
        names: of all classes.
        looks: of the classes that are drawn.
    """
    figure = canvas(
        HEIGHT,
        {**SHARE, "title": axis_title("probability"), "anchor": "y2"},
        {**SHARE, "title": axis_title("share that came true"), "domain": [FOOT + 0.06, 1]},
    )
    figure.lay(yaxis2={**AXIS, "domain": [0, FOOT], "showticklabels": False, "ticks": "", "showgrid": False})
    figure.add(chance())
    for name, look in looks.items():
        own = points.filter(pl.col("one") == name)
        if own.height:
            figure.add(_line(own, label(names[name]), look, width=1.2, size=5))
    named = points.filter(pl.col("one").is_null())
    if named.height:
        figure.add(_line(named, "the class that was called", ALL, width=2.2, size=8))
        figure.add(_counts(named))
    return figure


def _line(rows: pl.DataFrame, name: str, look: Look, *, width: float, size: int) -> Trace:
    """Points of bins, open where there are few predictions; whiskers from the lowest to the highest seed."""
    rows = rows.sort("bin")
    return trace(
        "scatter",
        x=rows["confidence"].to_list(),
        y=rows["share"].to_list(),
        mode="lines+markers",
        line={"color": look.color, "width": width, "dash": look.dash},
        marker={
            "symbol": [f"{look.marker}-open" if few else look.marker for few in rows["count"] < FEW],
            "size": size,
            "color": look.color,
        },
        error_y=_whiskers(rows, look) if look is ALL else None,
        hoverinfo="text",
        hovertext=[_told(name, row) for row in rows.to_dicts()],
    )


def _whiskers(rows: pl.DataFrame, look: Look) -> dict[str, Any]:
    up = (rows["high"] - rows["share"]).fill_null(0).clip(lower_bound=0)
    down = (rows["share"] - rows["low"]).fill_null(0).clip(lower_bound=0)
    spread = {"array": up.to_list(), "arrayminus": down.to_list(), "symmetric": False}
    return {"type": "data", **spread, "color": look.color, "thickness": 1, "width": 3}


def _told(name: str, row: Mapping[str, Any]) -> str:
    told = f"{name}<br>said with {number(row['confidence'], 2)}, true in {number(row['share'], 2)}"
    told += f"<br>{count(row['count'], 'prediction')}"
    spread = "" if row["low"] is None else f"<br>seeds: {number(row['low'], 2)} to {number(row['high'], 2)}"
    return told + spread


def _counts(rows: pl.DataFrame) -> Trace:
    return trace(
        "bar",
        x=[(at + 0.5) / BINS for at in rows["bin"]],
        y=rows["count"].to_list(),
        width=0.9 / BINS,
        yaxis="y2",
        marker={"color": "var(--axis)"},
        hoverinfo="text",
        hovertext=[
            f"{number(at / BINS, 1)} to {number((at + 1) / BINS, 1)}: {count(amount, 'prediction')}"
            for at, amount in rows.select("bin", "count").rows()
        ],
    )
