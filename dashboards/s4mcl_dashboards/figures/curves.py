"""Training curves: one quantity of one method against the iteration, a line a label fraction."""

from typing import Any

import plotly.graph_objects as go
import polars as pl

from s4mcl_dashboards.figures.canvas import canvas
from s4mcl_dashboards.naming import compact, percent
from s4mcl_dashboards.palette import Look

BOUNDED = ("val_dice", "val_balanced_accuracy", "val_accuracy", "val_score", "val_iou")


def curve_figure(curves: pl.DataFrame, quantity: str, looks: dict[float, Look]) -> go.Figure:
    """Draw the rows of `curves_frame` that belong to one method and one quantity."""
    wide = quantity in ("val_dice", "val_balanced_accuracy")
    y_axis: dict[str, Any] = {"nticks": 5}
    if quantity in BOUNDED:
        y_axis |= {"range": [0, 1.02], "tickformat": ".1f"}
    figure = canvas(240 if wide else 170, {"nticks": 5}, y_axis)
    figure.update_layout(margin={"l": 40, "r": 10, "t": 6, "b": 28})
    for fraction, look in sorted(looks.items()):
        rows = curves.filter((pl.col("label_fraction") == fraction) & (pl.col("quantity") == quantity)).sort(
            "iteration"
        )
        if rows.is_empty():
            continue
        figure.add_trace(
            go.Scatter(
                x=rows["iteration"].to_list(),
                y=rows["mean"].to_list(),
                mode="lines" if rows.height > 1 else "markers",
                line={"color": look.color, "width": 2, "dash": look.dash},
                marker={"color": look.color, "size": 7},
                hoverinfo="text",
                hovertext=[
                    f"{percent(fraction)} of the labels<br>iteration {iteration:,}: {compact(mean)}<br>mean of n = {n}"
                    for iteration, mean, n in rows.select("iteration", "mean", "n").rows()
                ],
            )
        )
    return figure
