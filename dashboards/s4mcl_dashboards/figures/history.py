"""The history of a search: the proposals' scores in order, with the best so far."""

from typing import Any

import polars as pl

from s4mcl.naming import percent
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.place import place
from s4mcl_dashboards.figures.score_axis import score_range
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.palette import Look

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "star")  # one a label fraction
FEW = 12  # proposals whose numbers fit below an axis


def history_figure(history: pl.DataFrame, look: Look, scores: list[float], unit: str = "iteration") -> Drawing:
    """Draw `history_frame` of one method: points by state, those without any score at the foot, the best so far.

    `unit` is what the rungs of early stopping count: iterations or seeds.
    """
    y_axis = {"title": axis_title("score (validation)"), "range": score_range(scores)}
    last = int(history["number"].max() or 0) if history.height else 0  # type: ignore[arg-type]  # an Int64 column
    ticks: dict[str, Any] = {"dtick": 1} if last < FEW else {"nticks": 8}
    figure = canvas(280, {"title": axis_title("proposal"), "range": [-0.6, last + 0.6], **ticks}, y_axis)
    fractions = sorted(history["label_fraction"].unique().to_list(), key=lambda value: (value is None, value))
    for at, fraction in enumerate(fractions):
        rows = history.filter(pl.col("label_fraction").eq_missing(pl.lit(fraction, dtype=pl.Float64)))
        best = rows.drop_nulls("best")
        steps = best.filter(pl.col("best").ne_missing(pl.col("best").shift()))
        figure.add(_best_trace(steps, look, fraction, last))
        figure.add(_score_trace(rows.filter("shown"), look, SYMBOLS[at % len(SYMBOLS)], score_range(scores)[0], unit))
    return figure


def _best_trace(best: pl.DataFrame, look: Look, fraction: float | None, last: int) -> Trace:
    numbers, values = best["number"].to_list(), best["best"].to_list()
    if numbers and numbers[-1] < last:
        numbers, values = [*numbers, last], [*values, values[-1]]
    return trace(
        "scatter",
        x=numbers,
        y=values,
        mode="lines",
        line={"color": look.color, "width": 2, "shape": "hv"},
        hoverinfo="text",
        hovertext=[f"best so far {number(value)} ({percent(fraction)} of the labels)" for value in values],
    )


def _score_trace(rows: pl.DataFrame, look: Look, symbol: str, foot: float, unit: str) -> Trace:
    """Completed proposals filled, stopped ones open at their last rung, those without a score a cross at the foot."""
    points = [row for row in rows.to_dicts() if row["last"] is not None or row["state"] in ("failed", "pruned")]
    states = {"completed": symbol, "pruned": f"{symbol}-open"}
    return trace(
        "scatter",
        x=[row["number"] for row in points],
        y=[foot if row["last"] is None else row["last"] for row in points],
        mode="markers",
        meta=_meta(points),
        cliponaxis=False,
        marker={
            "symbol": ["x-thin-open" if row["last"] is None else states.get(row["state"], symbol) for row in points],
            "size": 8,
            "color": look.color,
            "line": {"width": 1.5, "color": look.color},
            "opacity": 0.8,
        },
        hoverinfo="text",
        hovertext=[
            f"proposal {row['number']}, {_ended(row, unit)}<br>score {number(row['last'])}"
            f"<br>{percent(row['label_fraction'])} of the labels"
            for row in points
        ],
    )


def _meta(points: list[dict[str, Any]]) -> dict[str, str]:
    """Whose proposals these are; all are of one method and label fraction."""
    if not points:
        return {}
    return {"place": place("search", points[0]["method"], labels=points[0]["label_fraction"], proposal="{x}")}


def _ended(row: dict[str, Any], unit: str) -> str:
    if row["stopped_at"] is not None:
        return f"stopped early at {unit} {row['stopped_at']:,}"
    return label("stopped early" if row["state"] == "pruned" else str(row["state"]))
