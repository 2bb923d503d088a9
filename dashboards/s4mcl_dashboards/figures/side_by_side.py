"""A metric against the label fraction in several studies: colour is the method, dash and marker are the study."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import LOOKS, Look

HEIGHT = 360
APART = 0.018  # decades between neighbouring lines, so that their whiskers do not cover each other
Line = tuple[str, str]  # study and method


def line_looks(lines: Sequence[Line], methods: Mapping[str, Look]) -> dict[Line, Look]:
    """The look of each line: the colour of its method, the dash and marker of its study."""
    studies = list(dict.fromkeys(study for study, _ in lines))
    of_study = {study: LOOKS[place % len(LOOKS)] for place, study in enumerate(studies)}
    return {
        (study, method): Look(methods[method].color, of_study[study].dash, of_study[study].marker)
        for study, method in lines
    }


def side_by_side_figure(frame: pl.DataFrame, metric: str, looks: Mapping[Line, Look]) -> Drawing:
    """Draw `side_by_side_frame` in one metric: a line a study and method, its means with their 95 % intervals."""
    ours = frame.filter(pl.col("metric") == metric)
    figure = canvas(HEIGHT, _fraction_axis(ours), _metric_axis(ours))
    drawn = [line for line in looks if ours.filter(study=line[0], method=line[1]).height]
    for place, line in enumerate(drawn):
        rows = ours.filter(study=line[0], method=line[1]).sort("label_fraction").to_dicts()
        shift = 10 ** (APART * (place - (len(drawn) - 1) / 2))
        figure.add(_trace(line, series_of(line, looks), rows, looks[line], shift))
    return figure


def series_of(line: Line, looks: Mapping[Line, Look]) -> str:
    """A short name for a line, by which the page's legend finds it."""
    return f"line-{list(looks).index(line) + 1}"


def _trace(line: Line, series: str, rows: list[dict[str, Any]], look: Look, shift: float) -> Trace:
    study, method = line
    return trace(
        "scatter",
        x=[row["label_fraction"] * shift for row in rows],
        y=[row["mean"] for row in rows],
        mode="lines+markers",
        meta={"series": series},
        line={"color": look.color, "width": 2, "dash": look.dash},
        marker={"symbol": look.marker, "size": 8, "color": look.color, "line": {"color": "var(--card)", "width": 1}},
        error_y=whiskers(rows, "mean", color=look.color, thickness=1, width=3),
        hoverinfo="text",
        hovertext=[_told(study, method, row) for row in rows],
    )


def _told(study: str, method: str, row: dict[str, Any]) -> str:
    head = f"<b>{label(method_name(method))}</b>, {label(study)}<br>{percent(row['label_fraction'])} of the labels"
    interval = "no interval" if row["low"] is None else f"{number(row['low'])} to {number(row['high'])}"
    return f"{head}<br>mean {number(row['mean'])}, 95 % interval {interval}<br>n = {row['n']}"


def _fraction_axis(ours: pl.DataFrame) -> dict[str, Any]:
    ticks = sorted(set(ours["label_fraction"].to_list()))
    low, high = (ticks[0], ticks[-1]) if ticks else (0.05, 1.0)
    return {
        "type": "log",
        "range": [math.log10(low) - 0.12, math.log10(high) + 0.12],
        "tickvals": ticks,
        "ticktext": [percent(tick).replace(" %", "") for tick in ticks],
        "title": axis_title("labels used, %"),
    }


def _metric_axis(ours: pl.DataFrame) -> dict[str, Any]:
    """From just below the lowest mean to 1; whiskers do not count."""
    floor = max(0.0, math.floor((min(ours["mean"].to_list(), default=0.0) - 0.05) * 10) / 10)
    return {"range": [floor, 1.02], "tickformat": ".1f", "nticks": 8}
