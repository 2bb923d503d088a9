"""The table: ours beside the paper's."""

from typing import Any

from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.frames.table import table_frame
from s4mcl_dashboards.markup import cell, paragraph, row_head, section, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import method_name, number, percent
from s4mcl_dashboards.paper import CITATION

TITLE = "Ours beside the paper's"
HEADS = ("Labels", "Method", "n", "Accuracy", "paper", "Balanced accuracy", "Dice", "paper")


def table_section(material: Material) -> str:
    """Mean ± half the 95 % t interval over n seeds, and the paper's values where it has them."""
    frame = table_frame(material.trials, material.part)
    if frame.is_empty():
        return section("table", TITLE, paragraph("No trial of the confirm stage has a value yet."))
    order = {method: place for place, method in enumerate(material.methods)}
    rows = sorted(frame.to_dicts(), key=lambda row: (row["label_fraction"], order[row["method"]]))
    part = "test" if material.part == "test" else "validation"
    caption = f"Mean ± half the 95 % t interval over n seeds, {part} images"
    body = []
    for place, row in enumerate(rows):
        first = place == 0 or rows[place - 1]["label_fraction"] != row["label_fraction"]
        span = sum(other["label_fraction"] == row["label_fraction"] for other in rows)
        body.append(([row_head(percent(row["label_fraction"]), span)] if first else []) + _cells(row))
    notes = [
        f"Paper: {CITATION}. It gives no intervals; its single-task row joins the CNN (accuracy) and the U-Net (Dice).",
        "A dash: the method lacks the task, or the paper has no value there.",
    ]
    if any(row["n"] < row["planned"] for row in rows):
        notes.append("“1 of 2” seeds: the others have no value, and the mean is of those that came through.")
    if all(row[f"{metric}_paper"] is None for row in rows for metric in METRICS):
        notes.append("The paper has no value at any of these label fractions and methods.")
    return section("table", TITLE, table(caption, HEADS, body, "numbers"), paragraph(" ".join(notes), "note"))


def _cells(row: dict[str, Any]) -> list[str]:
    seeds = str(row["n"]) if row["n"] == row["planned"] else f"{row['n']} of {row['planned']}"
    return [
        row_head(method_name(row["method"])),
        cell(seeds),
        cell(_measured(row, "accuracy"), "ours"),
        cell(number(row["accuracy_paper"]), "theirs"),
        cell(_measured(row, "balanced_accuracy"), "ours"),
        cell(_measured(row, "dice"), "ours"),
        cell(number(row["dice_paper"]), "theirs"),
    ]


def _measured(row: dict[str, Any], metric: str) -> str:
    if row[metric] is None:
        return "–"
    half = row[f"{metric}_half"]
    return number(row[metric]) if half is None else f"{number(row[metric])} ± {number(half)}"
