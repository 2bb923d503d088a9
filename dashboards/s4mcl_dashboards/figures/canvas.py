"""An empty figure in the report's manner: no background of its own, few lines, touch that scrolls the page."""

import textwrap
from typing import Any

import plotly.graph_objects as go

from s4mcl_dashboards.markup import escaped
from s4mcl_dashboards.naming import shortened

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
AXIS: dict[str, Any] = {
    "gridcolor": "var(--grid)",
    "linecolor": "var(--axis)",
    "tickcolor": "var(--axis)",
    "showline": True,
    "ticks": "outside",
    "ticklen": 4,
    "zeroline": False,
    "automargin": True,
    "fixedrange": True,
}


def canvas(height: int, x_axis: dict[str, Any], y_axis: dict[str, Any]) -> go.Figure:
    """A figure of `height` pixels without traces; the axes' settings are added to the report's own."""
    return go.Figure(
        layout={
            "template": "none",
            "height": height,
            "margin": {"l": 48, "r": 12, "t": 12, "b": 44},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 12, "color": "var(--ink)"},
            "showlegend": False,
            "dragmode": False,  # a finger on the figure scrolls the page
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": "var(--card)",
                "bordercolor": "var(--axis)",
                "font": {"color": "var(--ink)"},
                "align": "left",
            },
            "xaxis": {**AXIS, "showgrid": False, **x_axis},
            "yaxis": {**AXIS, **y_axis},
        }
    )


def axis_title(text: str) -> dict[str, Any]:
    """A small axis title; the text may come from data."""
    return {"text": label(text), "font": {"size": 12, "color": "var(--muted)"}, "standoff": 8}


def label(text: str, longest: int = 40) -> str:
    """Text from data as Plotly may draw it: it reads tags, entities and $TeX$ as markup, so these are escaped."""
    return escaped(shortened(text, longest)).replace("$", "&#36;")


def wrapped(text: str, width: int = 46) -> str:
    """A sentence as a hover label shows it: escaped, in lines that fit a phone."""
    return "<br>".join(label(line, width) for line in textwrap.wrap(text, width))


def templated(text: str, longest: int = 40) -> str:
    """Text from data inside a hover template, which would read %{name} as the name of a value."""
    return label(text, longest).replace("%{", "%&#123;")
