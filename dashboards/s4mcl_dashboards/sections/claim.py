"""The claim that the study was to show: each comparison with its corrected interval, and whether the whole holds."""

from typing import Any

import polars as pl

from s4mcl.naming import method_name, percent, trained_with
from s4mcl.statistics.claim_frame import LOSS, UNMEASURED, WIN
from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl_dashboards.markup import cell, listed, paragraph, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, limits, metric_name, number, p_value, signed, within

TITLE = "Does the claim hold?"
HEADS = (
    *("Measure", "Labels", "Against", "Mean", "Its mean", "Difference"),
    *("corrected interval", "Verdict", "p", "permutation p", "seeds"),
)
NOTE = (
    "Test images. All p are corrected by Holm over the rows of a measure, those not yet measured included. The "
    "interval, over seeds crossed with test groups (patients), is at the level that this leaves its row: it leaves out "
    "0 where p is at most 0.05. A win or a loss is that, and a permutation p of at most 0.05; anything else says "
    "neither that the methods differ nor that they are equal."
)


def claim_table(material: Material) -> str:
    """What was claimed, what came of it, and every comparison; nothing where the study claims nothing."""
    found = material.findings.claim
    if found.is_empty():
        return ""
    rows = found.to_dicts()
    told = listed(claim_sentences(found))
    body = [_cells(row) for row in rows]
    caption = f"{method_name(rows[0]['method'])} against each of those that it was to beat"
    return f"<h3>{TITLE}</h3>{paragraph(_claimed(rows))}{told}{table(caption, HEADS, body, 'numbers')}" + paragraph(
        NOTE, "note"
    )


def claim_sentences(found: pl.DataFrame) -> list[str]:
    """One a measure: how many comparisons were won and lost, and whether all of them were won."""
    return [_came_of(rows) for rows in found.partition_by("measure", maintain_order=True)]


def _came_of(rows: pl.DataFrame) -> str:
    of = {verdict: rows.filter(verdict=verdict).height for verdict in (WIN, LOSS, NO_DIFFERENCE, UNMEASURED)}
    parts = [f"{count(of[WIN], 'win')} of {count(rows.height, 'comparison')}"]
    parts += [count(of[LOSS], "loss", "losses")] if of[LOSS] else []
    parts += [f"no difference shown in {of[NO_DIFFERENCE]:,}"] if of[NO_DIFFERENCE] else []
    parts += [f"{of[UNMEASURED]:,} not yet measured"] if of[UNMEASURED] else []
    decided = of[WIN] + of[UNMEASURED] < rows.height
    end = "the claim is not shown" if decided else "it is open" if of[UNMEASURED] else "the claim holds"
    return f"{metric_name(rows['measure'][0])}: {', '.join(parts)}: {end}."


def _claimed(rows: list[dict[str, Any]]) -> str:
    """The claim in words."""
    level = [row for row in rows if row["label_fraction"] == row["reference_fraction"]]
    full = [row for row in rows if row["label_fraction"] != row["reference_fraction"]]
    parts = []
    if level:
        rivals = joined([method_name(name) for name in dict.fromkeys(row["reference"] for row in level)])
        fractions = joined([percent(at) for at in sorted({row["label_fraction"] for row in level})])
        parts.append(f"beats {rivals} with the same {fractions} of the labels")
    if full:
        whom = joined([method_name(name) for name in dict.fromkeys(row["reference"] for row in full)])
        parts.append(f"with {percent(full[0]['label_fraction'])} beats {whom} with all")
    measures = joined([within(name) for name in dict.fromkeys(row["measure"] for row in rows)])
    return f"Claimed before anything was measured: in {measures}, {method_name(rows[0]['method'])} {'; '.join(parts)}."


def _cells(row: dict[str, Any]) -> list[str]:
    level = row["label_fraction"] == row["reference_fraction"]
    against = method_name(row["reference"]) if level else trained_with(row["reference"], row["reference_fraction"])
    texts = [percent(row["label_fraction"]), against, number(row["mean"]), number(row["reference_mean"])]
    texts += ["–" if row["effect"] is None else signed(row["effect"]), limits(row["low"], row["high"])]
    texts += [row["verdict"], p_value(row["p_holm"]), p_value(row["swap_p_holm"])]
    texts += ["–" if row["seeds"] is None else str(row["seeds"])]
    return [row_head(metric_name(row["measure"])), *map(cell, texts)]
