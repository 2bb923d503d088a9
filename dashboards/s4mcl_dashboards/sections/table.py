"""The tables of all measures: ours beside the paper's."""

from typing import Any

from s4mcl_dashboards.frames.label_fraction import CROSSED, majority_rate
from s4mcl_dashboards.frames.schema import CLASS_MEASURES, DISTANCES, MASK_MEASURES
from s4mcl_dashboards.frames.table import table_frame
from s4mcl_dashboards.markup import cell, paragraph, row_head, section, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import method_name, metric_name, number, percent
from s4mcl_dashboards.paper import CITATION

TITLE = "Ours beside the paper's"
IN_PAPER = ("accuracy", "dice")
MARK = "†"  # an interval over seeds alone, where others are over seeds and test groups


def table_section(material: Material) -> str:
    """Mean ± half the 95 % interval: a table of the class measures and one of the masks, the paper's values beside."""
    rows = table_frame(material.effect).to_dicts()
    if not rows:
        return section("table", TITLE, paragraph("No trial of the confirm stage has a value yet."))
    order = {method: place for place, method in enumerate(material.methods)}
    rows.sort(key=lambda row: (row["label_fraction"], order[row["method"]]))
    rate = majority_rate(material.trials, material.part)
    part = "test" if material.part == "test" else "validation"
    tables = [
        _table(f"{what}: mean ± half the 95 % interval, {part} images", rows, measures, rate)
        for what, measures in (("Classification", CLASS_MEASURES), ("Segmentation", MASK_MEASURES))
    ]
    return section("table", TITLE, *tables, paragraph(" ".join(_notes(rows)), "note"))


def _table(caption: str, rows: list[dict[str, Any]], measures: tuple[str, ...], rate: float | None) -> str:
    """The rows and measures that have a value; nothing where none has."""
    kept = [row for row in rows if any(row[measure] is not None for measure in measures)]
    told = [measure for measure in measures if any(row[measure] is not None for row in kept)]
    if not told:
        return ""
    heads = ["Labels", "Method", "n"]
    for measure in told:
        heads += [metric_name(measure) + (", pixels" if measure in DISTANCES else "")]
        heads += ["paper"] if measure in IN_PAPER else []
        heads += ["commonest class"] if measure == "accuracy" else []
    body = []
    for place, row in enumerate(kept):
        first = place == 0 or kept[place - 1]["label_fraction"] != row["label_fraction"]
        span = sum(other["label_fraction"] == row["label_fraction"] for other in kept)
        body.append(([row_head(percent(row["label_fraction"]), span)] if first else []) + _cells(row, told, rate))
    return table(caption, heads, body, "numbers")


def _cells(row: dict[str, Any], measures: list[str], rate: float | None) -> list[str]:
    seeds = str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"
    cells = [row_head(method_name(row["method"])), cell(seeds)]
    for measure in measures:
        cells.append(cell(_measured(row, measure), "ours"))
        cells += [cell(number(row[f"{measure}_paper"]), "theirs")] if measure in IN_PAPER else []
        cells += [cell(number(rate), "theirs")] if measure == "accuracy" else []
    return cells


def _measured(row: dict[str, Any], measure: str) -> str:
    if row[measure] is None:
        return "–"
    digits = 1 if measure in DISTANCES else 3
    half = row[f"{measure}_half"]
    if half is None:
        return number(row[measure], digits)
    mark = "" if row[f"{measure}_over"] == CROSSED else MARK
    return f"{number(row[measure], digits)} ± {number(half, digits)}{mark}"


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
            f"{MARK} Student's t over the seeds alone: it says nothing of other patients. AUC has no other, and no "
            "measure has where predictions were not kept."
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
