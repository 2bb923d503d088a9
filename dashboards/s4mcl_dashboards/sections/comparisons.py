"""The study's claim; each method against its reference: effects, intervals, tests, verdicts; and the labels saved."""

from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.effects import Effect, effects_figure
from s4mcl_dashboards.frames.effects import compared_frame
from s4mcl_dashboards.frames.label_fraction import CROSSED
from s4mcl_dashboards.frames.schema import DISTANCES, MEASURES
from s4mcl_dashboards.markup import cell, paragraph, plot, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, limits, metric_name, number, p_value, signed
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.sections.claim import claim_table
from s4mcl_dashboards.sections.savings import savings_table

TITLE = "Against the reference"
FIRST = ("dice", "balanced_accuracy", "accuracy")
CROSSED_TESTS = (
    "A difference is shown where p, of the interval over seeds and test groups, and the permutation p are both at most "
    "0.05. The permutation test swaps the two methods patient by patient, all seeds together: it is conditional on the "
    "trained models. The paired t test over seeds is conditional on these test images. Seeds alone could not be "
    "permuted: with five of them no p lies below 0.0625."
)
SEED_TEST = (
    "A difference is shown where the paired t test over seeds gives at most 0.05. It is conditional on these images, "
    "which were not resampled: nothing is said of other patients."
)


def comparisons_section(material: Material) -> str:
    """A panel a measure, then the label savings; a sentence where there is nothing to compare."""
    found = compared_frame(material.findings.comparisons)
    if found.is_empty():
        told = "Nothing is compared: no two methods have values of the same measure at the same label fraction."
        return section("comparisons", TITLE, claim_table(material), paragraph(told))
    present = set(found["measure"])
    measures = [measure for measure in (*FIRST, *MEASURES) if measure in present]
    panels = [
        (metric_name(measure), _panel(material, found.filter(pl.col("measure") == measure), measure))
        for measure in dict.fromkeys(measures)
    ]
    parts = (claim_table(material), paragraph(_lead(found)), tabs("comparisons", panels), savings_table(material))
    return section("comparisons", TITLE, *parts)


def _lead(found: pl.DataFrame) -> str:
    crossed = (found["over"] == CROSSED).any()
    over = "over seeds crossed with test groups (patients)" if crossed else "over seeds (Student's t)"
    return (
        f"Differences, method minus reference, of the same seeds, with 95 % intervals {over}. Filled dots: the "
        "statistics show a difference. Open dots: they show none, which does not say that the methods are equal."
    )


def _panel(material: Material, found: pl.DataFrame, measure: str) -> str:
    styles = looks(material.methods)
    order = {method: place for place, method in enumerate(material.methods)}
    rows = sorted(found.to_dicts(), key=lambda row: (order[row["method"]], row["label_fraction"]))
    effects = [
        Effect.of(
            row,
            f"{method_name(row['method'])}, {percent(row['label_fraction'])} of the labels",
            styles[row["method"]],
        )
        for row in rows
    ]
    reference = method_name(rows[0]["reference"])
    name = f"{metric_name(measure)} minus that of the {reference}"
    alternative = "; ".join(f"{effect.name} {signed(effect.effect)}, {effect.verdict}" for effect in effects)
    note = "Pixels: lower is better." if measure in DISTANCES else ""
    drawn = plot(effects_figure(effects, name), name, f"{name}. {alternative}.", note)
    told = _table(rows, f"{metric_name(measure)} against the {reference}", 1 if measure in DISTANCES else 3)
    return f'<div class="dots">{drawn}</div>{told}'


def _table(rows: list[dict[str, Any]], caption: str, digits: int) -> str:
    crossed = any(row["over"] == CROSSED for row in rows)
    heads = ["Method", "Labels", "Mean", "Reference", "Difference", "95 % interval", "Verdict"]
    heads += ["p", "permutation p", "seeds' t interval", "seeds' t p"] if crossed else ["seeds' t p"]
    body = []
    for row in rows:
        texts = [percent(row["label_fraction"]), number(row["mean"], digits), number(row["reference_mean"], digits)]
        texts += [signed(row["effect"], digits), limits(row["low"], row["high"], digits), row["verdict"]]
        if crossed:
            texts += [p_value(row["p_holm"]), p_value(row["swap_p_holm"])]
            texts += [limits(row["seed_low"], row["seed_high"], digits)]
        texts.append(p_value(row["seed_p_holm"]))
        body.append([row_head(method_name(row["method"])), *(cell(text) for text in texts)])
    note = _units(rows) + (CROSSED_TESTS if crossed else SEED_TEST)
    return table(caption, heads, body, "numbers") + paragraph(note, "note")


def _units(rows: list[dict[str, Any]]) -> str:
    seeds = {row["seeds"] for row in rows}
    units = f"{min(seeds)} to {max(seeds)} seeds" if len(seeds) > 1 else count(min(seeds), "seed")
    first = rows[0]
    images = f", {count(first['images'], 'image')} in {count(first['groups'], 'group')}" if first["groups"] else ""
    return f"{units}{images}. All p are corrected by Holm over the {count(len(rows), 'row')} of this table. "
