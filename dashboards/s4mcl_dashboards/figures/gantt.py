"""Attempts over time, a lane a worker; and below it what was reserved."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from s4mcl.naming import fraction_in, method_name, percent
from s4mcl_dashboards.figures.canvas import AXIS, Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.place import BY_KEY, KEY
from s4mcl_dashboards.naming import compact, count, duration, number
from s4mcl_dashboards.palette import OTHER, Look

LANE, LEAST = 20, 7  # pixels of a lane, where there are few and where there are many
FOOT = 74  # pixels of what was reserved
MOST = 90  # lanes that have room
BAD = ("failed", "lost")
UNITS = ((2.0, "minutes", 60.0), (96.0, "hours", 1.0), (float("inf"), "days", 1 / 24))  # up to so many hours


def time_unit(hours: float) -> tuple[str, float]:
    """The unit in which a span is told, and how many of it an hour has."""
    return next((name, each) for most, name, each in UNITS if hours <= most)


def gantt_figure(bars: pl.DataFrame, busy: pl.DataFrame, looks: Mapping[str, Look]) -> Drawing:
    """Draw `gantt_frame` and, below it, `busy_frame`: attempts as bars in the colour of their method.

    Attempts that failed or were lost end with a cross. Beyond 90 lanes the last ones have no room.
    """
    lanes = bars.select("machine", "slot").unique(maintain_order=True).rows()[:MOST]
    place = {lane: at for at, lane in enumerate(lanes)}
    unit, each = time_unit(float(str(bars["end"].max())))
    tall = max(LEAST, min(LANE, 480 // max(len(lanes), 1))) * len(lanes) + 12
    top = FOOT / (tall + FOOT)
    figure = canvas(
        tall + FOOT + 60,
        {"title": axis_title(f"{unit} since the first attempt"), "showgrid": True, "anchor": "y2", "nticks": 8},
        {**_lane_axis(lanes), "domain": [top, 1]},
    )
    figure.lay(
        margin={"l": 74},
        bargap=0,
        barmode="overlay",
        yaxis2={
            **AXIS,
            "domain": [0, max(top - 0.3 * top, 0.01)],
            "nticks": 3,
            "rangemode": "tozero",
            "title": axis_title("in use"),
        },
    )
    drawn = [
        row | {"lane": place[row["machine"], row["slot"]]}
        for row in bars.to_dicts()
        if (row["machine"], row["slot"]) in place
    ]
    for method in dict.fromkeys([*looks, *bars["method"].to_list()]):
        own = [row for row in drawn if row["method"] == method]
        if own:
            figure.add(_bars(own, method, looks.get(method, Look(OTHER, "solid", "circle")), each))
    if crosses := [row for row in drawn if row["ended"] in BAD]:
        figure.add(_crosses(crosses, each))
    figure.add(*_reserved(busy, each))
    return figure


def _lane_axis(lanes: list[tuple[int, int]]) -> dict[str, Any]:
    """A lane is named after its machine where it is the machine's first, so that names do not touch."""
    firsts = [(at, machine) for at, (machine, slot) in enumerate(lanes) if slot == 1 or at == 0]
    names = [f"machine {machine}" if machine else "not known" for _, machine in firsts]
    return {
        "range": [len(lanes) - 0.5, -0.5],
        "tickvals": [at for at, _ in firsts],
        "ticktext": names,
        "showgrid": False,
        "ticks": "",
    }


def _bars(rows: list[dict[str, Any]], method: str, look: Look, each: float) -> Trace:
    return trace(
        "bar",
        orientation="h",
        base=[row["begin"] * each for row in rows],
        x=[(row["end"] - row["begin"]) * each for row in rows],
        y=[row["lane"] for row in rows],
        width=0.76,
        meta={"series": method, "place": BY_KEY},
        customdata=[[row["key"][:KEY]] if row["key"] else [] for row in rows],
        marker={
            "color": look.color,
            "opacity": [0.45 if row["ended"] in ("pruned", "released", "moved") else 0.9 for row in rows],
            "line": {"width": 0},
        },
        hoverinfo="text",
        hovertext=[_told(row) for row in rows],
    )


def _told(row: dict[str, Any]) -> str:
    lasted = duration((row["end"] - row["begin"]) * 3600)
    where = f"{label(row['device'] or 'device not known')}, lane {row['slot']}"
    name = label(method_name(row["method"]))
    if row["attempts"] > 1:
        return f"{name}: {count(row['attempts'], 'attempt')} in {lasted}<br>{row['ended']}<br>{where}"
    what = f"{percent(fraction_in(row))} of the labels, seed {row['seed']}, attempt {row['attempt']}"
    return f"{name}, {what}<br>{row['ended']}, {lasted}<br>{where}"


def _crosses(rows: list[dict[str, Any]], each: float) -> Trace:
    return trace(
        "scatter",
        x=[row["end"] * each for row in rows],
        y=[row["lane"] for row in rows],
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "x-thin", "size": 8 if len(rows) < 60 else 5, "line": {"color": "var(--ink)", "width": 1.4}},
        hoverinfo="skip",
    )


def _reserved(busy: pl.DataFrame, each: float) -> list[Trace]:
    """CPUs, and GPUs where any were: the mean of each interval."""
    traces = []
    for name, word, look in (
        ("cpus", "CPUs", Look("var(--muted)", "solid", "")),
        ("gpus", "GPUs", Look("var(--ink)", "5px,2px", "")),
    ):
        if busy[name].sum() > 0:
            traces.append(
                trace(
                    "scatter",
                    x=[at * each for at in busy["begin"]],
                    y=[float(f"{amount:.3g}") for amount in busy[name]],
                    mode="lines",
                    line={"color": look.color, "width": 1.6, "dash": look.dash, "shape": "hv"},
                    yaxis="y2",
                    cliponaxis=False,
                    hoverinfo="text",
                    hovertext=[
                        f"{word}: {number(amount, 1)} reserved at {compact(at * each)}"
                        for at, amount in busy.select("begin", name).rows()
                    ],
                )
            )
    return traces
