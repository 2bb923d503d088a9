"""A metric against the label fraction: a line a method with its interval, the paper's values dashed, label savings."""

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, templated, trace, wrapped
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.figures.savings import APART as ARROW
from s4mcl_dashboards.figures.savings import arrow_traces
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.frames.label_fraction import seeds_frame
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import OTHER, PAPER_DASH, Look
from s4mcl_dashboards.paper import FRACTIONS

HEIGHT = 340
PLOT = 268  # pixels of it between the axes, about
APART = 0.022  # decades between the whiskers of neighbouring methods, so that they do not cover each other
CLOSE = 0.12  # decades within which two ticks would touch


def label_fraction_figure(
    effect: pl.DataFrame,
    paper: pl.DataFrame,
    metric: str,
    looks: dict[str, Look],
    *,
    majority: float | None = None,
    arrows: pl.DataFrame | None = None,
    told: Mapping[str, str] | None = None,
) -> Drawing:
    """Draw `label_fraction_frame` in one metric over `paper_frame`.

    Args:
        majority: the accuracy of always naming the commonest class, a thin line across accuracy.
        arrows: the label savings, as `arrows_frame` gives them.
        told: what to say of a method's saving in this metric, plain text.
    """
    ours = effect.filter(pl.col("metric") == metric)
    theirs = paper.filter(pl.col("metric") == metric)
    saved = None if arrows is None else arrows.filter(pl.col("measure") == metric)
    majority = majority if metric == "accuracy" else None
    y_axis = _metric_axis(ours, theirs, majority, saved)
    figure = canvas(HEIGHT, _fraction_axis(ours, theirs), y_axis)
    if majority is not None:
        figure.rule(y=majority, line={"color": OTHER, "width": 1})
    for (name, method), row in theirs.group_by("name", "method", maintain_order=True):
        figure.add(_paper_trace(str(name), str(method), row, looks))
    methods = [method for method in looks if method in set(ours["method"].to_list())]
    for at, method in enumerate(methods):
        shift = 10 ** (APART * (at - (len(methods) - 1) / 2))
        cells = ours.filter(pl.col("method") == method).sort("label_fraction")
        figure.add(_whisker_trace(method, cells, looks[method], shift))
        figure.add(_seed_trace(method, cells, looks[method], shift))
        figure.add(_mean_trace(method, cells, looks[method], shift))
    if saved is not None:
        pixel = (y_axis["range"][1] - y_axis["range"][0]) / PLOT
        texts = {method: wrapped(text) for method, text in (told or {}).items()}
        figure.add(*arrow_traces(saved, looks, texts, pixel))
    return figure


def _fraction_axis(ours: pl.DataFrame, theirs: pl.DataFrame) -> dict[str, Any]:
    own = sorted(set(ours["label_fraction"].to_list()))
    ticks = list(own)
    for fraction in FRACTIONS if theirs.height else ():
        if all(abs(math.log10(fraction / tick)) > CLOSE for tick in ticks):
            ticks.append(fraction)
    low, high = (min(ticks), max(ticks)) if ticks else (0.05, 1.0)
    return {
        "type": "log",
        "range": [math.log10(low) - 0.12, math.log10(high) + 0.12],
        "tickvals": sorted(ticks),
        "ticktext": [percent(tick).replace(" %", "") for tick in sorted(ticks)],
        "title": axis_title("labels used, %"),
    }


def _metric_axis(
    ours: pl.DataFrame, theirs: pl.DataFrame, majority: float | None, saved: pl.DataFrame | None
) -> dict[str, Any]:
    """From just below the lowest value to 1. Whiskers do not count: with two seeds they would flatten everything."""
    seen = [value for values in ours["values"].to_list() for value in values] + theirs["value"].to_list()
    seen += [majority] if majority is not None else []
    low = min(seen, default=0.0)
    floor, top = max(0.0, math.floor((low - 0.05) * 10) / 10), 1.02
    if saved is not None and saved.height:  # arrows at one target stand above each other
        stack = (ARROW * (saved.height - 1) + 8) * (top - floor) / PLOT
        top = max(top, float(saved["target"].max()) + stack)  # type: ignore[arg-type]  # a Float64 column
    ticks = {"dtick": 0.1, "tickformat": ".1f"} if top - floor > 0.4 else {"dtick": 0.05, "tickformat": ".2f"}
    return {"range": [floor, top], **ticks}


