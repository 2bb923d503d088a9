"""The arms of one design at one label fraction: a picture that fits the kind of design, and the table."""

from typing import Any

import polars as pl

from s4mcl.naming import method_name
from s4mcl_dashboards.figures.place import BY_COHORT
from s4mcl_dashboards.figures.sensitivity import sensitivity_figure
from s4mcl_dashboards.figures.sets import sets_figure
from s4mcl_dashboards.frames.sensitivity import sensitivity_frame
from s4mcl_dashboards.frames.sets import arm_sets_frame, elements_of, leading
from s4mcl_dashboards.markup import cell, details, plot, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, limits, number, p_value, signed
from s4mcl_dashboards.palette import Look
from s4mcl_dashboards.sections.effect_dots import effect_dots
from s4mcl_dashboards.spaces import searched_logarithms

SENSITIVITY, SETS, PARAMETER = "sensitivity", "transform_sets", "transforms"
LONG = 14  # rows of a table that stays open
HEADS = ("Arm", "n", "Mean", "Difference", "95 % interval", "p", "corrected p", "Verdict")


def arms_block(material: Material, block: pl.DataFrame, means: pl.DataFrame, styles: dict[str, Look]) -> str:
    """The arms of one label fraction against the first of them."""
    rows = block.to_dicts()
    reference = method_name(rows[0]["reference"])  # the arms of a table are named after their methods
    axis = f"score minus that of {reference}"
    drawn = _picture(material, block, means, styles, axis) or effect_dots(rows, styles, axis)
    caption = f"Each arm against {reference}, whose mean is {number(rows[0]['reference_mean'])}"
    told = table(caption, HEADS, [_cells(row) for row in rows], "numbers effects")
    return drawn + (details(f"All {count(len(rows), 'arm')}", told) if len(rows) > LONG else told)


def _picture(material: Material, block: pl.DataFrame, means: pl.DataFrame, styles: dict[str, Look], axis: str) -> str:
    """The picture of a kind that has one of its own."""
    kind, look = block["kind"][0], styles[block["method"][0]]
    if kind == SENSITIVITY:
        grid = sensitivity_frame(block, material.arms)
        return _sensitivity(material, grid, block["method"][0], look, axis) if grid.height > 1 else ""
    if kind == SETS:
        sets = arm_sets_frame(block, material.arms, means, PARAMETER)
        return _sets(sets, look) if sets.height > 1 else ""
    return ""


def _sensitivity(material: Material, grid: pl.DataFrame, method: str, look: Look, axis: str) -> str:
    name = grid["parameter"][0]
    figure = sensitivity_figure(grid, look, axis, logarithmic=searched_logarithms(material, method).get(name))
    rows = grid.to_dicts()
    base = next((row["level"] for row in rows if row["base"]), None)
    told = "; ".join(f"{row['level']}: {signed(row['effect'])}" for row in rows if not row["base"])
    note = f"The dot on the line is the base, {name} = {base}." if base is not None else ""
    alternative = f"{axis} against {name}. {told}. {note}"
    return f'<div class="dots">{plot(figure, f"Sensitivity to {name}", alternative, note)}</div>'


def _sets(sets: pl.DataFrame, look: Look) -> str:
    """The best sets; with the verdicts of the statistics against the base."""
    shown = leading(sets)
    elements, always = elements_of(shown)
    figure = sets_figure(shown, elements, look, "mean score", BY_COHORT)
    notes = [f"The {shown.height} best of {count(sets.height, 'set')} by mean score, and the base."] * (
        shown.height < sets.height
    )
    if always:
        notes.append(f"All hold {joined(always)}.")
    notes.append(
        "Whiskers are the 95 % t interval over seeds. The dot in the colour of the text is the base; others are filled "
        "where a difference from it is shown. The best of many is best by chance too."
    )
    best = shown.row(0, named=True)
    alternative = f"{count(sets.height, 'set')}. The best is {', '.join(best['members'])}, mean {number(best['mean'])}."
    return f'<div class="dots">{plot(figure, "Sets by their mean score", alternative, " ".join(notes))}</div>'


def _cells(row: dict[str, Any]) -> list[str]:
    return [
        row_head(method_name(row["term"])),
        cell(str(row["seeds"])),
        cell(number(row["mean"])),
        cell(signed(row["effect"]) if row["effect"] is not None else "–"),
        cell(limits(row["low"], row["high"])),
        cell(p_value(row["p"])),
        cell(p_value(row["p_holm"])),
        cell(row["verdict"]),
    ]
