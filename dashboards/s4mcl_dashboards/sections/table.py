"""The tables of all measures, ours beside the paper's: the best in bold, differences marked, sorted by the reader."""

from typing import Any

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.frames.label_fraction import CROSSED, majority_rate
from s4mcl_dashboards.frames.schema import CLASS_MEASURES, DISTANCES, MASK_MEASURES
from s4mcl_dashboards.frames.table import standing_frame, table_frame
from s4mcl_dashboards.markup import paragraph, section
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import joined, metric_name, number
from s4mcl_dashboards.paper import CITATION
from s4mcl_dashboards.sections.score_cell import SEEDS_MARK, SHOWN_MARK, score_cell
from s4mcl_dashboards.sections.structures import structures_table
from s4mcl_dashboards.sections.table_1 import layout_tables
from s4mcl_dashboards.sortable import Head, Row, keyed, keyed_head, sortable_table

TITLE = "Ours beside the paper's"
IN_PAPER = ("accuracy", "dice")
UP, DOWN = "ascending", "descending"


def table_section(material: Material) -> str:
    """Mean ± half the 95 % interval: laid out as Table 1, then all class and all mask measures beside the paper's."""
    frame = table_frame(material.effect)
    if frame.is_empty():
        return section("table", TITLE, paragraph("No trial of the confirm stage has a value yet."))
    standing = standing_frame(frame, material.findings.comparisons)
    rows = frame.join(standing, on=["label_fraction", "method"], maintain_order="left").to_dicts()
    order = {method: place for place, method in enumerate(material.methods)}
    rows.sort(key=lambda row: (row["label_fraction"], order[row["method"]]))
    rate = majority_rate(material.trials, material.part)
    part = "test" if material.part == "test" else "validation"
    tables = [
        _table(f"{what}: mean ± half the 95 % interval, {part} images", rows, measures, rate, order)
        for what, measures in (("Classification", CLASS_MEASURES), ("Segmentation", MASK_MEASURES))
    ]
    references = dict(material.findings.comparisons.select("measure", "reference").unique().sort("measure").rows())
    tables.append(structures_table(material))
    notes = [_marks(rows, references), " ".join(_notes(rows))]
    laid_out = layout_tables(material, rows)
    return section("table", TITLE, *laid_out, *tables, *(paragraph(note, "note") for note in notes if note))


def _table(
    caption: str, rows: list[dict[str, Any]], measures: tuple[str, ...], rate: float | None, order: dict[str, int]
) -> str:
    """The rows and measures that have a value; nothing where none has."""
    kept = [row for row in rows if any(row[measure] is not None for measure in measures)]
    told = [measure for measure in measures if any(row[measure] is not None for row in kept)]
    if not told:
        return ""
    heads = [Head("Labels"), Head("Method"), Head("n", DOWN)]
    for measure in told:
        distance = measure in DISTANCES
        heads += [Head(metric_name(measure) + (", pixels" if distance else ""), UP if distance else DOWN)]
        heads += [Head("paper", DOWN)] if measure in IN_PAPER else []
        heads += [Head("commonest class", DOWN)] if measure == "accuracy" else []
    body = [Row(_cells(row, told, rate, order), row["label_fraction"]) for row in kept]
    return sortable_table(caption, heads, body, "numbers results")


def _cells(row: dict[str, Any], measures: list[str], rate: float | None, order: dict[str, int]) -> list[str]:
    seeds = str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"
    cells = [
        keyed_head(percent(row["label_fraction"]), row["label_fraction"]),
        keyed_head(method_name(row["method"]), order[row["method"]]),
        keyed(seeds, row["n"]),
    ]
    for measure in measures:
        cells.append(score_cell(row, measure))
        if measure in IN_PAPER:
            paper = row[f"{measure}_paper"]
            cells.append(keyed(number(paper), paper, "theirs", best=row[f"{measure}_paper_best"]))
        cells += [keyed(number(rate), rate, "theirs")] if measure == "accuracy" else []
    return cells


def _marks(rows: list[dict[str, Any]], references: dict[str, str]) -> str:
    """What bold and the mark say, as far as the table has them."""
    measures = (*CLASS_MEASURES, *MASK_MEASURES)
    told = []
    if any(row[f"{measure}_best"] for row in rows for measure in measures):
        told.append(
            "Bold: the best mean at that share of labels, in our column and in the paper's. It may be best by chance."
        )
    against = joined([f"the {method_name(name)}" for name in dict.fromkeys(references.values())])
    if any(row[f"{measure}_shown"] for row in rows for measure in measures):
        told.append(
            f"{SHOWN_MARK} The statistics show a difference from the reference ({against}) with the same share of "
            "labels, p corrected by Holm over all methods and shares of the measure."
        )
    elif references:
        told.append(f"No difference from the reference ({against}) is shown anywhere, so no value has a {SHOWN_MARK}.")
    return " ".join(told)


def _notes(rows: list[dict[str, Any]]) -> list[str]:
    overs = {row[f"{measure}_over"] for row in rows for measure in (*CLASS_MEASURES, *MASK_MEASURES)}
    notes = []
    if CROSSED in overs:
        notes.append(
            "Intervals are over seeds crossed with test groups (patients): how far the mean may lie with other seeds "
            "and other patients."
        )
    if overs - {CROSSED, None}:
        notes.append(
            f"{SEEDS_MARK} Student's t over the seeds alone: it says nothing of other patients. AUC has no other, and "
            "no measure has where predictions were not kept."
        )
    notes += [
        "“Commonest class”: the accuracy of always naming it.",
        f"Paper: {CITATION}. It gives no intervals; its single-task row joins the CNN (accuracy) and the U-Net (Dice).",
        "A dash: the method lacks the task, or the paper has no value there.",
    ]
    if any(row["n"] < row["planned"] for row in rows):
        notes.append("“1 of 2” seeds: the others have no value, and the mean is of those that came through.")
    if all(row[f"{metric}_paper"] is None for row in rows for metric in IN_PAPER):
        notes.append("The paper has no value at any of these label fractions and methods.")
    return notes
