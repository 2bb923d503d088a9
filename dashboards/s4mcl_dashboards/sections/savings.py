"""How many labels a method saves against its reference with all labels: a sentence, and the table."""

from typing import Any

from s4mcl.statistics.label_savings import BELOW, NOT_REACHED
from s4mcl_dashboards.frames.schema import METRICS
from s4mcl_dashboards.markup import cell, paragraph, row_head, table
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import method_name, metric_name, number, percent, within

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
    interval = cell(saving_limits(row).removeprefix("95 % interval "))
    if row["outcome"] == NOT_REACHED:
        return [cell("not reached"), interval, *(cell("–") for _ in range(4))]
    share = f"{'at most ' if row['outcome'] == BELOW else ''}{share_text(row['fraction'])}"
    return [
        cell(share),
        interval,
        cell(f"{row['labels']:.0f}"),
        cell(f"{100 * row['saved']:.0f} %"),
        cell(f"{row['labels_with_validation']:.0f}"),
        cell(f"{100 * row['saved_with_validation']:.0f} %"),
    ]


def saving_sentence(row: dict[str, Any]) -> str:
    """With which share of the labels a method reaches the reference's score with all of them, a row of the savings."""
    method, what = method_name(row["method"]), f"{within(row['measure'])} {number(row['target'])}"
    goal = f"what the {method_name(row['reference'])} reached with all labels ({what})"
    if row["outcome"] == NOT_REACHED:
        return f"{method} did not reach {goal}."
    share = f"{'at most ' if row['outcome'] == BELOW else ''}{share_text(row['fraction'])}"
    return f"{method} reached {goal} with {share} of the labels ({saving_limits(row)})."


def saving_limits(row: dict[str, Any]) -> str:
    """The 95 % interval of a label fraction, with what is known of an end that lies beyond the fractions tried."""
    if row["low"] is None:
        return "no interval"
    low, high = share_text(row["low"]), share_text(row["high"])
    if row["low"] == row["high"] and (row["low_open"] or row["high_open"]):
        return f"95 % interval {'below' if row['low_open'] else 'beyond'} {low}"
    beyond = "beyond " if row["high_open"] else ""
    return f"95 % interval {'below ' if row['low_open'] else ''}{low} to {beyond}{high}"


def share_text(fraction: float) -> str:
    """A label fraction that was worked out, in whole percent; in tenths below one percent."""
    return percent(round(fraction, 2 if fraction >= 0.01 else 3))
