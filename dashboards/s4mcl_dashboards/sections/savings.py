"""How many labels each method saves against its reference with all labels, as a table."""

from typing import Any

from s4mcl.naming import method_name
from s4mcl.statistics.label_savings import NOT_REACHED
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.markup import cell, paragraph, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import metric_name, number
from s4mcl_dashboards.saving import INTERVAL, saving_limits, saving_share

HEADS = (
    *("Measure", "Method", "Target", "Reached with", "95 % interval"),
    *("Labels", "Saved", "With validation", "Saved"),
)


def savings_table(material: Material) -> str:
    """Every method and drawn metric, without and with the validation labels; a sentence where nothing can be said."""
    title = "<h3>How many labels are saved?</h3>"
    order = {method: place for place, method in enumerate(material.methods)}
    others = [row for row in material.findings.savings.to_dicts() if row["method"] != row["reference"]]
    others.sort(key=lambda row: (METRICS.index(row["measure"]), order[row["method"]]))
    if not others:
        return title + paragraph(
            "This needs a reference that was trained with all labels, and the predictions of the test images."
        )
    body = [
        [
            row_head(metric_name(row["measure"])),
            cell(method_name(row["method"])),
            cell(f"{number(row['target'])} ({method_name(row['reference'])})"),
            *_saved(row),
        ]
        for row in others
    ]
    note = (
        "The target is what the reference reached with all labels. The share is read off the rising curve of the means "
        "(isotonic, linear in the logarithm of the share). “At most”: the smallest share that was tried does. “Below” "
        "and “beyond”: that end of the interval lies outside the shares that were tried. Validation images were "
        "labelled too: the last two columns count them on both sides."
    )
    caption = "Share of the training labels that reaches the target"
    return title + table(caption, HEADS, body, "numbers") + paragraph(note, "note")


def _saved(row: dict[str, Any]) -> list[str]:
    interval = cell(saving_limits(row).removeprefix(f"{INTERVAL} "))
    if row["outcome"] == NOT_REACHED:
        return [cell("not reached"), interval, *(cell("–") for _ in range(4))]
    return [
        cell(saving_share(row)),
        interval,
        cell(f"{row['labels']:.0f}"),
        cell(f"{100 * row['saved']:.0f} %"),
        cell(f"{row['labels_with_validation']:.0f}"),
        cell(f"{100 * row['saved_with_validation']:.0f} %"),
    ]
