"""The ablation: what each arm or factor of a design changes, on validation images, seed by seed."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.frames.arms import arm_means_frame, scores_frame
from s4mcl_dashboards.frames.effects import blocks_of
from s4mcl_dashboards.markup import escaped, paragraph, section, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, limits, signed
from s4mcl_dashboards.palette import Look, looks
from s4mcl_dashboards.sections.arms import arms_block
from s4mcl_dashboards.sections.factorial import factorial_block

TITLE = "What the parts are worth"
LARGEST = 2  # effects of a design that the summary tells
ARM = "arm"
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
    scores = scores_frame(material.arms, material.trials)
    means = arm_means_frame(scores)
    panels = []
    for design in effects.partition_by("design", maintain_order=True):
        name = str(design["design"][0])
        drawn = [_block(material, block, scores, means, styles) for block in blocks_of(design)]
        panels.append((name, _asked(material, name, str(design["kind"][0])) + "".join(drawn)))
    return section("ablation", TITLE, paragraph(LEAD), tabs("ablation", panels))


def _asked(material: Material, design: str, kind: str) -> str:
    """What kind of design it is; where a sampler proposed its sets, how many."""
    own = material.proposals.filter(pl.col("stage") == f"ablate/{design}")
    asked = f"; the sets were proposed by a sampler, {count(own.height, 'proposal')}" if own.height else ""
    return paragraph(f"Design: {kind.replace('_', ' ')}{asked}.")


def _block(
    material: Material, block: pl.DataFrame, scores: pl.DataFrame, means: pl.DataFrame, styles: dict[str, Look]
) -> str:
    """One label fraction of a design."""
    first = block.row(0, named=True)
    methods = list(dict.fromkeys(block["method"].to_list()))
    where = f"{method_name(methods[0])}, " if len(methods) == 1 else ""
    labels = f"{where}{percent(first['label_fraction'])} of the labels"
    title = f"<h4>{escaped(labels)}</h4>"
    if (block["of"] == ARM).any():
        return title + arms_block(material, block.filter(pl.col("of") == ARM), means, styles)
    place = {name: first[name] for name in ("design", "method", "label_fraction")}
    return title + factorial_block(block, scores.filter(**place), styles)


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
