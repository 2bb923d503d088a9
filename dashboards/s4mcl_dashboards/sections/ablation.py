"""The ablation: what each arm or factor of a design changes, on validation images, seed by seed."""

from typing import Any

import polars as pl

from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.figures.effects import Effect, effects_figure
from s4mcl_dashboards.frames.effects import blocks_of
from s4mcl_dashboards.markup import cell, escaped, paragraph, plot, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, limits, method_name, number, p_value, percent, signed
from s4mcl_dashboards.palette import Look, looks

TITLE = "What the parts are worth"
LARGEST = 2  # effects of a design that the summary tells
ARM, MAIN, INTERACTION = "arm", "main", "interaction"
ARM_HEADS = ("Arm", "n", "Mean", "Difference", "95 % interval", "p", "corrected p", "Verdict")
FACTOR_HEADS = ("Effect", "Estimate", "95 % interval", "p", "corrected p", "Verdict")
LEAD = (
    "Effects on the score of the validation images (the mean of Dice and balanced accuracy), with the 95 % interval "
    "of the paired differences over seeds, and p corrected by Holm over the design. They say how far an effect varies "
    "with the seed, nothing of other patients. Dots are filled where a difference is shown, open where none is."
)


def ablation_section(material: Material) -> str:
    """A panel a design, or a sentence where no design was run."""
    effects = material.findings.ablation
    if effects.is_empty():
        return section("ablation", TITLE, paragraph("No design of the ablate stage has an effect to show."))
    styles = looks(material.methods)
    panels = []
    for design in effects.partition_by("design", maintain_order=True):
        name = str(design["design"][0])
        drawn = [_block(block, styles) for block in blocks_of(design)]
        panels.append((name, _asked(material, name, str(design["kind"][0])) + "".join(drawn)))
    return section("ablation", TITLE, paragraph(LEAD), tabs("ablation", panels))


def _asked(material: Material, design: str, kind: str) -> str:
    """What kind of design it is; where a sampler proposed its sets, how many."""
    own = material.proposals.filter(pl.col("stage") == f"ablate/{design}")
    asked = f"; the sets were proposed by a sampler, {count(own.height, 'proposal')}" if own.height else ""
    return paragraph(f"Design: {kind}{asked}.")


def _block(block: pl.DataFrame, styles: dict[str, Look]) -> str:
    """One label fraction of a design."""
    first = block.row(0, named=True)
    methods = list(dict.fromkeys(block["method"].to_list()))
    where = f"{method_name(methods[0])}, " if len(methods) == 1 else ""
    labels = f"{where}{percent(first['label_fraction'])} of the labels"
    title = f"<h4>{escaped(labels)}</h4>"
    arms = block.filter(pl.col("of") == ARM).to_dicts()
    if arms:
        return title + _arms(arms, styles)
    return title + _factorial(block, styles)


def _arms(rows: list[dict[str, Any]], styles: dict[str, Look]) -> str:
    reference = method_name(rows[0]["reference"])  # the arms of a table are named after their methods
    base, axis = f"{reference}, whose mean is {number(rows[0]['reference_mean'])}", f"score minus that of {reference}"
    body = [
        [
            row_head(method_name(row["term"])),
            cell(str(row["seeds"])),
            cell(number(row["mean"])),
            cell(signed(row["effect"]) if row["effect"] is not None else "–"),
            cell(limits(row["low"], row["high"])),
            cell(p_value(row["p"])),
            cell(p_value(row["p_holm"])),
            cell(row["verdict"]),
        ]
        for row in rows
    ]
    return _dots(rows, styles, axis) + table(f"Each arm against {base}", ARM_HEADS, body, "numbers effects")


def _factorial(block: pl.DataFrame, styles: dict[str, Look]) -> str:
    """Main effects, then two-factor interactions; what a fraction of the design cannot tell apart is named."""
    first = block.row(0, named=True)
    aliased = bool(block["aliased_with"].list.len().sum())
    drawn = _dots(block.drop_nulls("effect").to_dicts(), styles, "change of the score")
    for of, caption in ((MAIN, "Main effects"), (INTERACTION, "Two-factor interactions")):
        rows = block.filter(pl.col("of") == of).to_dicts()
        if rows:
            heads = [*FACTOR_HEADS, "Not told apart from"] if aliased else FACTOR_HEADS
            drawn += table(caption, heads, [_factor_cells(row, aliased) for row in rows], "numbers effects")
    note = (
        f"A main effect is the change from the level of {first['reference']} to the other one, averaged over the other "
        "factors; an interaction is how much one effect changes with the other factor. "
        f"n = {count(first['seeds'], 'seed')}, each a block."
    )
    if aliased:
        note += " The runs are a fraction of the design: effects that share a row's estimate are named beside it."
    return drawn + paragraph(note, "note")


def _factor_cells(row: dict[str, Any], aliased: bool) -> list[str]:
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


def _dots(rows: list[dict[str, Any]], styles: dict[str, Look], axis: str) -> str:
    effects = [
        Effect.of(row, method_name(row["term"]), styles[row["method"]]) for row in rows if row["effect"] is not None
    ]
    if not effects:
        return ""
    alternative = "; ".join(f"{effect.name} {signed(effect.effect)}, {effect.verdict}" for effect in effects)
    return f'<div class="dots">{plot(effects_figure(effects, axis), "", f"{axis}. {alternative}.")}</div>'


def ablations(effects: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """One block with a sentence a design: for how many effects a difference is shown, and which are the largest."""
    if effects.is_empty():
        return []
    return [("Ablation", [_design_sentence(design) for design in effects.partition_by("design", maintain_order=True)])]


def _design_sentence(design: pl.DataFrame) -> str:
    known = design.drop_nulls("effect")
    shown = known.filter(pl.col("verdict") != NO_DIFFERENCE).sort(pl.col("effect").abs(), descending=True).to_dicts()
    named, effects = f"Design {design['design'][0]}", f"{count(known.height, 'effect')} on the validation score"
    if not shown:
        return (
            f"{named}: no difference shown for any of {effects}." if known.height else f"{named}: no effect is known."
        )
    largest = [
        f"“{row['term']}” {signed(row['effect'])} (95 % interval {limits(row['low'], row['high'])})"
        for row in shown[:LARGEST]
    ]
    more = ", the largest" if len(shown) > LARGEST else ""
    return f"{named}: a difference is shown for {len(shown)} of {effects}{more}: {joined(largest)}."
