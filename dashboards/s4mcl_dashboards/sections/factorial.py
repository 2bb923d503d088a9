"""A factorial at one label fraction: its effects as dots and as a matrix, its largest interactions, the tables."""

from typing import Any

import polars as pl

from s4mcl_dashboards.figures.factor_matrix import factor_matrix_figure, letter
from s4mcl_dashboards.figures.interaction import interaction_figure
from s4mcl_dashboards.frames.interactions import (
    MAIN,
    cell_means_frame,
    factors_of,
    largest_pairs,
    main_terms,
    matrix_frame,
)
from s4mcl_dashboards.markup import cell, details, escaped, paragraph, plot, row_head, table
from s4mcl_dashboards.naming import count, limits, number, p_value, signed
from s4mcl_dashboards.palette import Look
from s4mcl_dashboards.sections.effect_dots import effect_dots

INTERACTION = "interaction"
PICTURES = 4  # interactions that are drawn
LONG = 14  # rows of a table that stays open
HEADS = ("Effect", "Estimate", "95 % interval", "p", "corrected p", "Verdict")


def factorial_block(block: pl.DataFrame, scores: pl.DataFrame, styles: dict[str, Look]) -> str:
    """Main effects, then two-factor interactions; what a fraction of the design cannot tell apart is named.

    Args:
        block: the effects of one design, method and label fraction.
        scores: its arms seed by seed, as `scores_frame` gives them; may be empty.
        styles: the look of each method.
    """
    first = block.row(0, named=True)
    aliased = bool(block["aliased_with"].list.len().sum())
    mains = block.filter(pl.col("of") == MAIN).to_dicts()
    drawn = effect_dots(mains, styles, "change of the score")
    drawn += _table("Main effects", mains, aliased)
    others = block.filter(pl.col("of") == INTERACTION).to_dicts()
    if others:
        drawn += _matrix(block) + _pairs(block, scores, styles[first["method"]])
        told = _table("Two-factor interactions", others, aliased)
        drawn += details(f"All {count(len(others), 'interaction')}", told) if len(others) > LONG else told
    return drawn + paragraph(_note(first, aliased), "note")


def _note(first: dict[str, Any], aliased: bool) -> str:
    note = (
        f"A main effect is the change from the level of {first['reference']} to the other one, averaged over the other "
        "factors; an interaction is how much one effect changes with the other factor. "
        f"n = {count(first['seeds'], 'seed')}, each a block."
    )
    if aliased:
        note += " The runs are a fraction of the design: effects that share a row's estimate are named beside it."
    return note


def _matrix(block: pl.DataFrame) -> str:
    """All effects at a glance."""
    terms, matrix = main_terms(block), matrix_frame(block)
    known = matrix.drop_nulls("effect")
    gaps = " An empty cell below the diagonal: not told apart from another effect." if len(known) < len(matrix) else ""
    note = (
        "On the diagonal main effects, below it how much the effect of the row changes with the factor of the column. "
        f"Blue: the score rises; orange: it falls. A star: the effect is shown.{gaps}"
    )
    told = [f"{letter(place)} is {term}" for place, term in enumerate(terms)]
    effects = [f"{row['term']} {signed(row['effect'])}{' (shown)' if row['shown'] else ''}" for row in known.to_dicts()]
    alternative = f"Effects as a matrix. {'; '.join(told)}. {'; '.join(effects)}."
    figure = factor_matrix_figure(matrix, terms)
    return f'<div class="dots">{plot(figure, "Main effects and interactions", alternative, note)}</div>'


def _pairs(block: pl.DataFrame, scores: pl.DataFrame, look: Look) -> str:
    """The largest interactions as lines."""
    factors = factors_of(scores)
    pairs = largest_pairs(block, list(factors), PICTURES)
    drawn = ""
    for one, other in pairs:
        cells = cell_means_frame(scores, one, other)
        if cells.height < 4:
            continue
        told = "; ".join(f"{row['one_level']}, {row['other_level']}: {number(row['mean'])}" for row in cells.to_dicts())
        title = f"{one}, a line a level of {other}"
        drawn += plot(interaction_figure(cells, look), title, f"Mean score by {one} and {other}. {told}.")
    if not drawn:
        return ""
    which = "The interactions" if len(factors) * (len(factors) - 1) // 2 <= len(pairs) else "The largest interactions"
    note = (
        "Means over the other factors with the 95 % t interval over seeds; parallel lines: the factors do not act "
        "together."
    )
    return f'<h4>{escaped(which)}</h4><div class="quarters">{drawn}</div>{paragraph(note, "note")}'


def _table(caption: str, rows: list[dict[str, Any]], aliased: bool) -> str:
    heads = [*HEADS, "Not told apart from"] if aliased else HEADS
    return table(caption, heads, [_cells(row, aliased) for row in rows], "numbers effects")


def _cells(row: dict[str, Any], aliased: bool) -> list[str]:
    known = row["effect"] is not None
    cells = [
        row_head(row["term"]),
        cell(signed(row["effect"]) if known else "–"),
        cell(limits(row["low"], row["high"])),
        cell(p_value(row["p"])),
        cell(p_value(row["p_holm"])),
        cell(row["verdict"] if known else "not estimated"),
    ]
    return [*cells, cell("; ".join(row["aliased_with"] or []) or "–", "wide")] if aliased else cells
