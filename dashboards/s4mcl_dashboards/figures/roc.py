"""ROC curves of one method: each class against the rest, thin, and their mean, thick, with the spread of the seeds."""

from collections.abc import Mapping, Sequence

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.palette import Look

HEIGHT = 300
ALL = Look("var(--ink)", "solid", "circle")  # of what is over all classes
SHARE = {"range": [-0.02, 1.02], "tickvals": [0, 0.25, 0.5, 0.75, 1], "hoverformat": ".2f"}


def roc_figure(curves: pl.DataFrame, names: Sequence[str], looks: Mapping[int, Look]) -> Drawing:
    """Draw the rows of `roc_frame` of one method and label fraction.

    Args:
        curves: those rows.
        names: of all classes.
        looks: of the classes that are drawn.
    """
    figure = canvas(
        HEIGHT,
        {**SHARE, "title": axis_title("false positive rate")},
        {**SHARE, "title": axis_title("true positive rate")},
    )
    figure.add(chance())
    mean = curves.filter(pl.col("one").is_null())
    for name, look in looks.items():
        own = curves.filter(pl.col("one") == name)
        if own.height:
            figure.add(_line(own, label(names[name]), look, 1.4))
    if mean.height:
        if mean["low"].drop_nulls().len():
            figure.add(_band(mean.drop_nulls("low")))
        figure.add(_line(mean, "mean over classes", ALL, 2.4))
    return figure


def chance() -> Trace:
    """The diagonal: a coin's ROC curve, a perfect calibration."""
    line = {"color": "var(--axis)", "width": 1, "dash": "3px,3px"}
    return trace("scatter", x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip")


def _line(rows: pl.DataFrame, name: str, look: Look, width: float) -> Trace:
    return trace(
        "scatter",
        x=rows["fpr"].to_list(),
        y=rows["tpr"].to_list(),
        mode="lines",
        line={"color": look.color, "width": width, "dash": look.dash},
        text=name,
        hovertemplate="%{text}<br>false positive %{x:.2f}, true positive %{y:.2f}<extra></extra>",
    )


def _band(rows: pl.DataFrame) -> Trace:
    """From the lowest to the highest seed."""
    return trace(
        "scatter",
        x=[*rows["fpr"].to_list(), *reversed(rows["fpr"].to_list())],
        y=[*rows["high"].to_list(), *reversed(rows["low"].to_list())],
        mode="lines",
        fill="toself",
        fillcolor="var(--axis)",
        opacity=0.3,
        line={"width": 0},
        hoverinfo="skip",
    )
