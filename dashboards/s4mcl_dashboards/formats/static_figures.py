"""Figures as files: drawn by Kaleido in the browser at hand, in the report's light colours, each with its legend."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from s4mcl_dashboards.chromium import is_root, need_chromium
from s4mcl_dashboards.figures.canvas import label
from s4mcl_dashboards.formats.blocks import Figure, LegendEntry
from s4mcl_dashboards.formats.light_theme import colored
from s4mcl_trainables.problems import InputError

RATIO, NARROW, WIDE = 1.5, 380, 640  # width by height in pixels, and its limits
LEGEND_LINE, LETTER, SWATCH = 20, 6.6, 46  # pixels
FOOT = 6  # pixels below the title of an axis, for its descenders
TABS = 2  # figures that are drawn at once
SECONDS = 60  # that one figure may take
DASH = re.compile(r"[\d.]+")


def draw_figures(figures: Sequence[Figure], folder: Path, kind: str) -> None:
    """Draw each figure as `folder`/<its name>.<kind>, png or pdf.

    Raises:
        InputError: there is no browser, or it could not draw.
    """
    if not figures:
        return
    browser = need_chromium(f"drawing figures as {kind.upper()} files")
    import kaleido  # type: ignore[import-untyped]  # noqa: PLC0415  # slow to import, and the page does without

    folder.mkdir(parents=True, exist_ok=True)
    options = {"path": str(browser), "enable_sandbox": not is_root(), "mathjax": False, "timeout": SECONDS, "n": TABS}
    scale = {"scale": 2 if kind == "png" else 1}
    wanted = [
        {"fig": static_figure(figure), "path": folder / f"{figure.name}.{kind}", "opts": scale} for figure in figures
    ]
    try:
        kaleido.write_fig_from_object_sync(wanted, kopts=options)
    except Exception as error:  # Kaleido lets through whatever the browser says
        told = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"{browser} could not draw the figures: {told[0]}\nCure: see whether it opens a page by itself; name "
            "another browser in the environment variable BROWSER_PATH; or ask for a format without figures, such as csv"
        ) from error


def static_figure(figure: Figure) -> dict[str, Any]:
    """The figure's JSON with colours in place of CSS variables, a width, and its legend below."""
    drawing = copy.deepcopy(figure.drawing)
    layout = drawing["layout"]
    drawing["data"] = [trace for trace in drawing["data"] if trace.get("visible") is not False]
    layout["height"] = height = int(layout["height"]) + FOOT
    layout["margin"] = {**layout["margin"], "b": layout["margin"]["b"] + FOOT}
    layout["width"] = width = round(min(max(height * RATIO, NARROW), WIDE))
    layout["font"] = {**layout.get("font", {}), "family": "Arial, Liberation Sans, DejaVu Sans, sans-serif"}
    layout["paper_bgcolor"] = layout["plot_bgcolor"] = "white"
    shown = _name_traces(drawing["data"], figure.legend)
    if shown:
        lines = _lines([entry.name for entry in shown], width)
        layout["height"] = height + LEGEND_LINE * lines + 8
        layout["margin"] = {**layout["margin"], "b": layout["margin"]["b"] + LEGEND_LINE * lines + 8}
        below = {"orientation": "h", "xanchor": "left", "x": 0, "xref": "container"}
        layout["legend"] = {**below, "yanchor": "bottom", "y": 0, "yref": "container", "font": {"size": 11}}
        layout["showlegend"] = True
    result: dict[str, Any] = colored(drawing)
    return result


def _name_traces(traces: Sequence[dict[str, Any]], legend: Sequence[LegendEntry]) -> list[LegendEntry]:
    """Give the first fitting line of each entry its name, and hide all others from the legend; return those found."""
    for trace in traces:
        trace["showlegend"] = False
    shown = []
    for place, entry in enumerate(legend, start=1):
        fitting = [found for found in _best_first(traces) if _fits(found, entry)]
        for trace in fitting[:1]:
            trace["showlegend"], trace["name"] = True, label(entry.name)
            trace["legendrank"] = place
            shown.append(entry)
    return shown


def _best_first(traces: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines with markers stand for a series better than lines, and lines better than markers."""
    order = ("lines+markers", "lines")
    rank = {mode: place for place, mode in enumerate(order)}
    drawn = [trace for trace in traces if not trace["showlegend"] and trace.get("mode")]
    yield from sorted(drawn, key=lambda trace: rank.get(trace["mode"], len(order)))


def _fits(trace: Mapping[str, Any], entry: LegendEntry) -> bool:
    if entry.series:
        series = (trace.get("meta") or {}).get("series")
        return entry.series in (series if isinstance(series, list) else [series])
    line = trace.get("line") or {}
    dash = "" if line.get("dash") in (None, "solid") else line["dash"]
    return bool(line.get("color") == entry.color) and DASH.findall(dash) == DASH.findall(entry.dash)


def _lines(names: Sequence[str], width: int) -> int:
    """How many lines a legend of these names takes, rather too many than too few."""
    each = min(max(len(name) for name in names), 40) * LETTER + SWATCH  # Plotly sets entries in columns of one width
    columns = max(1, int((width - 20) // each))
    return -(-len(names) // columns)
