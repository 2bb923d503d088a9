"""Training curves: one quantity of one method against the iteration, a line a label fraction, single trials thin."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from s4mcl.naming import percent
from s4mcl_dashboards.figures.canvas import Drawing, canvas
from s4mcl_dashboards.figures.score_axis import share_axis
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import Look

BOUNDED = ("val_dice", "val_balanced_accuracy", "val_accuracy", "val_score", "val_iou", "val_macro_f1")
OF_DISCRIMINATOR = "discriminator/"
MEAN = "mean over seeds"
DIGITS = 4  # significant digits of a point, a tenth of a pixel


def curve_figure(
    curves: pl.DataFrame,
    quantity: str,
    looks: dict[float, Look],
    singles: pl.DataFrame | None = None,
    ends: Sequence[float | None] = (),
) -> Drawing:
    """Draw the rows of `curves_frame` that belong to one method and one quantity.

    Args:
        curves: those rows.
        quantity: which one.
        looks: of the label fractions.
        singles: the rows of `single_curves_frame` of the same method. They are hidden until the page's legend shows
            them: each trace names its rank and its label fraction as series.
        ends: what the axis of a score has to hold beside them, so that those of several methods are alike.
    """
    wide = quantity in ("val_dice", "val_balanced_accuracy")
    y_axis: dict[str, Any] = {"nticks": 5}
    if quantity in BOUNDED:
        y_axis |= share_axis([*ends, *values_of(quantity, curves, singles)])
    elif quantity.startswith(OF_DISCRIMINATOR):
        y_axis |= {"range": [-0.02, 1.02], "tickformat": ".1f"}
    figure = canvas(240 if wide else 170, {"nticks": 5}, y_axis)
    figure.lay(margin={"l": 40, "r": 10, "t": 6, "b": 28})
    traces: list[dict[str, Any]] = []
    thin = _by_fraction(singles, quantity)
    thick = _by_fraction(curves, quantity)
    for fraction, look in sorted(looks.items()):
        for trial in thin[fraction].partition_by("key", "rank", maintain_order=True) if fraction in thin else ():
            traces.append(_single_trace(trial, look))
        if fraction in thick:
            traces.append(_mean_trace(thick[fraction].sort("iteration"), fraction, look))
    figure.add(*traces)
    return figure


def _by_fraction(frame: pl.DataFrame | None, quantity: str) -> dict[float, pl.DataFrame]:
    if frame is None:
        return {}
    parts = frame.filter(pl.col("quantity") == quantity).partition_by("label_fraction", as_dict=True)
    return {float(str(fraction)): rows for (fraction,), rows in parts.items()}


def values_of(quantity: str, curves: pl.DataFrame, singles: pl.DataFrame | None = None) -> list[float | None]:
    """All that is drawn of a quantity."""
    drawn: list[float | None] = curves.filter(pl.col("quantity") == quantity)["mean"].to_list()
    return drawn + ([] if singles is None else singles.filter(pl.col("quantity") == quantity)["value"].to_list())


def series_of(fraction: float) -> str:
    """The name of a label fraction's lines in the legend."""
    return f"share-{fraction:g}"


def _mean_trace(rows: pl.DataFrame, fraction: float, look: Look) -> dict[str, Any]:
    seeds = rows["n"].unique().to_list()
    each = {"customdata": rows["n"].to_list()} if len(seeds) > 1 else {}
    told = f"{percent(fraction)} of the labels<br>iteration %{{x:,}}: %{{y:.4g}}"
    n = "%{customdata}" if each else str(seeds[0])
    return {
        "type": "scatter",
        "x": rows["iteration"].to_list(),
        "y": _rounded(rows["mean"]),
        "mode": "lines" if rows.height > 1 else "markers",
        "meta": {"series": [MEAN, series_of(fraction)]},
        "line": {"color": look.color, "width": 2, "dash": look.dash},
        "marker": {"color": look.color, "size": 7},
        "hovertemplate": f"{told}<br>mean of n = {n}<extra></extra>",
        **each,
    }


def _single_trace(rows: pl.DataFrame, look: Look) -> dict[str, Any]:
    """One trial: thin, dotted where it failed."""
    trial = rows.row(0, named=True)
    score = "" if trial["score"] is None else f", score {number(trial['score'])}"
    told = f"{trial['rank']} trial, seed {trial['seed']}{score}<br>{percent(trial['label_fraction'])} of the labels"
    return {
        "type": "scatter",
        "x": rows["iteration"].to_list(),
        "y": _rounded(rows["value"]),
        "mode": "lines" if rows.height > 1 else "markers",
        "visible": False,
        "meta": {"series": [trial["rank"], series_of(trial["label_fraction"])]},
        "line": {"color": look.color, "width": 1, "dash": "1px,3px" if trial["rank"] == "failed" else look.dash},
        "marker": {"color": look.color, "size": 5},
        "hovertemplate": f"{told}<br>iteration %{{x:,}}: %{{y:.4g}}<extra></extra>",
    }


def _rounded(values: pl.Series) -> list[float | None]:
    return values.round_sig_figs(DIGITS).to_list()
