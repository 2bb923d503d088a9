"""The importance of hyperparameters by two measures: a row a hyperparameter."""

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, axis_title, canvas, label, trace
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import Look

ROW = 26
MOST = 15  # hyperparameters; the elements of subsets make many
MEASURES = (("fanova", "fANOVA", "-open"), ("ped_anova", "PED-ANOVA", ""))


def importance_figure(shares: pl.DataFrame, look: Look) -> Drawing:
    """Draw columns hyperparameter, ped_anova and fanova; the most important by PED-ANOVA on top, 15 at most."""
    rows = shares.head(MOST)
    places = list(range(rows.height))
    y_axis = {
        "tickvals": places,
        "ticktext": [label(name, 26) for name in rows["hyperparameter"]],
        "range": [rows.height - 0.4, -0.6],
        "ticks": "",
        "showline": False,
    }
    figure = canvas(64 + ROW * rows.height, {"title": axis_title("share"), "range": [-0.02, 1.02], "nticks": 6}, y_axis)
    for column, name, ending in MEASURES:
        figure.add(
            trace(
                "scatter",
                x=rows[column].to_list(),
                y=places,
                mode="markers",
                marker={
                    "symbol": f"{look.marker}{ending}",
                    "size": 10,
                    "color": look.color,
                    "line": {"color": look.color, "width": 1.8},
                },
                hoverinfo="text",
                hovertext=[
                    f"{label(row['hyperparameter'], 80)}<br>{name}: {number(row[column], 2)}" for row in rows.to_dicts()
                ],
            )
        )
    return figure
