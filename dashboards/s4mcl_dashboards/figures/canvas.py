"""What every figure is drawn on: no background of its own, few lines, touch that scrolls the page.

A figure is Plotly's JSON from the start. Plotly's Python classes check each property of each point, which took a fifth
of a large report's time; the tests have them check every figure instead (`Drawing.to_plotly`).
"""

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from s4mcl.naming import shortened
from s4mcl_dashboards.markup import escaped

if TYPE_CHECKING:
    import plotly.graph_objects as go


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


Trace = dict[str, Any]


@dataclass
class Drawing:
    """A figure as Plotly's JSON: the traces, and the layout."""

    layout: dict[str, Any]
    data: list[Trace] = field(default_factory=list)

    def add(self, *traces: Trace) -> None:
        """Draw traces over those that are there."""
        self.data += traces

    def lay(self, **settings: Any) -> None:
        """Settings of the layout; those inside an axis or a margin leave its others as they are."""
        for name, value in settings.items():
            merged = isinstance(value, dict) and name in self.layout
            self.layout[name] = {**self.layout[name], **value} if merged else value

    def rule(self, *, x: float | None = None, y: float | None = None, line: dict[str, Any]) -> None:
        """A line across the whole plot, upright at `x` or level at `y`."""
        across = {"x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
        level = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "yref": "y"}
        shape = {"type": "line", **(across if y is None else level), "line": line}
        self.layout["shapes"] = [*self.layout.get("shapes", ()), shape]

    def to_json(self) -> dict[str, Any]:
        """What Plotly's script draws, Dash's `Graph` shows and Kaleido prints."""
        return {"data": self.data, "layout": self.layout}

    def to_plotly(self) -> "go.Figure":
        """As a figure of Plotly's, to be shown in a notebook or changed.

        Raises:
            ValueError: a property that Plotly does not have, or a value that it does not take.
        """
        import plotly.graph_objects as go  # noqa: PLC0415  # half a second that a report need not spend

        return go.Figure({"data": self.data, "layout": {"template": "none", **self.layout}})


def trace(kind: str, **settings: Any) -> Trace:
    """A trace of a kind of Plotly's, such as "scatter"."""
    return {"type": kind, **settings}


def canvas(height: int, x_axis: dict[str, Any], y_axis: dict[str, Any]) -> Drawing:
    """A figure of `height` pixels without traces; the axes' settings are added to the report's own."""
    return Drawing(
        {
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
