"""Effects as dots with intervals, a row an effect: filled where a difference is shown, open where none is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.figures.canvas import Drawing, Trace, axis_title, canvas, label, trace
from s4mcl_dashboards.figures.whiskers import whiskers
from s4mcl_dashboards.naming import limits, p_told, signed
from s4mcl_dashboards.palette import Look

ROW = 46  # pixels: a name, and below it the dot
LINE = 15  # pixels of a further line of a name
TIMES = " × "  # between the factors of an interaction, where a long name breaks
FOOT = 56
LONGEST = 46  # characters of a name that a phone shows


@dataclass(frozen=True)
class Effect:
    """One row: limits are None where they are unknown, p is the corrected one."""

    name: str
    effect: float
    low: float | None
    high: float | None
    p: float | None
    verdict: str
    look: Look

    @classmethod
    def of(cls, row: Mapping[str, Any], name: str, look: Look) -> "Effect":
        """From a row with effect, low, high, p_holm and verdict, as the statistics give it."""
        return cls(name, row["effect"], row["low"], row["high"], row["p_holm"], row["verdict"], look)


def effects_figure(effects: Sequence[Effect], axis: str) -> Drawing:
    """Draw the effects from top to bottom around a line at 0, which is the reference."""
    rows, lines = len(effects), max((effect.name.count(TIMES) + 1 for effect in effects), default=1)
    x_axis = {"title": axis_title(axis), "showgrid": True, "nticks": 6, "range": _range(effects)}
    y_axis = {"visible": False, "range": [rows - 0.5, -0.75], "automargin": False}
    figure = canvas(FOOT + (ROW + LINE * (lines - 1)) * rows, x_axis, y_axis)
    figure.lay(margin={"l": 12, "r": 12, "t": 4, "b": 44})
    figure.rule(x=0, line={"color": "var(--axis)", "width": 1.2})
    figure.lay(annotations=[_name(effect, place) for place, effect in enumerate(effects)])
    for look in dict.fromkeys(effect.look for effect in effects):
        figure.add(_dots([(place, effect) for place, effect in enumerate(effects) if effect.look == look], look))
    return figure


def _name(effect: Effect, place: int) -> dict[str, Any]:
    """The name above the dot, so that a phone has the whole width for both."""
    parts = [label(part, LONGEST) for part in effect.name.split(TIMES)]
    above = 16 + LINE // 2 * (len(parts) - 1)
    where = {"x": 0, "xref": "paper", "xanchor": "left", "y": place, "yshift": above, "showarrow": False}
    return {**where, "text": f"{TIMES.rstrip()}<br>".join(parts), "align": "left", "font": {"size": 12}}


def _dots(rows: list[tuple[int, Effect]], look: Look) -> Trace:
    """The effects of one look, each (place, effect)."""
    effects = [effect for _, effect in rows]
    return trace(
        "scatter",
        x=[effect.effect for effect in effects],
        y=[place for place, _ in rows],
        mode="markers",
        marker={
            "symbol": [look.marker if effect.verdict != NO_DIFFERENCE else f"{look.marker}-open" for effect in effects],
            "size": 10,
            "color": look.color,
            "line": {"color": look.color, "width": 1.8},
        },
        error_x=whiskers([vars(effect) for effect in effects], "effect", color=look.color, thickness=1.5, width=4),
        hoverinfo="text",
        hovertext=[
            f"{label(effect.name, 80)}<br>{signed(effect.effect)}, 95 % interval {limits(effect.low, effect.high)}"
            f"<br>corrected: {p_told(effect.p)}; {effect.verdict}"
            for effect in effects
        ],
    )


def _range(effects: Sequence[Effect]) -> list[float]:
    """All whiskers and 0, with a margin."""
    ends = [end for effect in effects for end in (effect.low, effect.high, effect.effect) if end is not None]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    margin = 0.06 * (high - low) or 0.01
    return [low - margin, high + margin]