def _paper_trace(name: str, method: str, row: pl.DataFrame, looks: dict[str, Look]) -> Trace:
    look = looks.get(method, Look(OTHER, "solid", "circle"))
    row = row.sort("label_fraction")
    points = zip(row["label_fraction"].to_list(), row["value"].to_list(), strict=True)
    return trace(
        "scatter",
        x=row["label_fraction"].to_list(),
        y=row["value"].to_list(),
        mode="lines+markers",
        meta={"series": "paper"},
        opacity=0.75,
        line={"color": look.color, "width": 1.3, "dash": PAPER_DASH},
        marker={"symbol": f"{look.marker}-open", "size": 6, "color": look.color},
        hoverinfo="text",
        hovertext=[f"paper: {name}<br>{percent(at)} of the labels: {number(value)}" for at, value in points],
    )


def _mean_trace(method: str, cells: pl.DataFrame, look: Look, shift: float) -> Trace:
    rows = cells.to_dicts()
    return trace(
        "scatter",
        x=[row["label_fraction"] * shift for row in rows],
        y=[row["mean"] for row in rows],
        mode="lines+markers",
        meta={"series": method},
        line={"color": look.color, "width": 2.2, "dash": look.dash},
        marker={"symbol": look.marker, "size": 9, "color": look.color, "line": {"color": "var(--card)", "width": 1}},
        hoverinfo="text",
        hovertext=[_told(method, row) for row in rows],
    )


def _whisker_trace(method: str, cells: pl.DataFrame, look: Look, shift: float) -> Trace:
    """The intervals, fainter than the means."""
    rows = cells.drop_nulls("high").to_dicts()
    return trace(
        "scatter",
        x=[row["label_fraction"] * shift for row in rows],
        y=[row["mean"] for row in rows],
        mode="markers",
        meta={"series": method},
        opacity=0.6,
        marker={"size": 1, "color": look.color},
        error_y=whiskers(rows, "mean", color=look.color, thickness=1.3, width=3, symmetric=True),
        hoverinfo="skip",
    )


def _told(method: str, row: dict[str, Any]) -> str:
    """The hover text of a mean: its interval and every seed."""
    lines = [
        f"<b>{label(method_name(method))}</b>, {percent(row['label_fraction'])} of the labels",
        f"mean {number(row['mean'])}",
    ]
    if row["low"] is not None:
        lines.append(f"95 % interval {number(row['low'])} to {number(row['high'])}, over {row['over']}")
    lines += [f"seed {seed}: {number(value)}" for seed, value in zip(row["seeds"][:10], row["values"], strict=False)]
    if row["n"] > 10:
        lines.append(f"and {row['n'] - 10} seeds more")
    return "<br>".join(lines)


def _seed_trace(method: str, cells: pl.DataFrame, look: Look, shift: float) -> Trace:
    """Single seeds as faint points; the text of a hover is made once."""
    points = seeds_frame(cells).rows()
    return trace(
        "scatter",
        x=[fraction * shift for fraction, _, _ in points],
        y=[value for _, _, value in points],
        mode="markers",
        meta={"series": method, "place": place("confirm", method, labels="{2}", seed="{1}")},
        opacity=0.45,
        marker={"symbol": look.marker, "size": 5, "color": look.color},
        customdata=[[percent(fraction), seed, fraction] for fraction, seed, _ in points],
        hovertemplate=f"{templated(method_name(method))}, %{{customdata[0]}} of the labels<br>"
        "seed %{customdata[1]}: %{y:.3f}<extra></extra>",
    )
