"""Two factors together: the mean score over the levels of one, a line a level of the other."""

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.naming import limits_of, number
from s4mcl_dashboards.palette import LOOKS, OTHER, Look

HEIGHT = 230
APART = 0.05  # between the whiskers of two lines, so that they do not cover each other


def interaction_figure(cells: pl.DataFrame, look: Look) -> Drawing:
    """Draw `cell_means_frame`: parallel lines say that the factors do not act together."""
    one_levels = cells["one_level"].unique(maintain_order=True).to_list()
    other_levels = cells["other_level"].unique(maintain_order=True).to_list()
    places = {level: place for place, level in enumerate(one_levels)}
    x_axis = {
        "title": axis_title(cells["one"][0]),
        "tickvals": [*places.values()],
        "ticktext": [label(level, 14) for level in one_levels],
        "range": [-0.25, len(one_levels) - 1 + 0.6],  # the names of the lines stand at their right ends
        "tickangle": 0,
    }
    figure = canvas(HEIGHT, x_axis, {"title": axis_title("mean score"), "nticks": 5})
    for turn, level in enumerate(other_levels):
        drawn = _look(look, turn)
        shift = APART * (turn - (len(other_levels) - 1) / 2)
        rows = cells.filter(pl.col("other_level") == level).to_dicts()
        figure.add(
            trace(
                "scatter",
                x=[places[row["one_level"]] + shift for row in rows],
                y=[row["mean"] for row in rows],
                mode="lines+markers+text",
                line={"color": drawn.color, "width": 2, "dash": drawn.dash},
                marker={"symbol": drawn.marker, "size": 8, "color": drawn.color},
                text=[*("" for _ in rows[:-1]), f"  {label(level, 14)}"],
                textposition="middle right",
                textfont={"color": drawn.color, "size": 11},
                cliponaxis=False,
                error_y=whiskers(rows, "mean", color=drawn.color, thickness=1.2, width=3, symmetric=True),
                hoverinfo="text",
                hovertext=[
                    f"{label(row['one'])} {label(row['one_level'])}<br>{label(row['other'])} "
                    f"{label(row['other_level'])}<br>mean {number(row['mean'])}, 95 % interval "
                    f"{limits_of(row['low'], row['high'])}, n = {row['n']}"
                    for row in rows
                ],
            )
        )
    return figure


def _look(own: Look, turn: int) -> Look:
    """The method's look for the first level, grey for the second, others of the palette for further ones."""
    if turn == 0:
        return own
    if turn == 1:
        return Look(OTHER, "6px,4px", "square" if own.marker != "square" else "circle")
    return [look for look in LOOKS if look != own][(turn - 2) % (len(LOOKS) - 1)]
