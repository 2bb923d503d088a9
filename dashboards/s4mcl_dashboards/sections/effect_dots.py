"""Effects as dots with intervals, with their words."""

from collections.abc import Sequence
from typing import Any

from s4mcl.naming import method_name
from s4mcl_dashboards.figures.effects import Effect, effects_figure
from s4mcl_dashboards.markup import plot
from s4mcl_dashboards.naming import count, signed
from s4mcl_dashboards.palette import Look

MOST = 24  # rows of a picture; the table has all


def effect_dots(rows: Sequence[dict[str, Any]], styles: dict[str, Look], axis: str) -> str:
    """The rows that have an effect, of many the largest in their order; nothing where none has one."""
    known = [row for row in rows if row["effect"] is not None]
    if not known:
        return ""
    largest = sorted(known, key=lambda row: -abs(row["effect"]))[:MOST]
    drawn = [row for row in known if row in largest]
    effects = [Effect.of(row, method_name(row["term"]), styles[row["method"]]) for row in drawn]
    alternative = "; ".join(f"{effect.name} {signed(effect.effect)}, {effect.verdict}" for effect in effects)
    left = len(known) - len(drawn)
    note = f"The {len(drawn)} largest of {count(len(known), 'effect')}; the table has all." if left else ""
    return f'<div class="dots">{plot(effects_figure(effects, axis), "", f"{axis}. {alternative}.", note)}</div>'
