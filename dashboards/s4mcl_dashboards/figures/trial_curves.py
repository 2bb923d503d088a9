"""Training curves of one trial: a picture a panel, a line a quantity, the rungs of early stopping across it."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.score_axis import share_axis
from s4mcl_dashboards.frames.trial_curves import Panel
from s4mcl_dashboards.naming import compact, number, quantity_name
from s4mcl_dashboards.palette import LOOKS, Look

HEIGHT = 220
LEGEND_LINE = 19  # pixels
SHARES = ("val_dice", "val_balanced_accuracy", "val_accuracy", "val_score", "val_iou", "val_macro_f1")


def trial_figure(
    curves: pl.DataFrame, panel: Panel, look: Look = LOOKS[0], rungs: Sequence[tuple[int, float]] = ()
) -> Drawing:
    """Draw the quantities of a panel.

    Args:
        curves: `trial_curves_frame` of one trial.
        panel: one of `panels_of(curves)`.
        look: that of the trial's method; several lines of one panel have looks of their own.
        rungs: (iteration, score) where early stopping judged the trial: lines across, and points in the panel that
            shows the score.
    """
    y_axis: dict[str, Any] = {"nticks": 5}
    if all(name in SHARES for name in panel.quantities):
        shown = curves.filter(pl.col("quantity").is_in(panel.quantities))["value"].to_list()
        y_axis |= share_axis([*shown, *(score for _, score in rungs if "val_score" in panel.quantities)])
    elif all(name in SHARES or name.startswith("discriminator/") for name in panel.quantities):
        y_axis |= {"range": [-0.02, 1.02], "tickformat": ".1f"}
    figure = canvas(HEIGHT, {"nticks": 5, "title": axis_title("iteration")}, y_axis)
    for at, _ in rungs:
        figure.rule(x=at, line={"color": "var(--axis)", "width": 1, "dash": "2px,3px"})
    several = len(panel.quantities) > 1
    for place, name in enumerate(panel.quantities):
        figure.add(_line(curves.filter(pl.col("quantity") == name), name, LOOKS[place] if several else look))
    if rungs and "val_score" in panel.quantities:
        figure.add(_rungs(rungs))
    if several:
        above = LEGEND_LINE * len(figure.data)  # a line of the legend each, so that a phone has room for them too
        legend = {"x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
        figure.lay(showlegend=True, legend=legend, margin={"t": 14 + above}, height=HEIGHT + above)
    return figure


def _line(rows: pl.DataFrame, name: str, look: Look) -> Trace:
    rows = rows.sort("iteration")
    known = rows["value"].drop_nulls().len()
    # A value between two gaps is a point; a line would not show it.
    alone = rows["value"].is_not_null() & rows["value"].shift(1).is_null() & rows["value"].shift(-1).is_null()
    return trace(
        "scatter",
        x=rows["iteration"].to_list(),
        y=rows["value"].to_list(),
        name=label(quantity_name(name).removeprefix("Validation ").removeprefix("Discriminator: ")),
        mode="lines+markers" if known else "lines",
        line={"color": look.color, "width": 2, "dash": look.dash},
        marker={"color": look.color, "symbol": look.marker, "size": [7 if single else 0 for single in alone]},
        hoverinfo="text",
        hovertext=[
            f"{label(quantity_name(name))}<br>iteration {at:,}: {'–' if value is None else compact(value)}"
            for at, value in rows.select("iteration", "value").rows()
        ],
    )


def _rungs(rungs: Sequence[tuple[int, float]]) -> Trace:
    return trace(
        "scatter",
        x=[at for at, _ in rungs],
        y=[score for _, score in rungs],
        name="early stopping",
        mode="markers",
        marker={"symbol": "circle-open", "size": 10, "color": "var(--ink)", "line": {"width": 1.5}},
        hoverinfo="text",
        hovertext=[f"early stopping, iteration {at:,}<br>{number(score)}" for at, score in rungs],
    )
