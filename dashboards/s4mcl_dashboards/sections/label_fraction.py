"""The first figure: accuracy, balanced accuracy and Dice against the share of labels."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.label_fraction import label_fraction_figure
from s4mcl_dashboards.frames.label_fraction import CROSSED, majority_rate
from s4mcl_dashboards.frames.savings import arrows_frame
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.legend import legend
from s4mcl_dashboards.markup import paragraph, plot, section
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import metric_name, number
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.paper import CITATION, paper_frame
from s4mcl_dashboards.saving import saving_sentence
from s4mcl_dashboards.sections.plane import plane_part

TITLE = "How far do the labels go?"
ARROWS = (
    "Horizontal arrows are label savings: from the reference with all labels, at its score, to the share with which a "
    "method reaches it. The bar is the 95 % interval of that share; an open triangle at its end says that the limit "
    "lies beyond the shares that were tried. Arrows at one score stand a little above each other."
)


def label_fraction_section(material: Material) -> str:
    """The figure in three metrics with one legend, or a sentence where there is nothing to draw."""
    effect = material.effect
    plane = plane_part(material)
    if effect.is_empty():
        return section("labels", TITLE, plane or paragraph("No trial of the confirm stage has a value yet."))
    styles, paper, majority = looks(material.methods), paper_frame(), majority_rate(material.trials, material.part)
    savings = material.findings.savings
    arrows = arrows_frame(savings, material.methods)
    plots = []
    for metric in METRICS:
        told = {row["method"]: saving_sentence(row) for row in savings.filter(pl.col("measure") == metric).to_dicts()}
        others = [told[method] for method in arrows.filter(pl.col("measure") == metric)["method"]]
        figure = label_fraction_figure(effect, paper, metric, styles, majority=majority, arrows=arrows, told=told)
        alternative = " ".join([_alternative(effect, metric), *others])
        plots.append(plot(figure, metric_name(metric), alternative, _note(metric, majority)))
    part = "the test images" if material.part == "test" else "the validation images"
    over = "seeds crossed with test groups (patients)" if (effect["over"] == CROSSED).any() else "seeds (Student's t)"
    lead = (
        f"Each point is the mean over seeds on {part}, each whisker its 95 % interval over {over}; small points are "
        "single seeds. A whisker that leaves the picture is wider than it: the table has its half width. Thin dashed "
        f"lines are the paper's ({CITATION}), measured on its private spine data: compare shapes and order, not levels."
    )
    entries = [(method, method_name(method), styles[method]) for method in material.methods if method in styles]
    grid = f'<div class="thirds">{"".join(plots)}</div>'
    shown = arrows.height > 0
    below = paragraph(ARROWS, "note") if shown else ""
    return section("labels", TITLE, paragraph(lead), legend(entries, paper=True, savings=shown), grid, below, plane)


def _note(metric: str, majority: float | None) -> str:
    if metric == "balanced_accuracy":
        return "The paper reports no balanced accuracy."
    if metric == "accuracy" and majority is not None:
        return f"Thin level line: always naming the commonest class gives {number(majority)}."
    if metric == "accuracy":
        return "The share of the commonest class is not known."
    return ""


def _alternative(effect: pl.DataFrame, metric: str) -> str:
    """The figure in words: the mean of every method at every label fraction."""
    rows = effect.filter(pl.col("metric") == metric).to_dicts()
    told = [f"{method_name(row['method'])} {number(row['mean'])} at {percent(row['label_fraction'])}" for row in rows]
    return f"{metric_name(metric)} against the label fraction. " + ("; ".join(told) or "No method has a value") + "."
