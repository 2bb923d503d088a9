"""One hyperparameter of a search against the score."""

import math
from typing import Any

import polars as pl

from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, templated, trace
from s4mcl_dashboards.figures.log_ticks import log_ticks
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.figures.score_axis import score_range
from s4mcl_dashboards.frames.search import is_logarithmic
from s4mcl_dashboards.naming import compact
from s4mcl_dashboards.palette import Look

NAMED, SHORT = 8, 14  # choices that have room for their names; letters of a name


def slice_figure(
    values: pl.DataFrame, name: str, look: Look, scores: list[float], *, logarithmic: bool | None = None
) -> Drawing:
    """Draw one hyperparameter of one method (rows of `values_frame`) against the score.

    The axis is logarithmic where the search was; where that is not known (None), where the values span two decades.
    """
    rows = values.drop_nulls("score").sort("number").to_dicts()
    numeric = all(row["value"] is not None for row in rows)
    axis = _value_axis([row["value"] for row in rows], logarithmic) if numeric else _choice_axis(rows)
    y_axis = {"range": score_range(scores), "nticks": 5}
    figure = canvas(210, {"title": axis_title(name), **axis}, y_axis)
    figure.add(*_traces(rows, name, look, numeric))
    return figure


def _value_axis(values: list[float], logarithmic: bool | None) -> dict[str, Any]:
    if min(values) <= 0 or not (is_logarithmic(values) if logarithmic is None else logarithmic):
        return {"type": "linear", "nticks": 5, "tickformat": "~g", "tickangle": 0}
    low, high = math.log10(min(values)), math.log10(max(values))
    margin = min(0.2, 0.08 * (high - low) or 0.2)
    low, high = low - margin, high + margin
    return {"type": "log", "range": [low, high], "tickangle": 0, **log_ticks(low, high)}


def _choice_axis(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The names of choices, short, and aslant where they would touch; of many every second, third, ..."""
    choices = list(dict.fromkeys(_choice(row) for row in rows))
    named = choices[:: -(-len(choices) // NAMED)]
    ticks = {"tickvals": [label(choice) for choice in named], "ticktext": [label(choice, SHORT) for choice in named]}
    return {"type": "category", "autotickangles": [0, 30, 60], "tickfont": {"size": 11}, **ticks}


def _traces(rows: list[dict[str, Any]], name: str, look: Look, numeric: bool) -> list[Trace]:
    """The completed proposals, open the others that have a score, and once more the best, larger."""
    done = [row for row in rows if row["state"] == "completed"]
    others = [row for row in rows if row["state"] != "completed"]
    best = max(done, key=lambda row: row["score"], default=None)
    plain = {"size": 8, "color": look.color, "opacity": 0.55, "line": {"width": 1, "color": "var(--ink)"}}
    large = {**plain, "size": 11, "opacity": 1.0, "line": {"width": 1.5, "color": "var(--ink)"}}
    return [
        {**_points(kept, name, numeric), "marker": marker}
        for kept, marker in (
            (done, {**plain, "symbol": "circle"}),
            (others, {**plain, "symbol": "circle-open"}),
            ([best] if best else [], {**large, "symbol": "circle"}),
        )
        if kept
    ]


def _points(rows: list[dict[str, Any]], name: str, numeric: bool) -> Trace:
    """Every point carries two numbers; the words of a hover are said once."""
    return trace(
        "scatter",
        x=[row["value"] if numeric else label(_choice(row)) for row in rows],
        y=[row["score"] for row in rows],
        mode="markers",
        cliponaxis=False,
        meta={"place": place("search", rows[0]["method"], labels="{0}", proposal="{1}")},
        customdata=[[row["label_fraction"], row["number"]] for row in rows],
        hovertemplate=f"proposal %{{customdata[1]}}<br>{templated(name)}: %{{x{':.4g' if numeric else ''}}}"
        "<br>score %{y:.3f}<extra></extra>",
    )


def _choice(row: dict[str, Any]) -> str:
    return str(row["choice"]) if row["value"] is None else compact(row["value"])
